/* What the present rules would change in a range, against what its topics hold. */
#include "common/hash.h"
#include "common/json.h"
#include "common/store.h"
#include "worker/command/landed.h"
#include "worker/decode.h"
#include "worker/line.h"
#include "worker/shape.h"

#include <errno.h>
#include <stdio.h>

enum { EXAMPLES = 3, RECORD_DEPTH = 128 };

/* What may differ between two records of one post. */
enum section { IN_ROUTE, IN_TAG, IN_FIGURE, IN_SENTIMENT, IN_TIER, SECTIONS };
enum change { GAINED, LOST, CHANGED, SAME, CHANGES };

static const char *const section_names[SECTIONS] = {"route", "tag", "figure", "sentiment", "tier"};
static const char *const change_names[CHANGES] = {"gained", "lost", "changed", "same"};

struct example {
    struct span id;                     /* of the post */
    struct span how;                    /* "12 -> 15"; empty where the change says all */
};

/* One line of the report. */
struct row {
    enum section section;
    struct span name;
    unsigned long long counts[CHANGES];
    struct example examples[SAME][EXAMPLES];
};

/* One thing that a record says of a post. */
struct facet {
    enum section section;
    struct span name, value;
};

struct facets {
    struct facet *at;
    size_t len, cap;
};

/* A record as the store keeps it: several may come of one message, each with a key of its own. */
struct trace {
    uint64_t key, content;
};

struct differ {
    struct job *job;
    struct range range;
    struct store *store;
    struct arena *mem;                  /* of one post */
    struct line line;
    size_t basis;                       /* the output whose records are compared in their parts */
    struct row *rows;
    size_t rows_len, rows_cap;
    unsigned long long posts, compared;
    struct err *err;
};

/* --- what a record says --- */

static void add_facet(struct facets *facets, enum section section, struct span name, struct span value,
                      struct arena *mem)
{
    facets->at = arena_room(mem, facets->at, facets->len, &facets->cap, sizeof *facets->at);
    facets->at[facets->len++] = (struct facet){section, name, value};
}

static struct span number_of(const struct value *value, struct arena *mem)
{
    if (value->type == VALUE_INT)
        return span_format(mem, "%lld", (long long)value->integer);
    return span_format(mem, "%.4f", value->real);       /* four decimals are all that a figure has */
}

static void add_tags(struct facets *facets, const struct value *tags, struct arena *mem)
{
    for (uint32_t i = 0; tags && tags->type == VALUE_LIST && i < tags->len; i++)
        if (tags->items[i].type == VALUE_STRING)
            add_facet(facets, IN_TAG, tags->items[i].string, (struct span){0}, mem);
}

static void add_figures(struct facets *facets, const struct value *of, struct arena *mem)
{
    for (int i = 0; of && i < FIGURES; i++) {
        const struct value *figure = json_get(of, span_of(figure_names[i]));

        if (figure && (figure->type == VALUE_INT || figure->type == VALUE_REAL))
            add_facet(facets, IN_FIGURE, span_of(figure_names[i]), number_of(figure, mem), mem);
    }
}

static void add_label(struct facets *facets, enum section section, const struct value *label, struct arena *mem)
{
    if (label && label->type == VALUE_STRING)
        add_facet(facets, section, (struct span){0}, label->string, mem);
}

/* A row has its members on the top level; an event has them in its parts. */
static struct facets facets_of(struct span record, struct arena *mem)
{
    struct facets facets = {0};
    struct value root;
    struct span why;

    if (json_read(record, RECORD_DEPTH, mem, &root, &why) != JSON_OK)
        return facets;
    const struct value *parts = json_get(&root, SPAN("enrichment"));
    const struct value *from = parts ? parts : &root;
    const struct value *engagement = parts ? json_get(parts, SPAN("engagement")) : &root;
    const struct value *sentiment = json_get(from, SPAN("sentiment"));
    const struct value *label = sentiment ? json_get(sentiment, SPAN("label")) : NULL;

