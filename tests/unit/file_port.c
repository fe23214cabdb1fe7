#include "worker/file_port.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"
#include "worker/lane.h"

#include <stdlib.h>
#include <unistd.h>

static struct span printed, buried; /* by the last run */

static int file_of(struct span bytes)
{
    FILE *file = tmpfile();

    fwrite(bytes.at, 1, bytes.len, file);
    fflush(file);
    int in = dup(fileno(file));
    fclose(file);
    lseek(in, 0, SEEK_SET);
    return in;
}

static struct span taken(char *text, size_t len)
{
    struct span copy = span_keep((struct span){text, len}, scratch());

    free(text);
    return copy;
}

/* Everything from bytes to bytes, with a route of facts and one of events. */
static bool run(struct span bytes, bool as_records)
{
    static const struct limits limits = {.post_bytes = 1 << 20, .post_depth = 64};
    struct route out[] = {{.topic = SPAN("posts.facts"), .shape = SHAPE_facts},
                          {.topic = SPAN("posts.enriched"), .shape = SHAPE_event}};
    struct list routes = {out, as_records ? 2 : 1};
    char *text = NULL, *dead = NULL;
    size_t text_len = 0, dead_len = 0;
    struct file_port_files files = {file_of(bytes), open_memstream(&text, &text_len), open_memstream(&dead, &dead_len),
                                    as_records};
    atomic_bool stop = false;
    struct lane lane = {.line = {.limits = &limits,
                                 .rules = rules_from("version: 1\nentities: off\n"),
                                 .routes = &routes,
                                 .skip = &(struct list){0}},
                        .port = file_port_open(files, &plain_input, limits.post_bytes),
                        .mem = arena_new(),
                        .stop = &stop};
    struct err err = {0};
    bool fine = lane_run(&lane, &err);

    lane.port->ops->close(lane.port);
    arena_free(lane.mem);
    close(files.in);
    fclose(files.out);
    fclose(files.dead);
    printed = taken(text, text_len);
    buried = taken(dead, dead_len);
    return fine;
}

/* The values and lines of all messages of a file: "1:a 3:b". */
static struct span messages(struct span bytes)
{
    struct port *port =
        file_port_open((struct file_port_files){.in = file_of(bytes), .out = stdout}, &plain_input, 16 << 20);
    struct batch batch = {0};
    struct buf text = buf_in(scratch());
    struct arena *mem = arena_new();
    struct err err = {0};

    while (!batch.ended) {
        arena_reset(mem);
        batch = (struct batch){0};
        CHECK(port->ops->poll(port, mem, &batch, &err));
        for (size_t i = 0; i < batch.len; i++) {
            const struct message *message = &batch.at[i];

            CHECK(message->partition == -1 && message->timestamp_ms == TIME_UNKNOWN && !message->key.at);
            buf_format(&text, "%s%lld:", text.len ? " " : "", (long long)message->offset);
            buf_put(&text, message->value);
        }
        CHECK(port->ops->deliver(port, &batch, &(struct outbox){.mem = mem}, &err));
    }
    port->ops->close(port);
    arena_free(mem);
    return buf_span(&text);
}

TEST(each_line_is_a_message_numbered_from_one)
{
    CHECK_SPAN(messages(SPAN("a\nb\nc\n")), SPAN("1:a 2:b 3:c"));
    CHECK_SPAN(messages(SPAN("")), SPAN(""));
}

TEST(the_last_line_needs_no_end)
{
    CHECK_SPAN(messages(SPAN("a\nb")), SPAN("1:a 2:b"));
    CHECK_SPAN(messages(SPAN("a\r")), SPAN("1:a"));
}

TEST(windows_line_ends_are_line_ends)
{
    CHECK_SPAN(messages(SPAN("a\r\nb\r\n")), SPAN("1:a 2:b"));
    CHECK_SPAN(messages(SPAN("a\rb\n")), SPAN("1:a\rb"));
}

TEST(blank_lines_are_no_messages_but_count)
{
    CHECK_SPAN(messages(SPAN("\n\r\na\n \t \n\nb\n\n")), SPAN("3:a 6:b"));
}

