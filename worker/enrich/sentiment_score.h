/* scoring: what the words of one post come to. */
#pragma once

#include "worker/enrich/lexicon.h"
#include "worker/enrich/references.h"

/* Rules of the score that a config may leave out. */
enum scoring_rule {
    RULE_NEGATION,
    RULE_INTENSITY,
    RULE_CONTRAST,
    RULE_QUESTION,
    RULE_CONDITIONAL,
    RULE_EMPHASIS,
    RULE_AMBIGUITY,
    SCORING_RULES,
};

extern const char *const scoring_rule_names[]; /* NULL-terminated */

enum scored_place { SCORED_TEXT, SCORED_EXTRA };

enum quoted { QUOTED_COUNT, QUOTED_HALF, QUOTED_IGNORE };

struct scoring_settings {
    const struct node *node;
    struct list files;          /* of const struct node * */
    struct list terms;          /* of struct named: language; of struct named: term, int64_t */
    int64_t positive, negative; /* thresholds of the score */
    int quoted;                 /* enum quoted */
    struct list places;         /* of int: enum scored_place; none: the text */
    struct list without;        /* of int: enum scoring_rule */
    unsigned rules;             /* bit r: enum scoring_rule r is in force */
    struct lexicon lexicon;
};

/* A hit that has its place so far: its index, where it begins and ends, drawn out or without its tail, and what it says
 * here. */
struct kept_hit {
    uint32_t hit, start, end, sense;
};

/* One form of the lexicon, or a mark, at its place in the folded text. */
struct piece {
    uint32_t start, end, sense; /* sense: NO_SENSE of a mark */
    int32_t weight;
    uint16_t roles;
    uint8_t lang;
    uint8_t repeats; /* how often the same follows it again */
    bool is_long;    /* its last letter is drawn out: happyyyy */
    bool is_quoted;
    bool is_taken; /* it counts as a part of another */
};

enum { TURNS_MAX = 8 };

#define NO_PIECE UINT32_MAX
#define NO_SENSE UINT32_MAX

/* A piece that negates a term or makes it stronger or weaker. */
struct turn {
    uint32_t piece;
    int32_t factor;
};

/* A term, and what it comes to. */
struct scoring_term {
    int64_t factor; /* of its turns together, in ten-thousandths, as all below */
    uint32_t piece;
    uint32_t first_turn; /* index into the scoring's turns */
    int32_t weight, value;
    int32_t emphasis, contrast, question, conditional, quoted; /* factors; DECIMAL_ONE: none */
    uint8_t turns_len;                                         /* at most TURNS_MAX */
    bool follows;                                              /* ambiguous: it has the sign of the rest */
};

struct sentence {
    uint32_t first, end; /* its pieces; end 0: none was looked at */
    uint32_t exclamations;
    uint32_t contrast; /* the last piece of contrast; NO_PIECE: none */
    uint16_t roles;    /* of its pieces together: enum role */
    bool is_answered;  /* the next sentence begins with a contrast */
};

enum answer { NOT_ASKED, NO, YES };

static inline bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* A place of the folded text from which joiners of emoji were folded away. */
struct joint {
    uint32_t at;
    bool ends;   /* the last code point before this place was one: what follows is a part */
    bool begins; /* the first one behind it but for tones and selectors was one: so is what precedes */
};

/* A term as the folded text has it, and whether it is somewhere in capitals. */
struct capital {
    uint32_t start;
    uint8_t len; /* 0: a free place */
    bool is;
};

struct scoring {
    const struct scoring_settings *settings;
    const struct reading *reading;
    struct arena *mem;
    uint8_t lang;
    unsigned traits; /* of the language: enum traits */
    /* of the text as a whole, looked for where a piece asks: a joiner of emoji; AB and a */
    enum answer joiner, mixed_case;
    struct joint *joints; /* in the order of the text; found where a sign asks */
    size_t joints_len, joints_cap;
    struct references references; /* of what is read: no term is looked for in them */
    struct capital *capitals;     /* a hash table; NULL until it is needed */
    size_t capitals_len;          /* a power of two */
    struct turn *turns;           /* of all terms */
    size_t turns_len, turns_cap;
    unsigned roles;        /* of all pieces together, and of some that had to make room */
    struct kept_hit *kept; /* the longest of the hits that overlap */
    size_t kept_len;
    struct piece *pieces; /* those hits and the marks; none where no term has a weight */
    size_t pieces_len, pieces_cap;
    uint32_t *spots; /* the pieces that are terms */
    size_t spots_len;
    struct sentence sentence;   /* the last one that was asked for */
    struct scoring_term *terms; /* the last in the text first */
    size_t terms_len;
    int64_t sum, score;
    uint32_t positive, negative;
};

/* A scoring of what the settings have scored: `reading` itself, or one of the post's extra text, behind its text. */
struct scoring scoring_begin(const struct scoring_settings *settings, const struct reading *reading,
                             const struct found *found, struct arena *mem);

/* Finds the pieces of the post; false if there is no lexicon of its language, and no sign of any language either. */
bool scoring_find(struct scoring *scoring, const struct found *found);

/* Computes the score of what was found. */
void scoring_compute(struct scoring *scoring);

/* The label's line of an enricher's explain. */
void scoring_explain(const void *settings, const struct reading *reading, const struct found *found,
                     struct findings *out);