    add_tags(&facets, json_get(from, SPAN("tags")), mem);
    add_figures(&facets, engagement, mem);
    add_label(&facets, IN_SENTIMENT, label ? label : sentiment, mem);
    add_label(&facets, IN_TIER, engagement ? json_get(engagement, SPAN("tier")) : NULL, mem);
    return facets;
}

static struct span pack(const struct facets *facets, struct arena *mem)
{
    struct buf out = buf_in(mem);

    for (size_t i = 0; i < facets->len; i++) {
        uint32_t lens[] = {(uint32_t)facets->at[i].section, (uint32_t)facets->at[i].name.len,
                           (uint32_t)facets->at[i].value.len};

        buf_put(&out, (struct span){(const char *)lens, sizeof lens});
        buf_put(&out, facets->at[i].name);
        buf_put(&out, facets->at[i].value);
    }
    return out.len ? buf_span(&out) : SPAN("");
}

static struct facets unpack(struct span bytes, struct arena *mem)
{
    struct facets facets = {0};
    uint32_t lens[3];

    for (const char *at = bytes.at, *end = bytes.at + bytes.len; at < end;) {
        memcpy(lens, at, sizeof lens);
        at += sizeof lens;
        add_facet(&facets, (enum section)lens[0], (struct span){at, lens[1]}, (struct span){at + lens[1], lens[2]}, mem);
        at += lens[1] + lens[2];
    }
    return facets;
}

/* --- what landed --- */

static struct span place_of(const struct differ *differ, const char *what, size_t output, const struct piece *piece,
                            int64_t offset, struct arena *mem)
{
    return span_format(mem, "%s/%zu/%zu/%lld", what, output, (size_t)(piece - differ->range.at), (long long)offset);
}

/* A record without what names its rules: of two rule sets every record would differ by that. */
static struct trace trace_of(struct span key, struct span value)
{
    static const char name[] = "\"rules\":{";
    const char *from = value.len ? memmem(value.at, value.len, name, sizeof name - 1) : NULL;
    size_t before = from ? (size_t)(from - value.at) : value.len;
    const char *end = from ? memchr(from, '}', value.len - before) : NULL;
    struct hash *hash = hash_new();

    hash_add(hash, (struct span){value.at, before});
    if (end)
        hash_add(hash, (struct span){end, (size_t)(value.at + value.len - end)});
    struct trace trace = {hash_bytes(key), hash_value(hash)};
    hash_free(hash);
    return trace;
}

static struct trace trace_at(struct span traces, size_t i)
{
    struct trace trace;

    memcpy(&trace, traces.at + i * sizeof trace, sizeof trace);
    return trace;
}

/* The index of the trace of that key; -1: none. */
static int64_t find_trace(struct span traces, uint64_t key)
{
    for (size_t i = 0; i < traces.len / sizeof(struct trace); i++)
        if (trace_at(traces, i).key == key)
            return (int64_t)i;
    return -1;
}

/* Of records with the same source and key, as after a replay in place, the last one holds. */
static struct span with_trace(struct span traces, struct trace trace, struct arena *mem)
{
    struct span bytes = {(const char *)&trace, sizeof trace}, known = span_keep(traces, mem);
    int64_t at = find_trace(traces, trace.key);

    if (at < 0)
        return span_joined(mem, known, bytes, (struct span){0});
    memcpy((char *)(uintptr_t)known.at + (size_t)at * sizeof trace, &trace, sizeof trace);
    return known;
}