TEST(a_nul_within_a_line_is_kept)
{
    CHECK_SPAN(messages(SPAN("a\0b\nc\n")), SPAN("1:a\0b 2:c"));
}

TEST(lines_longer_than_what_is_read_at_once_are_whole)
{
    enum { LONG = 3 << 20 };
    struct buf text = buf_in(scratch());

    buf_reserve(&text, LONG + 16);
    buf_put(&text, SPAN("a\n"));
    memset(text.at + text.len, 'x', LONG);
    text.len += LONG;
    buf_put(&text, SPAN("\nb\n"));
    struct span got = messages(buf_span(&text));
    CHECK(got.len == LONG + 10);
    CHECK(span_starts(got, SPAN("1:a 2:xxx")));
    CHECK_SPAN(((struct span){got.at + got.len - 6, 6}), SPAN("xx 3:b"));
}

TEST(many_lines_are_all_read_in_order)
{
    struct buf text = buf_in(scratch()), expected = buf_in(scratch());

    for (int i = 1; i <= 100000; i++) {
        buf_format(&text, "line %d\n", i);
        buf_format(&expected, "%s%d:line %d", i == 1 ? "" : " ", i, i);
    }
    CHECK(span_equal(messages(buf_span(&text)), buf_span(&expected)));
}

TEST(values_are_printed_one_a_line_and_tombstones_are_not)
{
    CHECK(run(SPAN("{\"id\":\"1\",\"hidden\":true}\n{\"id\":\"2\",\"hidden\":false}\n"), false));
    CHECK_SPAN(printed, SPAN("{\"v\":1,\"id\":\"1\",\"hidden\":true}\n{\"v\":1,\"id\":\"2\",\"hidden\":false}\n"));
    CHECK_SPAN(buried, SPAN(""));
}

TEST(records_are_printed_as_they_would_go_to_kafka)
{
    CHECK(run(SPAN("{\"id\":\"1\",\"hidden\":true}\n"), true));
    CHECK_SPAN(printed, SPAN("{\"topic\":\"posts.facts\",\"key\":\"1\",\"headers\":{},\"value\":{\"v\":1,\"id\":\"1\","
                             "\"hidden\":true}}\n"
                             "{\"topic\":\"posts.enriched\",\"key\":\"1\",\"headers\":{},\"value\":null}\n"));
}

TEST(a_dead_letter_has_fault_message_line_and_value)
{
    CHECK(run(SPAN("\n{\"id\":\"1\",\"hidden\":true}\n[\"日本\"]\r\n"), false));
    CHECK_SPAN(buried,
               SPAN("{\"fault\":\"not-an-object\",\"message\":\"expected a JSON object, got a list\",\"line\":3,"
                    "\"value\":\"[\\\"日本\\\"]\"}\n"));
    CHECK(printed.len > 0);
}

TEST(a_dead_letter_that_is_not_utf8_is_written_in_base64)
{
    CHECK(run(SPAN("{\"id\":\"\xFF\"}\n"), false));
    CHECK_SPAN(buried, SPAN("{\"fault\":\"bad-utf8\",\"message\":\"the bytes are not UTF-8\",\"line\":1,"
                            "\"value_base64\":\"eyJpZCI6Iv8ifQ==\"}\n"));
}

TEST(a_raw_nul_byte_of_a_dead_letter_is_escaped)
{
    CHECK(run(SPAN("{\"id\":\"a\0\"}\n"), false));
    CHECK_HAS(buried, "\"line\":1,\"value\":\"{\\\"id\\\":\\\"a\\u0000\\\"}\"}\n");
}

/* A line of so many bytes and an end, with a short one before and behind it. */
static struct span around_a_line_of(size_t bytes, const char *piece)
{
    struct buf text = buf_in(scratch());

    buf_put(&text, SPAN("{\"id\":\"1\",\"hidden\":true}\n"));
    size_t end = text.len + bytes;
    while (text.len + strlen(piece) <= end)
        buf_put(&text, span_of(piece));
    while (text.len < end)
        buf_char(&text, 'x');
    buf_put(&text, SPAN("\n{\"id\":\"3\",\"hidden\":true}\n"));
    return buf_span(&text);
}

