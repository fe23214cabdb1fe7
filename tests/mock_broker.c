/* The embedded broker of the demo as a program of its own, for tests of commands that need one and no more than it can:
 *
 *     mock-broker [-b BROKERS] POSTS TIMES INPUT OUTPUT...
 *
 * makes the topics with three partitions each, writes the lines of POSTS so often to INPUT, prints its address and ends
 * when its input does. The lines of its input are orders, see below; each is answered by "done". */
#include "common/arena.h"
#include "common/yaml.h"
#include "worker/config.h"
#include "worker/kafka/kafka.h"

#include <stdio.h>
#include <stdlib.h>

enum { POSTS = 1, TIMES, INPUT, PARTITIONS = 3 };

static bool write_lines(struct kafka_writer *writer, const char *topic, struct span text, struct err *err)
{
    static int number;
    char key[16];

    for (size_t at = 0; at < text.len;) {
        const char *end = memchr(text.at + at, '\n', text.len - at);
        struct span line = {text.at + at, end ? (size_t)(end - text.at) - at : text.len - at};

        snprintf(key, sizeof key, "%d", number++);
        if (!kafka_write(writer, topic, span_of(key), line, 1764918000000 + number, err))
            return false;
        at += line.len + 1;
    }
    return true;
}

static bool feed(const char *brokers, char **words, struct arena *mem, struct err *err)
{
    struct config config = {.mem = mem};

    config_set_brokers(&config, brokers);
    struct span text = file_read(words[POSTS], mem);
    struct kafka_writer *writer = kafka_writer_open(&config, err);
    bool fine = writer && text.at;
    for (int i = 0; fine && i < atoi(words[TIMES]); i++)
        fine = write_lines(writer, words[INPUT], text, err);
    return writer && kafka_writer_close(writer, err) && fine;
}

static void obey(struct kafka_mock *mock, const char *line)
{
    char kind[16], name[64];
    int number, broker, times;

    if (sscanf(line, "lead %63s %d %d", name, &number, &broker) == 3)
        kafka_mock_lead(mock, name, number, broker);
    else if (sscanf(line, "coordinate %15s %63s %d", kind, name, &broker) == 3)
        kafka_mock_coordinate(mock, kind, name, broker);
    else if (sscanf(line, "slow %d %d", &broker, &number) == 2)
        kafka_mock_slow(mock, broker, number);
    else if (sscanf(line, "refuse %d %d %d", &number, &broker, &times) == 3)
        kafka_mock_refuse(mock, number, broker, times);
    else if (sscanf(line, "down %d", &broker) == 1)
        kafka_mock_down(mock, broker, true);
    else if (sscanf(line, "up %d", &broker) == 1)
        kafka_mock_down(mock, broker, false);
    else
        fprintf(stderr, "mock-broker: unknown order: %s", line);
}

static void obey_all(struct kafka_mock *mock)
{
    char line[256];

    while (fgets(line, sizeof line, stdin)) {
        obey(mock, line);
        puts("done");
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    struct err err = {0};
    struct arena *mem = arena_new();
    int brokers = argc > 2 && strcmp(argv[1], "-b") == 0 ? atoi(argv[2]) : 1;
    int skipped = argc > 2 && strcmp(argv[1], "-b") == 0 ? 2 : 0;

    argc -= skipped;
    argv += skipped;
    struct kafka_mock *mock = argc > INPUT ? kafka_mock_start(brokers, &err) : NULL;
    bool fine = mock != NULL;

    for (int i = INPUT; fine && i < argc; i++)
        fine = kafka_mock_topic(mock, argv[i], PARTITIONS, &err);
    fine = fine && feed(kafka_mock_brokers(mock), argv, mem, &err);
    if (fine) {
        puts(kafka_mock_brokers(mock));
        fflush(stdout);
        obey_all(mock);
    } else {
        fprintf(stderr, "mock-broker: %s\n", err.text);
    }
    kafka_mock_stop(mock);
    arena_free(mem);
    return fine ? 0 : 1;
}