static bool note(const struct landed *landed, void *context, struct err *err)
{
    struct differ *differ = context;
    const struct kafka_record *record = landed->record;
    struct arena *mem = differ->mem;
    struct span known;

    if (!landed->piece)
        return true;
    struct span at = place_of(differ, "t", landed->output, landed->piece, landed->offset, mem);
    bool fine = store_get(differ->store, at, mem, &known, err)
        && store_put(differ->store, at, with_trace(known, trace_of(record->key, record->value), mem), err);
    if (fine && landed->output == differ->basis) {
        struct facets facets = facets_of(record->value, mem);

        fine = store_put(differ->store, place_of(differ, "f", landed->output, landed->piece, landed->offset, mem),
                         pack(&facets, mem), err);
    }
    arena_reset(mem);
    return fine;
}

/* --- the comparison --- */

/* A post that is looked at, and what helps to name it. */
struct subject {
    const struct message *message;
    struct span id;                     /* at == NULL: not looked for yet */
};

static struct span id_of(struct differ *differ, struct subject *subject)
{
    struct post post;
    struct span why;

    if (!subject->id.at) {
        post_decode(subject->message, &differ->job->config.limits, differ->mem, &post, &why);
        subject->id = span_keep(post.id, differ->job->mem);
    }
    return subject->id;
}

static struct row *row_of(struct differ *differ, enum section section, struct span name)
{
    for (size_t i = 0; i < differ->rows_len; i++)
        if (differ->rows[i].section == section && span_equal(differ->rows[i].name, name))
            return &differ->rows[i];
    differ->rows = arena_room(differ->job->mem, differ->rows, differ->rows_len, &differ->rows_cap,
                              sizeof *differ->rows);
    differ->rows[differ->rows_len] = (struct row){.section = section, .name = span_keep(name, differ->job->mem)};
    return &differ->rows[differ->rows_len++];
}

static void count(struct differ *differ, struct subject *subject, enum section section, struct span name,
                  enum change change, struct span how)
{
    struct row *row = row_of(differ, section, name);
    unsigned long long n = row->counts[change]++;

    if (change != SAME && n < EXAMPLES)
        row->examples[change][n] = (struct example){id_of(differ, subject), span_keep(how, differ->job->mem)};
}

static const struct facet *find_facet(const struct facets *facets, const struct facet *like)
{
    for (size_t i = 0; i < facets->len; i++)
        if (facets->at[i].section == like->section && span_equal(facets->at[i].name, like->name))
            return &facets->at[i];
    return NULL;
}

/* A label has no name: its row is called by its value, and a change by both. */
static void compare_facet(struct differ *differ, struct subject *subject, const struct facet *was,
                          const struct facet *now)
{
    const struct facet *any = now ? now : was;
    bool is_label = !any->name.len;
    struct span name = is_label ? any->value : any->name;

    if (!was || !now) {
        count(differ, subject, any->section, name, now ? GAINED : LOST, (struct span){0});
        return;
    }
    if (span_equal(was->value, now->value)) {
        count(differ, subject, any->section, name, SAME, (struct span){0});
        return;
    }
    struct span how = span_joined(differ->mem, was->value, SPAN(" -> "), now->value);
    count(differ, subject, any->section, is_label ? how : name, CHANGED, is_label ? (struct span){0} : how);
}

static void compare_facets(struct differ *differ, struct subject *subject, const struct facets *was,
                           const struct facets *now)
{
    for (size_t i = 0; i < now->len; i++)
        compare_facet(differ, subject, find_facet(was, &now->at[i]), &now->at[i]);
    for (size_t i = 0; i < was->len; i++)
        if (!find_facet(now, &was->at[i]))
            compare_facet(differ, subject, &was->at[i], NULL);
}

/* What the present rules give for one output, as traces; *basis is its last record. */
static struct span traces_of(struct differ *differ, const struct outbox *out, size_t output, struct span *basis)
{
    struct span traces = {0};

    for (size_t i = 0; i < out->records_len; i++) {
        const struct record *record = &out->records[i];

        if (!record->value.at || landed_output(differ->job, record->route) != output)
            continue;
        traces = with_trace(traces, trace_of(record->key, record->value), differ->mem);
        *basis = record->value;
    }
    return traces;
}

