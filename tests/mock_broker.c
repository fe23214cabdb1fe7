/* The embedded broker of the demo as a program of its own, for tests of commands that need one and no more than it can:
 *
 *     mock-broker POSTS TIMES INPUT OUTPUT...
 *
 * makes the topics with three partitions each, writes the lines of POSTS so often to INPUT, prints its address and ends
 * when its input does. */
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

int main(int argc, char **argv)
{
    struct err err = {0};
    struct arena *mem = arena_new();
    struct kafka_mock *mock = argc > INPUT ? kafka_mock_start(&err) : NULL;
    bool fine = mock != NULL;

    for (int i = INPUT; fine && i < argc; i++)
        fine = kafka_mock_topic(mock, argv[i], PARTITIONS, &err);
    fine = fine && feed(kafka_mock_brokers(mock), argv, mem, &err);
    if (fine) {
        puts(kafka_mock_brokers(mock));
        fflush(stdout);
        while (getchar() != EOF)
            ;
    } else {
        fprintf(stderr, "mock-broker: %s\n", err.text);
    }
    kafka_mock_stop(mock);
    arena_free(mem);
    return fine ? 0 : 1;
}
