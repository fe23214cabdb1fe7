#include "worker/trends/intake.h"
#include "common/time.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROWS_MAX = 100000, BYTES_MAX = 2 << 20, READ_BYTES = 1 << 18, LINE_ROOM = 1 << 20, ESCAPED = 6 };

struct intake *intake_new(struct trend_store *store, int64_t text_max)
{
    struct intake *intake = calloc(1, sizeof *intake);

    if (!intake)
        out_of_memory();
    intake->store = store;
    intake->text_max = (size_t)text_max;
    intake->mem = arena_new();
    intake->newest_ms = TIME_UNKNOWN;
    intake->until_ms = intake->left_ms = INT64_MAX;
    return intake;
}

void intake_free(struct intake *intake)
{
    if (!intake)
        return;
    arena_free(intake->mem);
    free(intake);
}

/* What was decoded goes to the store. */
static bool give_rows(struct intake *intake, struct row_batch *batch, struct err *err)
{
    batch->rows = intake->rows;
    batch->len = intake->len;
    batch->timestamp_ms = intake->newest_ms;
    batch->again = intake->again;
    bool fine = intake->store->ops->take(intake->store, batch, err);
    intake->uncommitted += (int64_t)intake->len;
    arena_reset(intake->mem);
    intake->len = 0;
    return fine;
}

static void keep_row(struct intake *intake)
{
    if (++intake->len == INTAKE_ROWS || arena_used(intake->mem) >= BYTES_MAX)
        intake->failed = !give_rows(intake, &(struct row_batch){.goes_on = true}, &intake->why);
}

static bool is_left(struct intake *intake, int64_t read_ms)
{
    if (intake->again || read_ms <= intake->until_ms)
        return false;
    if (read_ms < intake->left_ms)
        intake->left_ms = read_ms;
    return true;
}

bool intake_add(struct intake *intake, struct span bytes, int64_t timestamp_ms)
{
    struct row *row = &intake->rows[intake->len];

    if (intake->failed)
        return true;
    enum row_fault fault = row_decode(bytes, timestamp_ms, intake->text_max, intake->mem, row);
    bool is_known = !fault || fault == ROW_AHEAD;
    int64_t read_ms = !is_known                           ? TIME_UNKNOWN
                      : row->timestamp_ms != TIME_UNKNOWN ? row->timestamp_ms
                                                          : row->order.as_of_ms;
    if (is_known && is_left(intake, read_ms))
        return false;
    if (!intake->since_ms)
        intake->since_ms = time_steady_ms();
    intake->added++;
    intake->faults[fault] += !intake->again;
    if (is_known)
        intake->has_hides |= row->says != ROW_OBSERVATION;
    if (read_ms > intake->newest_ms)
        intake->newest_ms = read_ms;
    if (!fault)
        keep_row(intake);
    return true;
}

bool intake_is_full(const struct intake *intake)
{
    return intake->failed || intake->added >= ROWS_MAX;
}

bool intake_commit(struct intake *intake, const struct place *places, size_t places_len, bool again_ends,
                   struct err *err)
{
    struct row_batch batch = {.places = places, .places_len = places_len, .again_ends = again_ends};
    bool fine = !intake->failed && give_rows(intake, &batch, err);

    if (intake->failed)
        *err = intake->why;
    if (fine && !intake->again)
        intake->taken += intake->uncommitted;
    intake->failed = false;
    intake->len = intake->added = 0;
    intake->has_hides = false;
    intake->uncommitted = intake->since_ms = 0;
    intake->newest_ms = TIME_UNKNOWN;
    if (fine && intake->committed)
        intake->committed(intake->context);
    return fine;
}

int64_t intake_bad(const struct intake *intake)
{
    int64_t bad = 0;

    for (int i = ROW_NONE + 1; i < ROW_FAULT_COUNT; i++)
        bad += intake->faults[i];
    return bad;
}

/* --- files --- */

/* Lines of a file: what was read and is not yet a line. */
struct lines {
    int file;
    const char *name;
    FILE *copy; /* NULL: the file can be read twice */
    char *at;
    size_t start, len, cap;
    bool skips; /* within a line that is too long */
};

static bool read_more(struct lines *lines, bool *ended, struct err *err)
{
    if (lines->start)
        memmove(lines->at, lines->at + lines->start, lines->len - lines->start);
    lines->len -= lines->start;
    lines->start = 0;
    if (lines->cap - lines->len < READ_BYTES) {
        lines->cap = lines->len + 2 * READ_BYTES;
        lines->at = realloc(lines->at, lines->cap);
        if (!lines->at)
            out_of_memory();
    }
    ssize_t got = read(lines->file, lines->at + lines->len, READ_BYTES);
    if (got < 0)
        return fail(err, ERR_WORK, "%s cannot be read: %s", lines->name, strerror(errno));
    if (lines->copy && fwrite(lines->at + lines->len, 1, (size_t)got, lines->copy) != (size_t)got)
        return fail(err, ERR_WORK, "rows cannot be kept for a second reading: %s", strerror(errno));
    lines->len += (size_t)got;
    *ended = got == 0;
    return true;
}

