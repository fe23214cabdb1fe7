#include "worker/text/matcher.h"
#include "common/hash.h"
#include "common/utf8.h"

#include <stdlib.h>
#include <string.h>

enum {
    PAGE = 64, /* code points: those that differ in the last byte of UTF-8 */
    PAGES = 0x110000 / PAGE,
    FIRST_SLOTS = 64,
    FIRST_HITS = 32,
    TRIES = 64, /* slots tried before the search for room starts further up */
};

#define NOBODY UINT32_MAX

struct matcher_builder {
    struct arena *mem;
    struct span *literals;
    uint32_t *slots;            /* a hash table of literal numbers + 1; 0 is free */
    uint32_t count, slot_count; /* slot_count is a power of two, at most half of it is taken */
};

/* The child by symbol a is state base + a, if that one's parent is this state. The root is state 0
 * and has a child by every symbol a: state a. */
struct state {
    uint32_t base; /* 0 if there are no children */
    uint32_t fail; /* the longest proper suffix that has children, else the root */
};

/* The three arrays by state are separate: most ways that are tried are not there and touch only
 * parents, most states end no literal and touch only longest. */
struct matcher {
    struct arena *mem;
    struct state *states;
    uint32_t *parents;
    uint32_t *longest; /* 1 + the longest literal that ends in this state, 0 for none */
    uint32_t *shorter; /* by literal: 1 + the next shorter one that always ends with it */
    char *text;        /* all literals, one after another */
    size_t *starts;    /* by literal, and one more: where it starts in text */
    uint32_t *symbols; /* PAGE a page; 0 is in no literal, page 0 has only 0 */
    uint32_t symbol_count;
    uint16_t page_of[PAGES];
};

/* A literal in byte order, and those that begin alike: all that pass through one state. */
struct entry {
    struct span literal;
    uint32_t number;
};

struct branch {
    uint32_t state, symbol;
    uint32_t first, end; /* entries */
    uint32_t depth;      /* bytes that they share */
};

/* What is needed only while the automaton grows. */
struct growth {
    struct matcher *matcher;
    struct arena *mem;
    struct entry *entries;
    struct branch *children; /* of the current state */
    struct branch *queue;    /* breadth first: a state's suffixes are complete before it */
    size_t queued;
    uint32_t slot_count;
    uint32_t low;   /* the first free slot */
    uint32_t roomy; /* where several children are likely to find room */
    uint32_t top;   /* behind the last slot taken */
};

struct matcher_builder *matcher_builder_new(void)
{
    struct arena *mem = arena_new();
    struct matcher_builder *builder = arena_zero(mem, sizeof *builder);

    builder->mem = mem;
    return builder;
}

void matcher_builder_free(struct matcher_builder *builder)
{
    if (builder)
        arena_free(builder->mem);
}

static uint32_t *literal_slot(const struct matcher_builder *builder, struct span literal)
{
    uint32_t mask = builder->slot_count - 1;
    uint32_t i = (uint32_t)hash_bytes(literal) & mask;

    while (builder->slots[i] && !span_equal(builder->literals[builder->slots[i] - 1], literal))
        i = (i + 1) & mask;
    return &builder->slots[i];
}

static void widen(struct matcher_builder *builder)
{
    uint32_t slots = builder->slot_count ? builder->slot_count * 2 : FIRST_SLOTS;
    size_t old = builder->slot_count / 2 * sizeof(struct span);
    size_t new = slots / 2 * sizeof(struct span);

    builder->literals = arena_grow(builder->mem, builder->literals, old, new);
    builder->slots = arena_zero(builder->mem, slots * sizeof(uint32_t));
    builder->slot_count = slots;
    for (uint32_t i = 0; i < builder->count; i++)
        *literal_slot(builder, builder->literals[i]) = i + 1;
}

uint32_t matcher_add(struct matcher_builder *builder, struct span literal)
{
    if (builder->count == builder->slot_count / 2)
        widen(builder);
    uint32_t *slot = literal_slot(builder, literal);
    if (!*slot) {
        builder->literals[builder->count++] = span_keep(literal, builder->mem);
        *slot = builder->count;
    }
    return *slot - 1;
}

