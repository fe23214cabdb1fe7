#include "worker/kafka/range_request.h"
#include "common/settings.h"
#include "common/time.h"

static const struct form partition_form = {.kind = FORM_INT};

/* The text before the next comma; false at the end. */
static bool next_part(struct span *text, struct span *part)
{
    const char *comma = text->len ? memchr(text->at, ',', text->len) : NULL;
    size_t len = comma ? (size_t)(comma - text->at) : text->len;

    if (!text->at)
        return false;
    *part = (struct span){text->at, len};
    *text = comma ? (struct span){comma + 1, text->len - len - 1} : (struct span){0};
    return true;
}

static bool read_partition(struct span text, int32_t *partition)
{
    int64_t value;

    if (!settings_number(&partition_form, text, &value) || value > INT32_MAX)
        return false;
    *partition = (int32_t)value;
    return true;
}

static bool read_offset(struct span part, struct range_bound_offset *out)
{
    const char *colon = memchr(part.at, ':', part.len);
    size_t before = colon ? (size_t)(colon - part.at) : 0;

    return colon && read_partition((struct span){part.at, before}, &out->partition)
           && settings_number(&form_count, (struct span){colon + 1, part.len - before - 1}, &out->offset);
}

int64_t range_bound_offset(const struct range_bound *bound, int32_t partition)
{
    for (size_t i = 0; i < bound->offsets_len; i++)
        if (bound->offsets[i].partition == partition)
            return bound->offsets[i].offset;
    return -1;
}

static bool read_offsets(struct range_bound *bound, struct arena *mem)
{
    struct span left = bound->text, part;
    struct range_bound_offset *offsets = NULL, one;
    size_t cap = 0;

    while (next_part(&left, &part)) {
        if (!part.len || !read_offset(part, &one) || range_bound_offset(bound, one.partition) >= 0)
            return false;
        offsets = arena_room(mem, offsets, bound->offsets_len, &cap, sizeof *offsets);
        offsets[bound->offsets_len++] = one;
        bound->offsets = offsets;
    }
    return true;
}

bool range_bound_parse(const char *flag, struct span text, int64_t now_ms, struct arena *mem, struct range_bound *bound,
                       struct err *err)
{
    int64_t age_ms;
    struct range_bound found = {.flag = flag, .text = text};

    if (span_equal(text, SPAN("earliest"))) {
        found.kind = RANGE_BOUND_EARLIEST;
    } else if (span_equal(text, SPAN("latest"))) {
        found.kind = RANGE_BOUND_LATEST;
    } else if (time_parse(text, &found.time_ms)) {
        found.kind = RANGE_BOUND_TIME;
    } else if (settings_number(&form_duration, text, &age_ms)) {
        found.kind = RANGE_BOUND_TIME;
        found.time_ms = now_ms - age_ms;
    } else if (read_offsets(&found, mem)) {
        found.kind = RANGE_BOUND_OFFSETS;
    } else {
        return fail(err, ERR_CONFIG,
                    "%s \"%.*s\": expected earliest, latest, offsets of partitions (0:100,1:250, each "
                    "partition once), a time (2026-04-10T09:00:00+09:00) or an age (6h)",
                    flag, SPAN_ARGS(text));
    }
    *bound = found;
    return true;
}

bool range_request_take_partitions(struct range_request *request, struct span text, struct arena *mem, struct err *err)
{
    struct span left = text, part;
    int32_t *partitions = NULL;
    size_t len = 0, cap = 0;

    while (next_part(&left, &part)) {
        partitions = arena_room(mem, partitions, len, &cap, sizeof *partitions);
        if (!read_partition(part, &partitions[len++]))
            return fail(err, ERR_CONFIG, "--partitions \"%.*s\": expected numbers such as 0,3,5", SPAN_ARGS(text));
    }
    request->partitions = partitions;
    request->partitions_len = len;
    return true;
}

static bool is_listed(const struct range_request *request, int32_t partition)
{
    for (size_t i = 0; i < request->partitions_len; i++)
        if (request->partitions[i] == partition)
            return true;
    return request->partitions_len == 0;
}

bool range_request_has(const struct range_request *request, int32_t partition)
{
    return is_listed(request, partition)
           && (request->from.kind != RANGE_BOUND_OFFSETS || range_bound_offset(&request->from, partition) >= 0)
           && (request->to.kind != RANGE_BOUND_OFFSETS || range_bound_offset(&request->to, partition) >= 0);
}

/* Whoever gives offsets in both forgot something where one lacks a partition. */
static bool check_offsets(const struct range_bound *bound, const struct range_bound *other, struct err *err)
{
    for (size_t i = 0; other->kind == RANGE_BOUND_OFFSETS && i < bound->offsets_len; i++)
        if (range_bound_offset(other, bound->offsets[i].partition) < 0)
            return fail(err, ERR_CONFIG, "%s names partition %d and %s does not; name it in both", bound->flag,
                        bound->offsets[i].partition, other->flag);
    return true;
}

static bool check_listed(const struct range_request *request, const struct range_bound *bound, struct err *err)
{
    for (size_t i = 0; bound->kind == RANGE_BOUND_OFFSETS && i < request->partitions_len; i++)
        if (range_bound_offset(bound, request->partitions[i]) < 0)
            return fail(err, ERR_CONFIG, "%s gives no offset for partition %d of --partitions", bound->flag,
                        request->partitions[i]);
    return true;
}

static bool check_time(const struct range_bound *bound, int64_t now_ms, struct err *err)
{
    return bound->kind != RANGE_BOUND_TIME || bound->time_ms <= now_ms
           || fail(err, ERR_CONFIG, "%s %.*s is in the future; a replay ends at `latest`, as it is when it starts",
                   bound->flag, SPAN_ARGS(bound->text));
}

static bool check_order(const struct range_request *request, struct err *err)
{
    const struct range_bound *from = &request->from, *to = &request->to;

    if (from->kind == RANGE_BOUND_LATEST || to->kind == RANGE_BOUND_EARLIEST)
        return fail(err, ERR_CONFIG, "the range from %.*s to %.*s is empty", SPAN_ARGS(from->text),
                    SPAN_ARGS(to->text));
    if (from->kind == RANGE_BOUND_TIME && to->kind == RANGE_BOUND_TIME && from->time_ms >= to->time_ms)
        return fail(err, ERR_CONFIG, "the range is reversed or empty: --from %.*s is not before --to %.*s",
                    SPAN_ARGS(from->text), SPAN_ARGS(to->text));
    return true;
}

bool range_request_check(const struct range_request *request, int64_t now_ms, struct err *err)
{
    return check_time(&request->from, now_ms, err) && check_time(&request->to, now_ms, err) && check_order(request, err)
           && check_offsets(&request->from, &request->to, err) && check_offsets(&request->to, &request->from, err)
           && check_listed(request, &request->from, err) && check_listed(request, &request->to, err);
}
