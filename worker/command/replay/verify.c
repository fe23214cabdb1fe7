/* Whether each post of a range ended as records, a dead letter or a drop, and with the right bytes. */
#include "common/hash.h"
#include "common/json.h"
#include "common/store.h"
#include "common/time.h"
#include "worker/command/replay/output_scan.h"
#include "worker/decode/decode.h"
#include "worker/line.h"

#include <stdio.h>
#include <stdlib.h>

enum { PLACES_SHOWN = 20 };

/* A record that landed, as the store keeps it: several may have come of one message. */
struct written {
    uint64_t hash;    /* of its key and value */
    uint64_t is_ours; /* by the present rules */
};

/* The newest record of a key in an output, as the store keeps it. Which of two partitions' records came first, or
 * what a tombstone came of, is not said: such a one counts as newer than all. */
struct newest {
    int64_t piece, offset, part;
};

enum { NO_PIECE = -1 };

/* How a post, or one of its records, ended. The first few are as they should be. */
enum ending {
    END_RECORDS,     /* all that the present rules give, byte for byte */
    END_OTHER_RULES, /* records that other rules made */
    END_LETTER,
    END_DROP,
    END_SUPERSEDED, /* a newer record of the same key took its place in a compacted topic */
    END_EXPIRED,    /* not there, and the post is older than its topic keeps records, or tombstones */
    END_DIFFERENT,  /* made by the present rules, and other bytes */
    END_MISSING,
    ENDINGS,
};

static const char *const ending_names[ENDINGS] = {
    "records", "other_rules", "dead_letters", "drops", "superseded", "expired", "different", "missing",
};

struct verifier {
    struct job *job;
    struct range range;
    struct store *store;
    struct arena *mem;
    struct line line, late; /* late: with the hides up to now */
    unsigned long long endings[ENDINGS];
    unsigned long long repeated; /* records beyond the first of the same bytes, as after a replay in place */
    unsigned long long places;
    struct err *err;
};

static bool is_compacted(const struct verifier *verifier, size_t output)
{
    return job_target(verifier->job, output)->compacted;
}

/* --- what landed --- */

/* Of one post: `part` as struct message has it. */
static struct span place_key(const struct verifier *verifier, size_t output, const struct piece *piece, int64_t offset,
                             size_t part)
{
    return span_format(verifier->mem, "%zu/%zu/%lld/%zu", output, (size_t)(piece - verifier->range.at),
                       (long long)offset, part);
}

static struct span own_key(size_t output, struct span key, struct arena *mem)
{
    return span_joined(mem, span_format(mem, "key/%zu/", output), key, (struct span){0});
}

static uint64_t hash_record(struct span key, struct span value)
{
    struct hash *hash = hash_new();

    hash_add(hash, key);
    hash_add(hash, value);
    uint64_t result = hash_value(hash);
    hash_free(hash);
    return result;
}

static bool has_trace(struct span traces, uint64_t hash)
{
    for (size_t i = 0; i + sizeof hash <= traces.len; i += sizeof(struct written)) {
        struct written trace;

        memcpy(&trace, traces.at + i, sizeof trace);
        if (trace.hash == hash)
            return true;
    }
    return false;
}

/* `own`: by own_key. */
static bool find_newest(const struct verifier *verifier, struct span own, struct newest *newest, struct err *err)
{
    struct span found = {0};

    *newest = (struct newest){NO_PIECE, -1, 0};
    if (!store_get(verifier->store, own, verifier->mem, &found, err))
        return false;
    if (found.len == sizeof *newest)
        memcpy(newest, found.at, sizeof *newest);
    return true;
}

static bool is_later(int64_t offset, int64_t part, const struct newest *than)
{
    return offset != than->offset ? offset > than->offset : part > than->part;
}

static bool note_newest(struct verifier *verifier, const struct output_record *landed, struct err *err)
{
    struct span own = own_key(landed->output, landed->record->key, verifier->mem);
    struct newest newest;
    int64_t piece = landed->piece ? landed->piece - verifier->range.at : NO_PIECE;

    if (!find_newest(verifier, own, &newest, err))
        return false;
    if (piece == NO_PIECE || (newest.offset >= 0 && newest.piece != piece))
        newest = (struct newest){NO_PIECE, INT64_MAX, 0};
    else if (is_later(landed->offset, (int64_t)landed->part, &newest))
        newest = (struct newest){piece, landed->offset, (int64_t)landed->part};
    return store_put(verifier->store, own, (struct span){(const char *)&newest, sizeof newest}, err);
}