uint32_t matcher_count(const struct matcher_builder *builder)
{
    return builder->count;
}

static void copy_literals(struct matcher *matcher, const struct matcher_builder *builder)
{
    size_t len = 0;

    for (uint32_t i = 0; i < builder->count; i++)
        len += builder->literals[i].len;
    matcher->text = arena_take(matcher->mem, len);
    matcher->starts = arena_take(matcher->mem, (builder->count + (size_t)1) * sizeof(size_t));
    len = 0;
    for (uint32_t i = 0; i < builder->count; i++) {
        memcpy(matcher->text + len, builder->literals[i].at, builder->literals[i].len);
        matcher->starts[i] = len;
        len += builder->literals[i].len;
    }
    matcher->starts[builder->count] = len;
}

static void make_pages(struct matcher *matcher, const struct matcher_builder *builder)
{
    uint16_t pages = 1;

    for (uint32_t i = 0; i < builder->count; i++) {
        for (size_t at = 0; at < builder->literals[i].len;) {
            uint16_t *page = &matcher->page_of[utf8_next(builder->literals[i], &at) / PAGE];

            if (!*page)
                *page = pages++;
        }
    }
    matcher->symbols = arena_zero(matcher->mem, pages * PAGE * sizeof(uint32_t));
}

static uint32_t *symbol_at(const struct matcher *matcher, uint32_t code_point)
{
    return &matcher->symbols[matcher->page_of[code_point / PAGE] * PAGE + code_point % PAGE];
}

static void number_symbols(struct matcher *matcher, const struct matcher_builder *builder)
{
    make_pages(matcher, builder);
    for (uint32_t i = 0; i < builder->count; i++) {
        for (size_t at = 0; at < builder->literals[i].len;) {
            uint32_t *symbol = symbol_at(matcher, utf8_next(builder->literals[i], &at));

            if (!*symbol)
                *symbol = ++matcher->symbol_count;
        }
    }
}

static int by_literal(const void *a, const void *b)
{
    return span_compare(((const struct entry *)a)->literal, ((const struct entry *)b)->literal);
}

static void sort_entries(struct growth *growth, const struct matcher_builder *builder)
{
    growth->entries = arena_take(growth->mem, builder->count * sizeof(struct entry));
    for (uint32_t i = 0; i < builder->count; i++)
        growth->entries[i] = (struct entry){builder->literals[i], i};
    qsort(growth->entries, builder->count, sizeof(struct entry), by_literal);
}

static void *longer(struct growth *growth, void *array, size_t slots, size_t size, int fill)
{
    size_t old = growth->slot_count * size, new = slots *size;
    char *grown = arena_grow(growth->mem, array, old, new);

    memset(grown + old, fill, new - old);
    return grown;
}

/* Makes slots below `end`, all free. */
static void reach(struct growth *growth, uint32_t end)
{
    struct matcher *matcher = growth->matcher;
    uint32_t slots = growth->slot_count ? growth->slot_count : FIRST_SLOTS;

    while (slots < end)
        slots *= 2;
    if (slots == growth->slot_count)
        return;
    matcher->states = longer(growth, matcher->states, slots, sizeof(struct state), 0);
    matcher->parents = longer(growth, matcher->parents, slots, sizeof(uint32_t), 0xFF);
    matcher->longest = longer(growth, matcher->longest, slots, sizeof(uint32_t), 0);
    growth->slot_count = slots;
}

static bool fits(const struct growth *growth, uint32_t base, size_t children)
{
    for (size_t i = 0; i < children; i++)
        if (growth->matcher->parents[base + growth->children[i].symbol] != NOBODY)
            return false;
    return true;
}

/* An only child takes the first free slot. More children are tried from a mark that moves on when
 * the search gets long, so that all searches together take linear time; what they leave behind the
 * mark is for only children, which most are. */
