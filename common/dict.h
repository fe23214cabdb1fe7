/* dict: values by name, found in constant time. Names and values are borrowed and outlive it. */
#pragma once

#include "common/arena.h"
#include "common/span.h"

struct dict;

/* Empty; lives in mem and takes its memory there, at most 96 bytes a name. */
struct dict *dict_new(struct arena *mem);

/* Adds the name and gives NULL, or gives the value that the name already has and adds nothing. `value` is not NULL. */
void *dict_add(struct dict *dict, struct span name, void *value);

void *dict_find(const struct dict *dict, struct span name); /* NULL if there is none */
