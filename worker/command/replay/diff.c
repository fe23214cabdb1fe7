/* What the present rules would change in a range, against what its topics hold. */
#include "common/hash.h"
#include "common/json.h"
#include "common/store.h"
#include "common/utf8.h"
#include "worker/command/replay/compare.h"
#include "worker/command/replay/output_scan.h"
#include "worker/decode/decode.h"
#include "worker/line.h"
#include "worker/route/shape.h"

enum { RECORD_DEPTH = 128 };

/* One thing that a record says of a post. */
struct facet {
    enum diff_section section;
    struct span name, value;
};

struct facets {
    struct facet *at;
    size_t len, cap;
};

/* A record as the store keeps it: several may come of one message, each with a key of its own. */
struct output_hash {
    uint64_t key, content;
};

struct differ {
    struct job *job;
    struct diff diff; /* what it comes to; is in the job's mem */
    struct store *store;
    struct arena *mem; /* of one post */
    struct line line;
    size_t basis; /* the output whose records are compared in their parts */
    struct err *err;
};

/* --- what a record says --- */

static void add_facet(struct facets *facets, enum diff_section section, struct span name, struct span value,
                      struct arena *mem)
{
    facets->at = arena_room(mem, facets->at, facets->len, &facets->cap, sizeof *facets->at);
    facets->at[facets->len++] = (struct facet){section, name, value};
}

static struct span number_of(const struct value *value, struct arena *mem)
{
    if (value->type == VALUE_INT)
        return span_format(mem, "%lld", (long long)value->integer);
    return span_format(mem, "%.15g", value->real); /* 4.5 as it was written: figures have four decimals at most */
}

static void add_tags(struct facets *facets, const struct value *tags, struct arena *mem)
{
    for (uint32_t i = 0; tags && tags->type == VALUE_LIST && i < tags->len; i++)
        if (tags->items[i].type == VALUE_STRING)
            add_facet(facets, IN_TAG, tags->items[i].string, (struct span){0}, mem);
}

/* A list as one text: hashtags and links are too many for a row each. */
static void add_list(struct facets *facets, const char *name, const struct value *from, const char *member,
                     struct arena *mem)
{
    const struct value *list = from ? json_get(from, span_of(member)) : NULL;
    struct buf out = buf_in(mem);

    if (!list || list->type != VALUE_LIST)
        return;
    for (uint32_t i = 0; i < list->len; i++) {
        const struct value *text =
            list->items[i].type == VALUE_OBJECT ? json_get(&list->items[i], SPAN("text")) : &list->items[i];

        if (i)
            buf_char(&out, ' ');
        if (text && text->type == VALUE_STRING)
            buf_put(&out, text->string);
    }
    add_facet(facets, IN_LIST, span_of(name), out.len ? buf_span(&out) : SPAN("none"), mem);
}

static void add_figures(struct facets *facets, const struct value *of, struct arena *mem)
{
    for (int i = 0; of && i < FIGURES; i++) {
        const struct value *figure = json_get(of, span_of(figure_names[i]));

        if (figure && (figure->type == VALUE_INT || figure->type == VALUE_REAL))
            add_facet(facets, IN_FIGURE, span_of(figure_names[i]), number_of(figure, mem), mem);
    }
}

static void add_label(struct facets *facets, enum diff_section section, const struct value *label, struct arena *mem)
{
    if (label && label->type == VALUE_STRING)
        add_facet(facets, section, (struct span){0}, label->string, mem);
}

/* As rules are named everywhere: "7 6f1c…". */
static void add_rules(struct facets *facets, const struct value *rules, struct arena *mem)
{
    const struct value *version = rules ? json_get(rules, SPAN("version")) : NULL;
    const struct value *id = rules ? json_get(rules, SPAN("id")) : NULL;

    if (version && id && version->type == VALUE_INT && id->type == VALUE_STRING)
        add_facet(facets, IN_RULES, (struct span){0},
                  span_format(mem, "%lld %.*s", (long long)version->integer, SPAN_ARGS(id->string)), mem);
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
    const struct value *lists = parts ? json_get(parts, SPAN("entities")) : &root;
    const struct value *engagement = parts ? json_get(parts, SPAN("engagement")) : &root;
    const struct value *sentiment = json_get(from, SPAN("sentiment"));
    const struct value *label = sentiment ? json_get(sentiment, SPAN("label")) : NULL;

    add_rules(&facets, json_get(from, SPAN("rules")), mem);
    add_tags(&facets, json_get(from, SPAN("tags")), mem);
    add_list(&facets, "hashtags", lists, "hashtags", mem);
    add_list(&facets, "links", lists, parts ? "urls" : "links", mem);
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
        add_facet(&facets, (enum diff_section)lens[0], (struct span){at, lens[1]}, (struct span){at + lens[1], lens[2]},
                  mem);
        at += lens[1] + lens[2];
    }
    return facets;
}

