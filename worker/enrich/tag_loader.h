/* tag_loader: what the files that read the rules of tags share. Private to tag_rules.c and tag_terms.c. */
#pragma once

#include "worker/enrich/known_words.h"
#include "worker/enrich/tag_graph.h"
#include "worker/enrich/tag_rules.h"

/* The languages of a rule, and those of the rules that it is within. */
struct lang_scope {
    const struct list *langs; /* of struct span; empty: any */
    const struct node *node;
    const struct lang_scope *outer;
};

struct tag_loader {
    struct loading *loading;
    struct tag_rules *rules;
    struct dict *tags;              /* by their names */
    struct dict *written;           /* 1 + the first use, by its tag's number and the term as written */
    uint32_t tag;                   /* the one being read */
    unsigned places;                /* where its terms are looked for unless they say so */
    int edges;                      /* enum edges: the same for its edges */
    int accents;                    /* enum accents: and for its accents */
    const struct lang_scope *langs; /* of the rule being read */
    struct known_words *words;
    struct dict *lists; /* what is in each list that was used, by its name: struct list_items */
    struct tag_refs refs;
};

struct term_form {
    const struct node *node;
    struct span term, list;
    struct list except;
    struct list in;
    struct list lang; /* of struct span */
    int edges, accents;
};

enum edges { EDGES_WORDS, EDGES_LOOSE };
enum accents { ACCENTS_EXACT, ACCENTS_LOOSE };

/* Adds a term as it is written, with its alias variants, to a condition; what is wrong with it is reported at `at`. */
void term_read(struct tag_loader *loader, const struct node *at, const struct term_form *term, uint32_t condition);

/* Where terms are looked for, a bit for each enum place: as given, or else as around them. */
unsigned places_read(const struct list *in, unsigned otherwise);

/* A choice that a rule or a term may make (`edges`, `accents`): as given in this node, or else as around it. */
int choice_read(const struct node *node, const char *name, int given, int otherwise);