static bool note_trace(struct verifier *verifier, const struct output_record *landed, struct err *err)
{
    const struct kafka_record *record = landed->record;
    struct arena *mem = verifier->mem;
    struct written trace = {hash_record(record->key, record->value),
                            output_is_by(record->value, verifier->job->setup.rules)};
    struct span own = {(const char *)&trace, sizeof trace}, known = {0};
    struct span at = place_key(verifier, landed->output, landed->piece, landed->offset, landed->part);

    if (!store_get(verifier->store, at, mem, &known, err))
        return false;
    if (!has_trace(known, trace.hash))
        return store_put(verifier->store, at, span_joined(mem, known, own, (struct span){0}), err);
    verifier->repeated++;
    return true;
}

static bool note_output(const struct output_record *landed, void *context, struct err *err)
{
    struct verifier *verifier = context;
    bool is_one_of_many = !landed->record->value.at || is_compacted(verifier, landed->output);
    bool fine = (!is_one_of_many || note_newest(verifier, landed, err))
                && (!output_in_range(landed) || note_trace(verifier, landed, err));

    arena_reset(verifier->mem);
    return fine;
}

static struct span traces_of_part(struct verifier *verifier, size_t output, const struct piece *piece, int64_t offset,
                                  size_t part)
{
    struct span traces = {0};

    store_get(verifier->store, place_key(verifier, output, piece, offset, part), verifier->mem, &traces, verifier->err);
    return traces;
}

static struct span traces_at(struct verifier *verifier, size_t output, const struct piece *piece,
                             const struct message *message)
{
    return traces_of_part(verifier, output, piece, message->offset, message->part);
}

/* A record of several posts may be a dead letter as a whole, such as one that was rejected. */
static bool has_letter(struct verifier *verifier, const struct piece *piece, const struct message *message)
{
    size_t letters = verifier->job->config.routes.len;

    return traces_at(verifier, letters, piece, message).len
           || traces_of_part(verifier, letters, piece, message->offset, 0).len;
}

/* No record is older than its message. One with the time of writing may be younger by any span: it can only have gone
 * where something went at all. */
static bool is_expired(const struct target *target, const struct message *message, bool is_tombstone)
{
    int64_t kept_ms = is_tombstone ? target->tombstone_ms : target->retention_ms;
    bool has_time = message->timestamp_ms != TIME_UNKNOWN;

    if (kept_ms < 0 || (has_time && message->timestamp_ms >= time_now_ms() - kept_ms))
        return false;
    return (target->keeps_time && has_time) || target->was_cut || is_tombstone;
}

/* How the newest record of its key compares to one that is not there: > 0 newer, < 0 older, 0 none. */
static int compare_newest(struct verifier *verifier, size_t output, const struct piece *piece,
                          const struct record *record)
{
    struct span own = own_key(output, record->key, verifier->mem);
    struct newest newest;

    if (!find_newest(verifier, own, &newest, verifier->err) || newest.offset < 0)
        return 0;
    bool is_older = is_later(record->from->offset, (int64_t)record->from->part, &newest);
    bool is_same = newest.offset == record->from->offset && newest.part == (int64_t)record->from->part;
    return newest.piece == piece - verifier->range.at && (is_older || is_same) ? -1 : 1;
}

/* What compaction leaves of a record that is not there. It takes the older ones of a key first, and so does retention:
 * where an older one is there, the record was never written. */
static enum ending judge_absent(struct verifier *verifier, size_t output, const struct piece *piece,
                                const struct record *record)
{
    bool may_be_replaced = is_compacted(verifier, output) || !record->value.at;
    int newest = may_be_replaced ? compare_newest(verifier, output, piece, record) : 0;

    if (newest > 0)
        return record->value.at ? END_SUPERSEDED : END_RECORDS; /* a tombstone says no source */
    if (newest < 0)
        return END_MISSING;
    return is_expired(job_target(verifier->job, output), record->from, !record->value.at) ? END_EXPIRED : END_MISSING;
}

