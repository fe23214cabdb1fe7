/* lexicon: what words and signs say of a post's scoring, of all lexicons together.
 *
 * Every written form is a literal of the one matcher; what it means in a language is a sense of it.
 * Where two lexicons of a language have the same form, the one that was loaded first holds. */
#pragma once

#include "worker/enrich/enrich.h"

/* What a form does in a text; one may do several things: すごく is a term and makes the next one stronger. */
enum role {
    ROLE_TERM = 1 << 0,
    ROLE_AMBIGUOUS = 1 << 1, /* a term whose sign follows the rest of the post */
    ROLE_INTENSIFIER = 1 << 2,
    ROLE_NEGATION = 1 << 3, /* turns its term, or keeps a shorter one from doing so: not only */
    ROLE_CONTRAST = 1 << 4, /* what follows it weighs more */
    ROLE_CONDITIONAL = 1 << 5,
    /* the marks of punctuation, of any language */
    ROLE_COMMA = 1 << 6,
    ROLE_STOP = 1 << 7,
    ROLE_QUESTION = 1 << 8,
    ROLE_EXCLAMATION = 1 << 9,
    ROLE_OPENS = 1 << 10, /* a quotation */
    ROLE_CLOSES = 1 << 11,
    ROLE_REPEATS = 1 << 12, /* the rest is somebody else's post: RT @… */
    ROLE_ADVERB = 1 << 13,  /* may be between a term and what negates it: 感動は全くない */
    ROLE_FAR = 1 << 14,     /* a negation that reaches over its clause: don't think, nothing */
    ROLE_BEHIND = 1 << 15,  /* negates the term before it, where others precede theirs: the pain is gone */
    ROLE_MARK = ROLE_COMMA | ROLE_STOP | ROLE_QUESTION | ROLE_EXCLAMATION | ROLE_OPENS | ROLE_CLOSES | ROLE_REPEATS,
};

struct sense {
    uint32_t next;            /* 1 + the next sense of the same literal; 0: none */
    uint32_t word;            /* index into words */
    int32_t weight;           /* of a term, in ten-thousandths; 0: it only keeps shorter ones away */
    int32_t factor, negation; /* of an intensifier, of a negation */
    uint16_t roles;
    uint8_t lang; /* index into langs */
    uint8_t tail; /* bytes at the end of the literal that are not a part of it */
    uint8_t look; /* enum look */
};

/* What has to be looked at before a hit counts. */
enum look {
    LOOK_EDGES = 1 << 0, /* begins or ends with a letter of a script that sets blanks */
    LOOK_SIGN = 1 << 1,  /* may be a part of a joined emoji */
    LOOK_TAIL = 1 << 2,  /* has a tail */
    LOOK_LANG = 1 << 3,  /* an entry that counts in one language, or has more senses than this */
};

/* As it was written, for errors and for explain. */
struct lexicon_word {
    struct span written;
    const char *file;
    int line, col;
    uint8_t lang;
};

/* How a language is written. */
enum traits {
    SCRIPT_TRAIT_RUNS_ON = 1 << 0,        /* without blanks between words */
    SCRIPT_TRAIT_NEGATES_BEHIND = 1 << 1, /* the verb is last, and what negates it behind it */
};

enum { LANG_ANY, LANGS_MAX = 64, LANG_NONE = 255 };

/* The first sense of a literal, as much of it as most hits ask for: small, since every hit reads one. */
struct entry {
    uint32_t sense; /* 1 + its index; 0: none */
    int32_t weight;
    uint16_t roles;
    uint8_t lang, look;
};

/* A negation of one sign behind its term, as ん in わからん: it negates only what it follows at once, so that it is
 * looked for where a term ends, and is no literal of the matcher. */
struct ending {
    uint32_t sign, sense; /* its code point, and the sense's index */
};

struct lexicon {
    struct entry *entries; /* by the matcher's number */
    size_t terms_len, terms_cap;
    struct sense *senses;
    size_t senses_len, senses_cap;
    struct lexicon_word *words;
    size_t words_len, words_cap;
    struct ending *endings;
    size_t endings_len, endings_cap;
    struct span langs[LANGS_MAX]; /* the first is any */
    unsigned traits[LANGS_MAX];   /* of each: enum traits */
    size_t langs_len;
    bool has_any; /* terms that count in every language */
};

void lexicon_begin(struct lexicon *lexicon);

/* The number of a language, which is new or known; LANG_NONE where there are too many. */
uint8_t lexicon_lang(struct lexicon *lexicon, struct span lang, struct loading *loading);

/* The number of a post's language if it has words; LANG_NONE otherwise. */
uint8_t lexicon_find_lang(const struct lexicon *lexicon, struct span lang);

/* Takes the entries over from the senses; once, when all is read. */
void lexicon_close(struct lexicon *lexicon);

struct entry lexicon_entry(const struct lexicon *lexicon, uint32_t sense); /* of a sense, counted from 1 */

/* A word as it is written in a file; gives its index. */
uint32_t lexicon_word(struct lexicon *lexicon, struct lexicon_word word, struct loading *loading);

/* Adds a sense to a literal, which is folded and not empty. If the literal has a sense of the language
 * that has this role already, that one stays and is given; otherwise NULL. */
const struct sense *lexicon_add(struct lexicon *lexicon, struct span literal, struct sense sense,
                                struct loading *loading);

/* The same of a negation in a language that runs on and negates behind: one of a single sign becomes an ending. */
const struct sense *lexicon_add_negation(struct lexicon *lexicon, struct span literal, struct sense sense,
                                         struct loading *loading);

/* Reads a lexicon in YAML, or with a form in TSV. The path is kept and lives in loading->mem. Problems go to the
 * report. */
void lexicon_read_yaml(struct lexicon *lexicon, const char *path, struct span text, struct loading *loading);

enum tsv_form { TSV_NONE, TSV_AFINN, TSV_VADER, TSV_PN_NOUN, TSV_PN_VERB };
extern const char *const tsv_form_names[]; /* NULL-terminated */

void lexicon_read_tsv(struct lexicon *lexicon, enum tsv_form form, struct span lang, const char *path, struct span text,
                      struct loading *loading);