/* --- what landed --- */

/* Of one post: `part` as struct message has it. */
static struct span place_of(const struct differ *differ, const char *what, size_t output, const struct piece *piece,
                            int64_t offset, size_t part)
{
    return span_format(differ->mem, "%s/%zu/%zu/%lld/%zu", what, output, (size_t)(piece - differ->diff.range.at),
                       (long long)offset, part);
}

/* A record without what names its rules: of two rule sets every record would differ by that. */
static struct output_hash trace_of(struct span key, struct span value)
{
    static const char name[] = "\"rules\":{";
    const char *from = value.len ? memmem(value.at, value.len, name, sizeof name - 1) : NULL;
    size_t before = from ? (size_t)(from - value.at) : value.len;
    const char *end = from ? memchr(from, '}', value.len - before) : NULL;
    struct hash *hash = hash_new();

    hash_add(hash, (struct span){value.at, before});
    if (end)
        hash_add(hash, (struct span){end, (size_t)(value.at + value.len - end)});
    struct output_hash trace = {hash_bytes(key), hash_value(hash)};
    hash_free(hash);
    return trace;
}

static struct output_hash trace_at(struct span traces, size_t i)
{
    struct output_hash trace;

    memcpy(&trace, traces.at + i * sizeof trace, sizeof trace);
    return trace;
}

/* The index of the trace of that key; -1: none. */
static int64_t find_trace(struct span traces, uint64_t key)
{
    for (size_t i = 0; i < traces.len / sizeof(struct output_hash); i++)
        if (trace_at(traces, i).key == key)
            return (int64_t)i;
    return -1;
}

/* Of records with the same source and key, as after a replay in place, the last one holds. */
static struct span with_trace(struct span traces, struct output_hash trace, struct arena *mem)
{
    struct span bytes = {(const char *)&trace, sizeof trace}, known = span_keep(traces, mem);
    int64_t at = find_trace(traces, trace.key);

    if (at < 0)
        return span_joined(mem, known, bytes, (struct span){0});
    memcpy((char *)(uintptr_t)known.at + (size_t)at * sizeof trace, &trace, sizeof trace);
    return known;
}

static bool note_output(const struct output_record *landed, void *context, struct err *err)
{
    struct differ *differ = context;
    const struct kafka_record *record = landed->record;
    struct arena *mem = differ->mem;
    struct span known;

    if (!output_in_range(landed))
        return true;
    struct span at = place_of(differ, "t", landed->output, landed->piece, landed->offset, landed->part);
    bool fine = store_get(differ->store, at, mem, &known, err)
                && store_put(differ->store, at, with_trace(known, trace_of(record->key, record->value), mem), err);
    if (fine && landed->output == differ->basis) {
        struct facets facets = facets_of(record->value, mem);

        fine =
            store_put(differ->store, place_of(differ, "f", landed->output, landed->piece, landed->offset, landed->part),
                      pack(&facets, mem), err);
    }
    arena_reset(mem);
    return fine;
}

/* --- the comparison --- */

/* A post that is looked at, and what helps to name it. */
struct subject {
    const struct message *message;
    const struct piece *piece; /* that it is in */
    struct span id, place;     /* at == NULL: not looked for yet */
    struct span text;          /* with --texts, of a post that is not hidden */
    bool is_hidden;            /* by now: its text is shown nowhere */
    bool records[CHANGES];     /* whether one of its records is gained, lost, … */
};

static void name_subject(struct differ *differ, struct subject *subject)
{
    const struct message *message = subject->message;
    struct post post;
    struct span why;

    if (subject->id.at)
        return;
    post_decode(message, &differ->job->config.limits, differ->mem, &post, &why);
    subject->id = span_keep(post.id, differ->job->mem);
    subject->place = output_place(subject->piece, message, differ->job->mem);
    if (differ->job->texts && !subject->is_hidden)
        subject->text = span_keep(utf8_cut(post.text, DIFF_TEXT_BYTES), differ->job->mem);
}

