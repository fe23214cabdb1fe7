#include "common/dict.h"
#include "common/hash.h"

enum { FIRST_SLOTS = 32 };

struct slot {
    struct span name;
    void *value; /* NULL: a free slot */
};

struct dict {
    struct arena *mem;
    struct slot *slots;
    size_t len, cap; /* cap is a power of two, at most half of it is taken */
};

struct dict *dict_new(struct arena *mem)
{
    struct dict *dict = arena_take(mem, sizeof *dict);

    *dict = (struct dict){mem, arena_zero(mem, FIRST_SLOTS * sizeof *dict->slots), 0, FIRST_SLOTS};
    return dict;
}

/* The slot of the name, or the free one where it would be. */
static struct slot *dict_slot(const struct dict *dict, struct span name)
{
    size_t mask = dict->cap - 1, i = (size_t)hash_bytes(name) & mask;

    while (dict->slots[i].value && !span_equal(dict->slots[i].name, name))
        i = (i + 1) & mask;
    return &dict->slots[i];
}

static void widen_dict(struct dict *dict)
{
    struct slot *old = dict->slots;
    size_t old_cap = dict->cap;

    dict->cap *= 2;
    dict->slots = arena_zero(dict->mem, dict->cap * sizeof *dict->slots);
    for (size_t i = 0; i < old_cap; i++)
        if (old[i].value)
            *dict_slot(dict, old[i].name) = old[i];
}

void *dict_add(struct dict *dict, struct span name, void *value)
{
    struct slot *slot = dict_slot(dict, name);

    if (slot->value)
        return slot->value;
    *slot = (struct slot){name, value};
    if (++dict->len > dict->cap / 2)
        widen_dict(dict);
    return NULL;
}

void *dict_find(const struct dict *dict, struct span name)
{
    return dict_slot(dict, name)->value;
}
