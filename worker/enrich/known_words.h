/* known_words: words of scripts that set no blanks between words. A hit that begins or ends within one is none: 日本 is
 * not in 今日本当に, where 本当 is a word.
 *
 * They are in the one matcher, but only those that can meet a term of the rules: the others cost nothing. A list has
 * one word a line: 古株      closed: no hit begins or ends within it, so that neither 株 nor 株を is found in 古株を
 *   [銀]メダル  closed too, but of what is all within it only the part in brackets is no hit: メダル is one
 *   ~毎日     open: a hit that begins within it and goes on behind it is none (日本 in 毎日本を); what is all within it
 *             or ends within it counts
 *   元|日本   a seam: a new word begins here, whatever other word crosses the place (元日 does not cut 元日本代表)
 *   大-, -人   what comes before or behind a word of its own (大|人気, 日本|人): cuts nothing, but decides
 * Where two readings are possible the hit counts: a word that crosses the start of a hit loses to a known word that
 * ends there and begins no later, one that crosses its end to a known word that begins there. */
#pragma once

#include "worker/enrich/tag_rules.h"

enum word_kind { WORD_CLOSED = 1, WORD_OPEN = 2, WORD_SEAM = 4, WORD_BEFORE = 8, WORD_BEHIND = 16 };

struct known_words;

/* Takes its memory in scratch. */
struct known_words *known_words_new(struct arena *scratch);

/* A folded literal of a term that known words may cut; without it none of them is registered. */
void known_words_meet(struct known_words *words, struct span literal);

/* Reads the list `words` of the rules (NULL: none) and registers each word that can meet one of the literals. */
void known_words_load(struct known_words *words, struct tag_rules *rules, struct loading *loading);

/* The word that keeps the hit hits[at] of the text from counting; NULL if there is none. Looks at the hits alone that
 * end within it or at most a known word behind it: of each length that literals have one may end at a place. */
const struct hit *known_word_across(const struct tag_rules *rules, struct span text, const struct hits *hits,
                                    size_t at);