static void compare_traces(struct differ *differ, struct subject *subject, struct span name, struct span was,
                           struct span now)
{
    for (size_t i = 0; i < now.len / sizeof(struct trace); i++) {
        struct trace trace = trace_at(now, i);
        int64_t at = find_trace(was, trace.key);
        enum change change = at < 0 ? GAINED
                           : trace_at(was, (size_t)at).content == trace.content ? SAME : CHANGED;

        count(differ, subject, IN_ROUTE, name, change, (struct span){0});
    }
    for (size_t i = 0; i < was.len / sizeof(struct trace); i++)
        if (find_trace(now, trace_at(was, i).key) < 0)
            count(differ, subject, IN_ROUTE, name, LOST, (struct span){0});
}

static void compare_output(struct differ *differ, struct subject *subject, const struct piece *piece,
                           const struct outbox *out, size_t output)
{
    const struct route *route = (const struct route *)differ->job->config.routes.at + output;
    int64_t offset = subject->message->offset;
    struct span was, basis = {0}, packed;
    struct span now = traces_of(differ, out, output, &basis);

    if (!store_get(differ->store, place_of(differ, "t", output, piece, offset, differ->mem), differ->mem, &was,
                   differ->err))
        return;
    compare_traces(differ, subject, route->name, was, now);
    if (output != differ->basis || !was.len || !now.len
        || !store_get(differ->store, place_of(differ, "f", output, piece, offset, differ->mem), differ->mem, &packed,
                      differ->err))
        return;
    struct facets before = unpack(packed, differ->mem), after = facets_of(basis, differ->mem);
    differ->compared++;
    compare_facets(differ, subject, &before, &after);
}

static const struct piece *piece_of(const struct range *range, const struct kafka_record *record)
{
    for (size_t i = 0; i < range->len; i++)
        if (range->at[i].partition == record->partition && !strcmp(range->at[i].topic, record->topic))
            return &range->at[i];
    return NULL;
}

static void compare(const struct kafka_record *record, void *context)
{
    struct differ *differ = context;
    struct message message = job_message(&differ->job->config, record);
    struct outbox out = {.mem = differ->mem, .rules = differ->line.rules->name};
    struct subject subject = {.message = &message};

    if (differ->err->kind != ERR_NONE)
        return;
    differ->posts++;
    line_carry(&differ->line, &message, &out);
    for (size_t i = 0; i < differ->job->config.routes.len; i++)
        if (landed_output(differ->job, (const struct route *)differ->job->config.routes.at + i) == i)
            compare_output(differ, &subject, piece_of(&differ->range, record), &out, i);
    arena_reset(differ->mem);
}

/* --- the report --- */

static void print_examples(const struct row *row, enum change change)
{
    for (size_t i = 0; i < EXAMPLES && i < row->counts[change]; i++)
        printf("%s%.*s%s%.*s%s", i ? ", " : "", SPAN_ARGS(row->examples[change][i].id),
               row->examples[change][i].how.len ? " (" : "", SPAN_ARGS(row->examples[change][i].how),
               row->examples[change][i].how.len ? ")" : "");
}

static void print_row(const struct row *row)
{
    printf("  %-32.*s %9llu %9llu %9llu %9llu", SPAN_ARGS(row->name), row->counts[GAINED], row->counts[LOST],
           row->counts[CHANGED], row->counts[SAME]);
    for (int change = 0; change < SAME; change++)
        if (row->counts[change]) {
            printf("  %s: ", change_names[change]);
            print_examples(row, (enum change)change);
        }
    putchar('\n');
}