/* The next whole line, and at the end what is left; false: none. */
static bool next_line(struct lines *lines, bool ended, struct span *line)
{
    if (lines->start == lines->len)
        return false;
    const char *start = lines->at + lines->start, *end = memchr(start, '\n', lines->len - lines->start);
    if (!end && !ended)
        return false;
    *line = (struct span){start, end ? (size_t)(end - start) : lines->len - lines->start};
    lines->start += line->len + (end != NULL);
    return true;
}

static void add_line(struct intake *intake, struct lines *lines, struct span line)
{
    bool skips = lines->skips;

    lines->skips = false;
    if (!skips && span_trim(line).len)
        intake_add(intake, line, TIME_UNKNOWN);
}

/* A line that does not end is no row: each byte of a text takes at most six as JSON. */
static void skip_long(struct intake *intake, struct lines *lines)
{
    if (lines->len - lines->start < ESCAPED * intake->text_max + LINE_ROOM)
        return;
    lines->start = lines->len;
    intake->faults[ROW_TOO_LARGE] += !lines->skips && !intake->again;
    lines->skips = true;
}

static bool add_lines(struct intake *intake, struct lines *lines, bool ended, struct err *err)
{
    struct span line;

    while (next_line(lines, ended, &line)) {
        add_line(intake, lines, line);
        if (intake_is_full(intake) && !intake_commit(intake, NULL, 0, false, err))
            return false;
    }
    skip_long(intake, lines);
    return true;
}

/* How long a stream may be waited for: until a commit is due, for ever where there is nothing to commit. */
static int64_t commit_in_ms(const struct intake *intake)
{
    int64_t left_ms = intake->since_ms + INTAKE_STREAM_MS - time_steady_ms();

    return !intake->since_ms ? -1 : left_ms > 0 ? left_ms : 0;
}

/* Commits what is due. *found says whether there is more to read now, or a stop. */
static bool follow(struct intake *intake, const struct lines *lines, enum intake_wait *found, struct err *err)
{
    *found = INTAKE_READY;
    if (!lines->copy || !intake->wait)
        return true;
    if (!commit_in_ms(intake) && !intake_commit(intake, NULL, 0, false, err))
        return false;
    *found = intake->wait(intake->context, lines->file, commit_in_ms(intake));
    return true;
}

/* A line that is not whole at a stop is no row. */
static bool read_lines(struct intake *intake, struct lines *lines, struct err *err)
{
    enum intake_wait found = INTAKE_READY;
    bool ended = false;

    while (!ended && found != INTAKE_STOP) {
        if (!follow(intake, lines, &found, err))
            return false;
        if (found == INTAKE_READY && !(read_more(lines, &ended, err) && add_lines(intake, lines, ended, err)))
            return false;
    }
    return true;
}

static bool read_again(struct intake *intake, struct lines *lines, struct err *err)
{
    struct store_figures figures;

    if (!intake->store->ops->figures(intake->store, &figures, err))
        return false;
    if (!figures.waiting)
        return true;
    int file = lines->copy ? fileno(lines->copy) : lines->file;
    if ((lines->copy && fflush(lines->copy) != 0) || lseek(file, 0, SEEK_SET) != 0)
        return fail(err, ERR_WORK, "%s cannot be read a second time: %s", lines->name, strerror(errno));
    struct lines second = {.file = file, .name = lines->name};
    intake->again = true;
    bool fine = read_lines(intake, &second, err) && intake_commit(intake, NULL, 0, true, err);
    intake->again = false;
    free(second.at);
    return fine;
}

bool intake_file(struct intake *intake, int file, const char *name, struct err *err)
{
    struct lines lines = {.file = file, .name = name};
    bool fine = true;

    if (lseek(file, 0, SEEK_CUR) != 0 && !(lines.copy = tmpfile()))
        fine = fail(err, ERR_WORK, "rows cannot be kept for a second reading: %s", strerror(errno));
    fine = fine && read_lines(intake, &lines, err) && intake_commit(intake, NULL, 0, false, err)
           && read_again(intake, &lines, err);
    if (lines.copy)
        fclose(lines.copy);
    free(lines.at);
    return fine;
}