static bool any_is_ours(struct span traces)
{
    for (size_t i = 0; i < traces.len; i += sizeof(struct written)) {
        struct written trace;

        memcpy(&trace, traces.at + i, sizeof trace);
        if (trace.is_ours)
            return true;
    }
    return false;
}

/* --- what should have --- */

static enum ending judge_record(struct verifier *verifier, const struct piece *piece, const struct record *record)
{
    size_t output = output_output(verifier->job, record->route);
    struct span traces = traces_at(verifier, output, piece, record->from);

    if (has_trace(traces, hash_record(record->key, record->value)))
        return END_RECORDS;
    if (traces.len)
        return any_is_ours(traces) ? END_DIFFERENT : END_OTHER_RULES;
    return judge_absent(verifier, output, piece, record);
}

/* What the present rules do not give, but give elsewhere, may be by others; never by them. */
static enum ending judge_surplus(struct verifier *verifier, const struct piece *piece, const struct message *message,
                                 const struct outbox *out)
{
    enum ending worst = END_DROP;

    for (size_t i = 0; i < verifier->job->config.routes.len; i++) {
        const struct route *route = (const struct route *)verifier->job->config.routes.at + i;
        struct span traces =
            output_output(verifier->job, route) == i ? traces_at(verifier, i, piece, message) : (struct span){0};
        bool wanted = false;

        for (size_t j = 0; j < out->records_len; j++)
            wanted |= output_output(verifier->job, out->records[j].route) == i;
        if (traces.len && !wanted && any_is_ours(traces))
            return END_DIFFERENT;
        if (traces.len && !wanted)
            worst = END_OTHER_RULES;
    }
    return worst;
}

static enum ending judge_outbox(struct verifier *verifier, const struct piece *piece, const struct message *message,
                                const struct outbox *out)
{
    size_t letters = verifier->job->config.routes.len;
    enum ending ending = judge_surplus(verifier, piece, message, out);

    if (has_letter(verifier, piece, message))
        return END_LETTER;
    if (out->dead_len && ending == END_DROP)
        return !verifier->job->config.dead_topic.len                            ? END_LETTER
               : is_expired(job_target(verifier->job, letters), message, false) ? END_EXPIRED
                                                                                : END_MISSING;
    for (size_t i = 0; i < out->records_len; i++) {
        enum ending one = judge_record(verifier, piece, &out->records[i]);

        if (ending == END_DROP || one > ending)
            ending = one;
    }
    return ending;
}

static enum ending judge(struct verifier *verifier, const struct line *line, const struct piece *piece,
                         const struct message *message)
{
    struct outbox out = {.mem = verifier->mem, .rules = line->rules->name};

    line_carry(line, message, 1, &out);
    return judge_outbox(verifier, piece, message, &out);
}

static void print_place(struct verifier *verifier, const struct piece *piece, const struct message *message,
                        enum ending ending)
{
    if (verifier->places++ < PLACES_SHOWN)
        printf("%.*s: %s\n", SPAN_ARGS(output_place(piece, message, verifier->mem)), ending_names[ending]);
}

/* A post that was hidden later may be there as it was, or as a replay writes it. */
static void verify_post(struct verifier *verifier, const struct piece *piece, const struct message *message)
{
    enum ending ending = judge(verifier, &verifier->line, piece, message);

    if (ending >= END_DIFFERENT) {
        enum ending late = judge(verifier, &verifier->late, piece, message);

        ending = late < ending ? late : ending;
    }
    verifier->endings[ending]++;
    if (ending >= END_DIFFERENT)
        print_place(verifier, piece, message, ending);
}

static void verify(const struct kafka_record *record, void *context)
{
    struct verifier *verifier = context;
    const struct piece *piece = range_find(&verifier->range, span_of(record->topic), record->partition);
    struct message message = job_message(&verifier->job->config, record);

    if (verifier->err->kind != ERR_NONE)
        return;
    struct batch posts = message_posts(&message, &verifier->job->config.limits, verifier->mem);
    for (size_t i = 0; i < posts.len; i++) {
        struct arena_place mark = arena_mark(verifier->mem);

        verify_post(verifier, piece, &posts.at[i]);
        arena_back(verifier->mem, mark);
    }
    arena_reset(verifier->mem);
}