static void print_diff(const struct differ *differ)
{
    printf("%llu posts through the rules %.*s, %llu of them compared with what %.*s holds\n", differ->posts,
           SPAN_ARGS(differ->job->setup.rules->name), differ->compared,
           SPAN_ARGS(((const struct route *)differ->job->config.routes.at)[differ->basis].topic));
    printf("%-34s %9s %9s %9s %9s\n", "", "gained", "lost", "changed", "same");
    for (int section = 0; section < SECTIONS; section++) {
        bool named = false;

        for (size_t i = 0; i < differ->rows_len; i++) {
            if ((int)differ->rows[i].section != section)
                continue;
            if (!named)
                puts(section_names[section]);
            named = true;
            print_row(&differ->rows[i]);
        }
    }
}

static void write_examples(struct buf *out, const struct row *row, enum change change)
{
    buf_format(out, ",\"%s_examples\":[", change_names[change]);
    for (size_t i = 0; i < EXAMPLES && i < row->counts[change]; i++) {
        buf_put(out, i ? SPAN(",{\"id\":") : SPAN("{\"id\":"));
        json_write_string(out, row->examples[change][i].id);
        write_text(out, "how", row->examples[change][i].how);
        buf_char(out, '}');
    }
    buf_char(out, ']');
}

static void write_row_json(struct buf *out, const struct row *row)
{
    buf_format(out, "{\"section\":\"%s\",\"name\":", section_names[row->section]);
    json_write_string(out, row->name);
    for (int change = 0; change < CHANGES; change++)
        buf_format(out, ",\"%s\":%llu", change_names[change], row->counts[change]);
    for (int change = 0; change < SAME; change++)
        write_examples(out, row, (enum change)change);
    buf_char(out, '}');
}

static bool write_diff(const struct differ *differ, struct err *err)
{
    struct arena *mem = arena_new();
    struct buf out = buf_in(mem);
    FILE *file = fopen(differ->job->report, "w");

    buf_put(&out, SPAN("{\"rules\":"));
    json_write_string(&out, differ->job->setup.rules->name);
    buf_put(&out, SPAN(",\"wish\":"));
    json_write_string(&out, differ->job->words);
    buf_format(&out, ",\"posts\":%llu,\"compared\":%llu,\"rows\":[", differ->posts, differ->compared);
    for (size_t i = 0; i < differ->rows_len; i++) {
        if (i)
            buf_char(&out, ',');
        write_row_json(&out, &differ->rows[i]);
    }
    buf_put(&out, SPAN("]}\n"));
    bool fine = file && fwrite(out.at, 1, out.len, file) == out.len;
    fine = file && fclose(file) == 0 && fine;
    arena_free(mem);
    return fine || fail(err, ERR_WORK, "%s cannot be written: %s", differ->job->report, strerror(errno));
}

/* Events say the most; else rows of facts. */
static bool choose_basis(struct differ *differ, struct err *err)
{
    const struct route *routes = differ->job->config.routes.at;
    size_t len = differ->job->config.routes.len;

    for (differ->basis = 0; differ->basis < len; differ->basis++)
        if (routes[differ->basis].shape == SHAPE_event)
            return true;
    for (differ->basis = 0; differ->basis < len; differ->basis++)
        if (routes[differ->basis].shape == SHAPE_facts)
            return true;
    return fail(err, ERR_CONFIG, "--diff compares events or rows of facts; no such route is among those that are meant");
}

bool job_diff(struct job *job, struct err *err)
{
    const struct config *config = &job->config;
    struct differ differ = {.job = job, .mem = arena_new(), .err = err};
    bool fine = choose_basis(&differ, err) && range_resolve(config, &job->wish, job->mem, &differ.range, err)
        && job_read_hides(job, err);

    differ.line = line_of(config, job->setup.rules);
    differ.line.hides = job->hides;
    differ.store = fine ? store_open(job->memory_bytes, err) : NULL;
    fine = differ.store && landed_each(job, &differ.range, note, &differ, err)
        && kafka_read_range(config, &differ.range, compare, &differ, err) && err->kind == ERR_NONE;
    if (fine)
        print_diff(&differ);
    fine = fine && (!job->report || write_diff(&differ, err));
    store_close(differ.store);
    arena_free(differ.mem);
    return fine;
}
