#include "worker/trends/sqlite_store.h"
#include "common/hash.h"

#include <stdlib.h>

enum { SLOTS = 1 << 18, KEPT_MAX = SLOTS / 2, KEPT_BYTES = 8 << 20, NAME_DROPPED = -1 };

struct slot {
    uint64_t hash;
    int64_t name; /* NAME_NONE: free; NAME_DROPPED: no name any more */
    struct span text;
};

/* The names that were used last, bounded: when it is full it begins anew. */
struct name_cache {
    struct slot slots[SLOTS];
    size_t len;
    struct arena *mem;
};

struct name_cache *name_cache_new(void)
{
    struct name_cache *names = calloc(1, sizeof *names);

    if (!names)
        out_of_memory();
    names->mem = arena_new();
    return names;
}

void name_cache_free(struct name_cache *names)
{
    if (names)
        arena_free(names->mem);
    free(names);
}

void name_cache_clear(struct name_cache *names)
{
    memset(names->slots, 0, sizeof names->slots);
    names->len = 0;
    arena_reset(names->mem);
}

/* The slot of the text, or the free one where it would be. */
static struct slot *name_slot(struct name_cache *names, struct span text, uint64_t hash)
{
    size_t at = hash % SLOTS;

    while (names->slots[at].name && (names->slots[at].hash != hash || !span_equal(names->slots[at].text, text)))
        at = (at + 1) % SLOTS;
    return &names->slots[at];
}

static void keep_name(struct name_cache *names, struct span text, uint64_t hash, int64_t name)
{
    if (names->len >= KEPT_MAX || arena_bytes(names->mem) > KEPT_BYTES)
        name_cache_clear(names);
    *name_slot(names, text, hash) = (struct slot){hash, name, span_keep(text, names->mem)};
    names->len++;
}

static bool add_name(struct sqlite_store *store, struct span text, int64_t *name, struct err *err)
{
    struct sql_statement *add = sqlite_do(store, DO_NAME_ADD, err);

    if (!add)
        return false;
    sql_bind_text(add, 1, text);
    if (!sql_run(add, err))
        return false;
    *name = sql_last_id(store->sql);
    return true;
}

static bool find_name(struct sqlite_store *store, struct span text, int64_t *name, struct err *err)
{
    struct sql_statement *find = sqlite_do(store, DO_NAME_FIND, err);

    if (!find)
        return false;
    sql_bind_text(find, 1, text);
    enum sql_step got = sql_step(find, err);
    *name = got == SQL_ROW ? sql_int_at(find, 0) : NAME_NONE;
    sql_reset(find);
    return got != SQL_FAILED;
}

bool sqlite_name(struct sqlite_store *store, struct span text, bool add, int64_t *name, struct err *err)
{
    uint64_t hash = hash_bytes(text);

    *name = NAME_NONE;
    if (!text.len)
        return true;
    struct slot *slot = name_slot(store->names, text, hash);
    if (slot->name > 0) {
        *name = slot->name;
        return true;
    }
    if (!find_name(store, text, name, err))
        return false;
    if (*name == NAME_NONE && add && !add_name(store, text, name, err))
        return false;
    if (*name != NAME_NONE)
        keep_name(store->names, text, hash, *name);
    return true;
}

bool sqlite_name_text(struct sqlite_store *store, int64_t name, struct arena *mem, struct span *text, struct err *err)
{
    *text = (struct span){0};
    if (name == NAME_NONE)
        return true;
    struct sql_statement *get = sqlite_do(store, DO_NAME_TEXT, err);
    if (!get)
        return false;
    sql_bind_int(get, 1, name);
    enum sql_step got = sql_step(get, err);
    if (got == SQL_ROW)
        *text = span_keep(sql_bytes_at(get, 0), mem);
    sql_reset(get);
    return got != SQL_FAILED;
}

static bool drop_name(struct sqlite_store *store, int64_t name, struct err *err)
{
    struct sql_statement *drop = sqlite_do(store, DO_NAME_DROP, err);
    struct span text;

    if (!drop || !sqlite_name_text(store, name, store->mem, &text, err))
        return false;
    struct slot *slot = name_slot(store->names, text, hash_bytes(text));
    if (slot->name)
        slot->name = NAME_DROPPED;
    sql_bind_int(drop, 1, name);
    return sql_run(drop, err);
}

/* A hashtag is a part of a text: when no post has it any more it goes. */
bool sqlite_name_drop_unused(struct sqlite_store *store, int64_t name, struct err *err)
{
    struct sql_statement *used = sqlite_do(store, DO_TAG_USED, err);

    if (!used)
        return false;
    sql_bind_int(used, 1, name);
    enum sql_step got = sql_step(used, err);
    sql_reset(used);
    if (got != SQL_DONE)
        return got == SQL_ROW;
    return drop_name(store, name, err);
}