static uint32_t find_base(struct growth *growth, size_t children)
{
    uint32_t lowest = growth->children[0].symbol, symbols = growth->matcher->symbol_count;
    uint32_t slot = children == 1 ? growth->low : growth->roomy;

    for (size_t i = 1; i < children; i++)
        if (growth->children[i].symbol < lowest)
            lowest = growth->children[i].symbol;
    for (uint32_t tries = 1;; slot++, tries++) {
        reach(growth, slot + symbols + 1);
        if (fits(growth, slot - lowest, children))
            break;
        if (tries > TRIES)
            growth->roomy = slot;
    }
    return slot - lowest;
}

/* The way from a state: by the state itself or the longest of its suffixes that has one. No state
 * has a child by symbol 0, which so leads to the root. */
static inline uint32_t step(const struct state *states, const uint32_t *parents, uint32_t state, uint32_t symbol)
{
    do {
        uint32_t child = states[state].base + symbol;

        if (parents[child] == state)
            return child;
        state = states[state].fail;
    } while (state);
    return symbol;
}

/* Entries of one branch that go on with the same symbol are adjacent. */
static size_t find_children(struct growth *growth, struct branch branch)
{
    const struct entry *entries = growth->entries;
    size_t children = 0;

    for (uint32_t i = branch.first; i < branch.end; i++) {
        size_t depth = branch.depth;
        uint32_t symbol = *symbol_at(growth->matcher, utf8_next(entries[i].literal, &depth));

        if (!children || growth->children[children - 1].symbol != symbol)
            growth->children[children++] = (struct branch){0, symbol, i, i, (uint32_t)depth};
        growth->children[children - 1].end = i + 1;
    }
    return children;
}

/* The root is nobody's parent: its children are found without a look. */
static void adopt(struct growth *growth, uint32_t parent, struct branch child)
{
    struct matcher *matcher = growth->matcher;
    struct state *states = matcher->states;

    child.state = states[parent].base + child.symbol;
    if (parent) {
        uint32_t suffix = states[parent].fail;

        matcher->parents[child.state] = parent;
        states[child.state].fail = step(states, matcher->parents, suffix, child.symbol);
    }
    growth->queue[growth->queued++] = child;
    if (growth->top <= child.state)
        growth->top = child.state + 1;
    while (growth->low < growth->slot_count && matcher->parents[growth->low] != NOBODY)
        growth->low++;
    if (growth->roomy < growth->low)
        growth->roomy = growth->low;
}

/* The literal that ends in this state is the first of its branch and is taken off it. */
static void accept(struct growth *growth, struct branch *branch)
{
    struct matcher *matcher = growth->matcher;
    const struct entry *first = &growth->entries[branch->first];
    uint32_t longest = matcher->longest[matcher->states[branch->state].fail];

    if (first->literal.len == branch->depth) {
        matcher->shorter[first->number] = longest;
        longest = first->number + 1;
        branch->first++;
    }
    matcher->longest[branch->state] = longest;
}

static void expand(struct growth *growth, struct branch branch)
{
    struct matcher *matcher = growth->matcher;
    uint32_t *fail = &matcher->states[branch.state].fail;

    accept(growth, &branch);
    if (!matcher->states[*fail].base)
        *fail = matcher->states[*fail].fail;

    size_t children = find_children(growth, branch);
    if (branch.state && children) {
        uint32_t base = find_base(growth, children);

        matcher->states[branch.state].base = base;
    }
    for (size_t i = 0; i < children; i++)
        adopt(growth, branch.state, growth->children[i]);
}

static void grow(struct growth *growth, const struct matcher_builder *builder)
{
    struct matcher *matcher = growth->matcher;
    struct span text = {matcher->text, matcher->starts[builder->count]};

    sort_entries(growth, builder);
    growth->children = arena_take(growth->mem, matcher->symbol_count * sizeof(struct branch));
    growth->queue = arena_take(growth->mem, (utf8_count(text) + 1) * sizeof(struct branch));
    growth->queue[growth->queued++] = (struct branch){.end = builder->count};
    for (size_t i = 0; i < growth->queued; i++)
        expand(growth, growth->queue[i]);
}