/* --- all of it --- */

static unsigned long long sum_of(const struct verifier *verifier, enum ending from, enum ending to)
{
    unsigned long long sum = 0;

    for (int i = (int)from; i < (int)to; i++)
        sum += verifier->endings[i];
    return sum;
}

/* Posts whose records were held against what the present rules give. Of the others it is known that something came of
 * them, not what it should say. */
static unsigned long long count_compared(const struct verifier *verifier)
{
    return sum_of(verifier, END_RECORDS, ENDINGS) - verifier->endings[END_OTHER_RULES]
           - verifier->endings[END_SUPERSEDED] - verifier->endings[END_EXPIRED];
}

static void put_uncompared(struct buf *out, unsigned long long count, const char *what)
{
    if (count)
        buf_format(out, "%s%llu %s", out->len ? ", " : "", count, what);
}

/* What was compared and what was not, in sentences. */
static struct span say_compared(const struct verifier *verifier, struct arena *mem)
{
    const unsigned long long *endings = verifier->endings;
    unsigned long long all = sum_of(verifier, END_RECORDS, ENDINGS), compared = count_compared(verifier);
    struct buf out = buf_in(mem), rest = buf_in(mem);

    buf_format(&out, "%llu of %llu posts were compared with what the rules %.*s give: %llu are as they should be",
               compared, all, SPAN_ARGS(verifier->job->setup.rules->name),
               compared - endings[END_DIFFERENT] - endings[END_MISSING]);
    put_uncompared(&rest, endings[END_OTHER_RULES], "made by other rules (verify them with those, or see --diff)");
    put_uncompared(&rest, endings[END_SUPERSEDED], "superseded by a newer record of the same key");
    put_uncompared(&rest, endings[END_EXPIRED], "older than their topic keeps records");
    if (rest.len)
        buf_format(&out, "; %llu were not compared: %.*s", all - compared, SPAN_ARGS(buf_span(&rest)));
    return buf_span(&out);
}

static bool write_report(const struct verifier *verifier, struct err *err)
{
    struct buf out = buf_in(verifier->mem);

    buf_char(&out, '{');
    for (int i = 0; i < ENDINGS; i++)
        buf_format(&out, "\"%s\":%llu,", ending_names[i], verifier->endings[i]);
    buf_format(&out, "\"repeated\":%llu,\"compared\":%llu,\"summary\":", verifier->repeated, count_compared(verifier));
    json_write_string(&out, say_compared(verifier, verifier->mem));
    buf_put(&out, SPAN("}\n"));
    return report_save(verifier->job->report, buf_span(&out), err);
}

static bool conclude(const struct verifier *verifier, struct err *err)
{
    unsigned long long bad = verifier->endings[END_DIFFERENT] + verifier->endings[END_MISSING];

    if (verifier->places > PLACES_SHOWN)
        printf("and %llu more places\n", verifier->places - PLACES_SHOWN);
    for (int i = 0; i < ENDINGS; i++)
        printf("%-13s %llu\n", ending_names[i], verifier->endings[i]);
    printf("%-13s %llu\n", "repeated", verifier->repeated);
    printf("%.*s\n", SPAN_ARGS(say_compared(verifier, verifier->mem)));
    if (verifier->job->report && !write_report(verifier, err))
        return false;
    return bad == 0
           || fail(err, ERR_WORK, "%llu posts are missing or have other bytes than the rules that they name give", bad);
}

bool job_verify(struct job *job, struct err *err)
{
    const struct config *config = &job->config;
    struct verifier verifier = {.job = job, .mem = arena_new(), .err = err};
    bool fine = range_resolve(config, &job->request, job->mem, &verifier.range, err)
                && kafka_targets_look(config, job->targets, job->targets_len, err) && job_read_hides(job, err);

    verifier.line = verifier.late = line_of(config, job->setup.rules);
    verifier.late.hides = job->hides;
    verifier.store = fine ? store_open(job->memory_bytes, err) : NULL;
    fine = verifier.store && output_each(job, &verifier.range, note_output, &verifier, err)
           && kafka_read_range(config, &verifier.range, verify, &verifier, err) && err->kind == ERR_NONE
           && conclude(&verifier, err);
    store_close(verifier.store);
    arena_free(verifier.mem);
    return fine;
}