static struct span label_of(const struct differ *differ, enum diff_section section, struct span name)
{
    struct span label = {0};

    if (section == IN_TAG)
        label = tag_label(differ->line.rules->settings[ENRICHER_tags], name, SPAN("ja"));
    return span_equal(label, name) ? (struct span){0} : label;
}

static struct diff_row *row_of(struct differ *differ, enum diff_section section, struct span name)
{
    struct diff *diff = &differ->diff;
    struct arena *mem = differ->job->mem;

    for (size_t i = 0; i < diff->rows_len; i++)
        if (diff->rows[i].section == section && span_equal(diff->rows[i].name, name))
            return &diff->rows[i];
    diff->rows = arena_room(mem, diff->rows, diff->rows_len, &diff->rows_cap, sizeof *diff->rows);
    diff->rows[diff->rows_len] =
        (struct diff_row){.section = section, .name = span_keep(name, mem), .label = label_of(differ, section, name)};
    return &diff->rows[diff->rows_len++];
}

/* Several records of a post are one example. */
static void add_example(struct differ *differ, struct subject *subject, struct diff_row *row, enum diff_change change,
                        struct span how)
{
    struct diff_example *examples = row->examples[change];
    size_t *len = &row->examples_len[change];

    if (*len == DIFF_EXAMPLES)
        return;
    name_subject(differ, subject);
    if (*len == 0 || !span_equal(examples[*len - 1].place, subject->place))
        examples[(*len)++] =
            (struct diff_example){subject->id, subject->place, span_keep(how, differ->job->mem), subject->text};
}

static void count_row(struct differ *differ, struct subject *subject, enum diff_section section, struct span name,
                      enum diff_change change, struct span how)
{
    struct diff_row *row = row_of(differ, section, name);

    row->counts[change]++;
    if (change != SAME)
        add_example(differ, subject, row, change, how);
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
        count_row(differ, subject, any->section, name, now ? GAINED : LOST, (struct span){0});
        return;
    }
    if (span_equal(was->value, now->value)) {
        count_row(differ, subject, any->section, name, SAME, (struct span){0});
        return;
    }
    struct span how = span_joined(differ->mem, was->value, SPAN(" -> "), now->value);
    count_row(differ, subject, any->section, is_label ? how : name, CHANGED, is_label ? (struct span){0} : how);
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

        if (!record->value.at || output_output(differ->job, record->route) != output)
            continue;
        traces = with_trace(traces, trace_of(record->key, record->value), differ->mem);
        *basis = record->value;
    }
    return traces;
}

static void count_record(struct differ *differ, struct subject *subject, struct span route, enum diff_change change)
{
    subject->records[change] = true;
    count_row(differ, subject, IN_ROUTE, route, change, (struct span){0});
}

static void compare_traces(struct differ *differ, struct subject *subject, struct span route, struct span was,
                           struct span now)
{
    for (size_t i = 0; i < now.len / sizeof(struct output_hash); i++) {
        struct output_hash trace = trace_at(now, i);
        int64_t at = find_trace(was, trace.key);
        bool is_same = at >= 0 && trace_at(was, (size_t)at).content == trace.content;

        count_record(differ, subject, route, at < 0 ? GAINED : is_same ? SAME : CHANGED);
    }
    for (size_t i = 0; i < was.len / sizeof(struct output_hash); i++)
        if (find_trace(now, trace_at(was, i).key) < 0)
            count_record(differ, subject, route, LOST);
}

static void compare_output(struct differ *differ, struct subject *subject, const struct outbox *out, size_t output)
{
    const struct route *route = (const struct route *)differ->job->config.routes.at + output;
    const struct message *message = subject->message;
    struct arena *mem = differ->mem;
    struct span was, basis = {0}, packed;
    struct span now = traces_of(differ, out, output, &basis);

    if (!store_get(differ->store, place_of(differ, "t", output, subject->piece, message->offset, message->part), mem,
                   &was, differ->err))
        return;
    compare_traces(differ, subject, route->name, was, now);
    if (output != differ->basis || !was.len || !now.len
        || !store_get(differ->store, place_of(differ, "f", output, subject->piece, message->offset, message->part), mem,
                      &packed, differ->err))
        return;
    struct facets before = unpack(packed, mem), after = facets_of(basis, mem);
    differ->diff.compared++;
    compare_facets(differ, subject, &before, &after);
}