static void *keep_array(struct matcher *matcher, const void *array, size_t bytes)
{
    return memcpy(arena_take(matcher->mem, bytes), array, bytes);
}

/* Slots up to symbol_count are the root's children's, so that any other base is above 0; behind the
 * last child there is room for any symbol from any base. */
static void keep_states(struct growth *growth)
{
    struct matcher *matcher = growth->matcher;
    size_t count = growth->top + (size_t)matcher->symbol_count;

    reach(growth, (uint32_t)count);
    matcher->states = keep_array(matcher, matcher->states, count * sizeof(struct state));
    matcher->parents = keep_array(matcher, matcher->parents, count * sizeof(uint32_t));
    matcher->longest = keep_array(matcher, matcher->longest, count * sizeof(uint32_t));
}

struct matcher *matcher_compile(const struct matcher_builder *builder)
{
    struct arena *mem = arena_new();
    struct matcher *matcher = arena_zero(mem, sizeof *matcher);
    struct growth growth = {.matcher = matcher, .mem = arena_new()};

    matcher->mem = mem;
    matcher->shorter = arena_take(mem, builder->count * sizeof(uint32_t));
    copy_literals(matcher, builder);
    number_symbols(matcher, builder);
    growth.low = growth.roomy = growth.top = matcher->symbol_count + 1;
    reach(&growth, growth.top);
    if (builder->count)
        grow(&growth, builder);
    keep_states(&growth);
    arena_free(growth.mem);
    return matcher;
}

void matcher_free(struct matcher *matcher)
{
    if (matcher)
        arena_free(matcher->mem);
}

struct span matcher_literal(const struct matcher *matcher, uint32_t term)
{
    size_t start = matcher->starts[term];

    return (struct span){matcher->text + start, matcher->starts[term + 1] - start};
}

struct found {
    struct arena *mem;
    struct hit *at;
    size_t len, cap;
};

/* Not inline: its registers would cost the loop of matcher_run a fifth of its speed. */
__attribute__((noinline)) static void report(const struct matcher *matcher, uint32_t longest, size_t end,
                                             struct found *found)
{
    for (uint32_t literal = longest; literal; literal = matcher->shorter[literal - 1]) {
        if (found->len == found->cap) {
            size_t cap = found->cap ? found->cap * 2 : FIRST_HITS;

            found->at = arena_grow(found->mem, found->at, found->cap * sizeof(struct hit), cap * sizeof(struct hit));
            found->cap = cap;
        }
        size_t len = matcher->starts[literal] - matcher->starts[literal - 1];

        found->at[found->len++] = (struct hit){literal - 1, (uint32_t)(end - len), (uint32_t)end};
    }
}

/* Most code points of Japanese take three bytes; those need not be put together to be found. */
static inline uint32_t next_symbol(const struct matcher *matcher, struct span text, size_t *at)
{
    const unsigned char *p = (const unsigned char *)text.at + *at;
    uint32_t page, low;

    if ((p[0] & 0xF0) == 0xE0) {
        page = (uint32_t)(p[0] & 0xF) << 6 | (p[1] & 0x3Fu);
        low = p[2] & 0x3F;
        *at += 3;
    } else if (p[0] < 0x80) {
        page = p[0] / PAGE;
        low = p[0] % PAGE;
        *at += 1;
    } else {
        uint32_t code_point = utf8_next(text, at);
        page = code_point / PAGE;
        low = code_point % PAGE;
    }
    return matcher->symbols[matcher->page_of[page] * (uint32_t)PAGE + low];
}

struct hits matcher_run(const struct matcher *matcher, struct span text, struct arena *mem)
{
    const struct state *states = matcher->states;
    const uint32_t *parents = matcher->parents, *longest = matcher->longest;
    struct found found = {.mem = mem};
    uint32_t state = 0;

    for (size_t at = 0; at < text.len;) {
        uint32_t symbol = next_symbol(matcher, text, &at);

        state = step(states, parents, state, symbol);
        if (longest[state])
            report(matcher, longest[state], at, &found);
    }
    return (struct hits){found.at, found.len};
}
