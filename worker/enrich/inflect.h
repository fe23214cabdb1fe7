/* inflect: the written forms of a dictionary word, by small tables of endings.
 *
 * Only as many forms as are needed to find the word in a text: a form that another one begins is left
 * out where the language sets no blanks (感謝 finds 感謝します). What negates is no form: 楽しくない is
 * 楽しく, and ない after it. */
#pragma once

#include "common/arena.h"
#include "common/span.h"

#include <stdbool.h>
#include <stddef.h>

enum word_class {
    WORD_AS_IT_IS,
    WORD_JA_ADJECTIVE, /* い-adjective: 楽しい */
    WORD_JA_GODAN,     /* 喜ぶ */
    WORD_JA_ICHIDAN,   /* 褒める */
    WORD_JA_SURU,      /* 感謝, with する */
    WORD_JA_NEGATION,  /* とは言えない; one that does not end in ない has no other forms */
    WORD_EN_ADJECTIVE,
    WORD_EN_VERB,
    WORD_EN_NOUN,
};

struct form_list {
    struct span *at;
    size_t len, cap;
};

/* Whether a word may be of this class; if not, *why says what it lacks. */
bool inflect_fits(enum word_class class, struct span word, const char **why);

/* Adds to *out the forms of the word, which is folded and fits; the word itself comes first. They
 * are in mem. In よく|な the word ends at the bar: よく counts before な alone. */
void inflect(enum word_class class, struct span word, struct form_list *out, struct arena *mem);