/* Why nothing comes of a post by the present rules. */
static enum diff_loss loss_of(const struct outbox *out)
{
    if (out->hidden)
        return LOSS_HIDDEN;
    if (out->dead_len)
        return LOSS_DEAD;
    return out->dropped[DROP_NO_ROUTE] ? LOSS_NO_ROUTE : out->dropped[DROP_NO_POST] ? LOSS_NO_POST : LOSS_NO_ROW;
}

/* A post with records of several fates is changed. */
static void count_post(struct diff *diff, const struct subject *subject, const struct outbox *out)
{
    int fates = 0, fate = SAME;

    for (int change = 0; change < CHANGES; change++)
        if (subject->records[change]) {
            fates++;
            fate = change;
        }
    diff->posts++;
    if (fates)
        diff->totals[fates > 1 ? CHANGED : fate]++;
    if (fates == 1 && fate == LOST)
        diff->losses[loss_of(out)]++;
}

static void compare_post(struct differ *differ, const struct piece *piece, const struct message *message)
{
    struct outbox out = {.mem = differ->mem, .rules = differ->line.rules->name};
    struct subject subject = {.message = message, .piece = piece};

    line_carry(&differ->line, message, 1, &out);
    subject.is_hidden = out.hidden > 0;
    for (size_t i = 0; i < differ->job->config.routes.len; i++)
        if (output_output(differ->job, (const struct route *)differ->job->config.routes.at + i) == i)
            compare_output(differ, &subject, &out, i);
    count_post(&differ->diff, &subject, &out);
}

static void compare(const struct kafka_record *record, void *context)
{
    struct differ *differ = context;
    struct message message = job_message(&differ->job->config, record);
    const struct piece *piece = range_find(&differ->diff.range, span_of(record->topic), record->partition);

    if (differ->err->kind != ERR_NONE)
        return;
    struct batch posts = message_posts(&message, &differ->job->config.limits, differ->mem);
    for (size_t i = 0; i < posts.len; i++) {
        struct arena_place mark = arena_mark(differ->mem);

        compare_post(differ, piece, &posts.at[i]);
        arena_back(differ->mem, mark);
    }
    arena_reset(differ->mem);
}

/* The route whose shape tells most of a post. */
static bool choose_basis(struct differ *differ, struct err *err)
{
    const struct route *routes = differ->job->config.routes.at;
    int most = 0;

    for (size_t i = 0; i < differ->job->config.routes.len; i++) {
        int detail = shapes[routes[i].shape]->detail;

        if (detail > most)
            differ->basis = i;
        most = detail > most ? detail : most;
    }
    return most > 0
           || fail(err, ERR_CONFIG, "--diff compares events or rows of facts; the chosen routes write neither");
}

static bool write_report(const struct diff *diff, const char *path,
                         void (*write)(const struct diff *diff, struct buf *out), struct err *err)
{
    struct arena *mem = arena_new();
    struct buf out = buf_in(mem);

    if (path)
        write(diff, &out);
    bool fine = !path || report_save(path, buf_span(&out), err);
    arena_free(mem);
    return fine;
}

static bool report(const struct job *job, struct diff *diff, struct err *err)
{
    diff_sort(diff);
    diff_print(diff);
    return write_report(diff, job->report, diff_write_json, err) && write_report(diff, job->page, diff_write_page, err);
}

bool job_diff(struct job *job, struct err *err)
{
    const struct config *config = &job->config;
    struct differ differ = {
        .job = job, .mem = arena_new(), .err = err, .diff = {.rules = job->setup.rules->name, .words = job->words}};
    struct diff *diff = &differ.diff;
    bool fine = choose_basis(&differ, err) && range_resolve(config, &job->request, job->mem, &diff->range, err)
                && job_read_hides(job, err);

    if (fine)
        diff->topic = ((const struct route *)config->routes.at)[differ.basis].topic;
    differ.line = line_of(config, job->setup.rules);
    differ.line.hides = job->hides;
    differ.store = fine ? store_open(job->memory_bytes, err) : NULL;
    fine = differ.store && output_each(job, &diff->range, note_output, &differ, err)
           && kafka_read_range(config, &diff->range, compare, &differ, err) && err->kind == ERR_NONE
           && report(job, diff, err);
    store_close(differ.store);
    arena_free(differ.mem);
    return fine;
}
