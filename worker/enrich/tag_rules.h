/* tag_rules: the tags' rules as they are evaluated.
 *
 * Every literal of every rule is in the one matcher. A literal is used by conditions; a condition
 * counts hits; a rule is a small tree over conditions. */
#pragma once

#include "common/bits.h"
#include "worker/enrich/enrich.h"

/* Where a term is looked for. */
enum place {
    PLACE_TEXT,
    PLACE_HASHTAGS,
    PLACE_HANDLE,
    PLACE_HOSTS,    /* of its links */
    PLACE_EXTRA,    /* its extra text */
    PLACE_LINKS,    /* its links, whole */
    PLACE_MENTIONS, /* the handles that it mentions */
    PLACES,
};

enum op {
    OP_HITS, /* a condition: at least one hit */
    OP_ANY,  /* at least `min` hits or nested rules */
    OP_ALL,
    OP_NONE,
    OP_NEAR, /* a hit of each condition, all within `min` code points */
    OP_LANG,
    OP_FROM,
    OP_TAG, /* another tag is on the post, by its own rule or implied */
};

struct ids {
    uint32_t *at;
    size_t len;
};

struct rule {
    enum op op;
    uint32_t condition;               /* of OP_HITS */
    uint32_t tag;                     /* of OP_TAG */
    int64_t min;                      /* of OP_ANY and OP_NEAR */
    struct ids conditions;            /* of OP_NEAR */
    struct spans names;               /* of OP_LANG; of OP_FROM folded handles, sorted */
    const struct node *node;          /* where it is */
    struct rule *first, *last, *next; /* what it is made of */
};

struct condition {
    uint32_t tag;
    const struct rule *near; /* the OP_NEAR that it is a part of: where its hits are matters */
};

/* One term in one condition. */
struct use {
    uint32_t condition;
    bool is_expression : 1;    /* "re:" */
    bool whole : 1;            /* "word:" */
    bool loose_edges : 1;      /* known words do not cut its hits */
    bool loose_accents : 1;    /* it is found without accents */
    uint8_t open;              /* enum open_edges: "word*", "*word", and those of scripts without blanks */
    const struct spans *langs; /* of posts in which it counts; NULL: in all */
    unsigned places;           /* bit p: enum place p */
    struct span written;       /* as the rules have it */
    struct ids excepts;        /* literals that cancel a hit which they cover */
    uint32_t next;             /* the next use of the same literal, NO_USE at the end */
    uint32_t alike;            /* the first use of the same tag that is written so, for the matched terms */
};

enum { NO_USE = UINT32_MAX };

/* What one of the matcher's literals is to the tags. */
struct term {
    uint32_t first_use;
    uint8_t is_word;               /* of enum word_kind: which kinds of known word it is */
    uint16_t seam;                 /* of WORD_SEAM: bytes before the place where the second word begins */
    uint16_t part_start, part_end; /* of WORD_CLOSED: no hit is within these bytes of it */
};

struct hashtag {
    struct span folded; /* first, for span_order */
    uint32_t use;
};

struct tag {
    struct span name;
    const struct node *node;
    struct rule *rule;
    struct list labels; /* of struct named with struct span */
    struct ids parents; /* all that it implies, also by way of others */
};

struct tag_rules {
    struct list sections; /* of struct named with const struct node * */
    bool on, matched, with_entities;
    bool asks_handle;   /* a rule has from or not_from */
    bool loose_accents; /* a use has */
    struct tag *tags;
    struct ids *children; /* by tag: all that imply it, where another tag's rule asks for it; NULL: none asks */
    size_t tags_len;
    struct bits without_hits; /* tags that may hold where no term is found */
    struct spans names;       /* of the tags */
    struct condition *conditions;
    size_t conditions_len, conditions_cap;
    struct use *uses;
    size_t uses_len, uses_cap;
    struct term *terms; /* by the matcher's number */
    size_t terms_len, terms_cap;
    uint32_t *regexes; /* the use of each expression, by its number */
    size_t expressions_len, expressions_cap;
    unsigned regex_places;    /* those that any expression is looked for in */
    uint32_t longest_except;  /* bytes; 0: there is none */
    uint32_t longest_word;    /* bytes of those in the matcher; 0: no known word can meet a term */
    uint32_t longest_reading; /* bytes of those that decide between two readings, which are not in the matcher */
    struct dict *read_before, *read_behind; /* these, before a hit and behind one */
    struct hashtag *hashtags;               /* sorted by their folded text */
    size_t hashtags_len, hashtags_cap;
    unsigned places; /* those that any term is looked for in */
};

extern const struct form tag_rules_form;

/* Registers a folded literal; the table of terms grows with it. */
uint32_t tag_term(struct tag_rules *rules, struct loading *loading, struct span folded);

/* Reads the bound sections into the rest. Problems go to the report. */
void tag_rules_load(struct tag_rules *rules, struct loading *loading);
