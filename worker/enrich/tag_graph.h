/* tag_graph: how tags hang together: the parents that they imply, and the tags that their rules ask for. */
#pragma once

#include "worker/enrich/enrich.h"
#include "worker/enrich/tag_rules.h"

/* A {tag: …} in the rule of a tag. */
struct tag_ref {
    uint32_t from, to; /* indices of tags */
    const struct node *at;
};

struct tag_refs {
    struct tag_ref *at; /* in the order of `from` */
    size_t len, cap;
};

void tag_refs_add(struct tag_refs *refs, struct tag_ref ref, struct arena *mem);

/* Once all tags are read: direct parents become all ancestors, and rules->children is filled where a rule asks for
 * tags. Reports circles, chains of more than 64 tags, and tags that nothing could ever set. Linear in tags, ancestors
 * and in what each {tag: …} asks for. */
void tag_graph_close(struct tag_rules *rules, const struct tag_refs *refs, struct loading *loading);