TEST(a_line_beyond_post_bytes_is_a_dead_letter_of_its_first_bytes)
{
    enum { LIMIT = 1 << 20, LONG = 5 * LIMIT };

    CHECK(run(around_a_line_of(LONG, "日本"), false));
    CHECK_SPAN(printed, SPAN("{\"v\":1,\"id\":\"1\",\"hidden\":true}\n{\"v\":1,\"id\":\"3\",\"hidden\":true}\n"));
    CHECK(span_starts(buried,
                      SPAN("{\"fault\":\"too-large\",\"message\":\"5242880 bytes; limits: post_bytes allows 1048576\","
                           "\"line\":2,\"cut\":\"value: 1114110 of 5242880 bytes\",\"value\":\"日本日本")));
    CHECK_SPAN(((struct span){buried.at + buried.len - 9, 9}), SPAN("日本\"}\n"));
}

TEST(a_line_just_beyond_post_bytes_is_kept_as_a_whole)
{
    CHECK(run(around_a_line_of((1 << 20) + 10, "x"), false));
    CHECK(span_starts(buried,
                      SPAN("{\"fault\":\"too-large\",\"message\":\"1048586 bytes; limits: post_bytes allows 1048576\","
                           "\"line\":2,\"value\":\"xxx")));
}

TEST(a_long_line_takes_linear_time)
{
    enum { FEW = 4 << 20, TIMES = 8, MOST = 3 * TIMES };
    struct span few = around_a_line_of(FEW, "x"), many = around_a_line_of((size_t)FEW * TIMES, "x");
    double growth = 1e9;

    for (int i = 0; i < 3 && growth > MOST; i++) {
        int64_t start = spent_ns();
        CHECK(run(few, false));
        int64_t middle = spent_ns();
        CHECK(run(many, false));
        growth = (double)(spent_ns() - middle) / (double)(middle - start);
    }
    if (growth > MOST)
        test_failed(__FILE__, __LINE__, "%d times as long: %.0f times the cost", TIMES, growth);
}

/* So much comes of the long line that those behind it, which were read together with it, wait for the next batch. */
TEST(lines_that_are_carried_later_keep_their_order_and_numbers)
{
    struct buf text = buf_in(scratch());
    struct buf expected = buf_in(scratch());

    for (int i = 1; i <= 9; i++) {
        buf_format(&text, "\n{\"id\":\"%d\"", i);
        buf_put(&text, SPAN(",\"n\":[0"));
        for (int j = 0; i % 4 == 2 && j < 400000; j++)
            buf_put(&text, SPAN(",1"));
        buf_format(&text, "]%s}\n", i % 3 ? ",\"hidden\":true" : "");
        if (i % 3)
            buf_format(&expected, "{\"v\":1,\"id\":\"%d\",\"hidden\":true}\n", i);
    }
    CHECK(run(buf_span(&text), false));
    CHECK_SPAN(printed, buf_span(&expected));
    CHECK_HAS(buried, "\"line\":6,");
    CHECK_HAS(buried, "\"line\":12,");
    CHECK_HAS(buried, "\"line\":18,");
}

TEST(an_input_that_cannot_be_read_is_a_failure_in_words)
{
    struct port *port = file_port_open((struct file_port_files){.in = -1}, &plain_input, 1);
    struct batch batch = {0};
    struct err err = {0};

    CHECK(!port->ops->poll(port, scratch(), &batch, &err));
    CHECK(err.kind == ERR_WORK);
    CHECK_HAS(span_of(err.text), "the input cannot be read: ");
    port->ops->close(port);
}

TEST(an_output_that_cannot_be_written_is_a_failure_in_words)
{
    FILE *full = fopen("/dev/full", "w");

    if (!full)
        SKIP("no /dev/full");
    struct port *port = file_port_open((struct file_port_files){.in = -1, .out = full}, &plain_input, 1);
    struct route route = {.topic = SPAN("t")};
    struct outbox out = {.mem = scratch()};
    struct batch batch = {0};
    struct err err = {0};

    outbox_record(&out, (struct record){NULL, &route, SPAN("k"), SPAN("{}")});
    CHECK(!port->ops->deliver(port, &batch, &out, &err));
    CHECK_HAS(span_of(err.text), "the output cannot be written: No space left on device");
    port->ops->close(port);
    fclose(full);
}
