#include "worker/hides.h"
#include "tests/unit/test.h"
#include "worker/config.h"
#include "worker/crash.h"
#include "worker/line.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct input x = {.network = {"x", 1}, .topic = {"posts.raw", 9}, .key = INPUT_KEY_ID};
static const struct input mastodon = {.network = {"mastodon", 8}, .topic = {"posts.toots", 11}};
static const struct limits limits = {.post_bytes = 1 << 20, .post_depth = 64, .record_posts = 10};

static struct hides *hides;

static void reads(const struct input *input, const char *json, int64_t offset)
{
    struct message message = {.input = input, .value = span_of(json), .offset = offset, .timestamp_ms = 1000 + offset};
    struct err err = {0};

    hides = hides ? hides : hides_open(1 << 20, &err);
    CHECK(hides_read(hides, &message, &limits, &err));
}

static int64_t hidden_as_of(const struct input *input, const char *id)
{
    struct arena *mem = arena_new();
    int64_t as_of_ms;
    bool hidden = hides_find(hides, input->network, span_of(id), mem, &as_of_ms);

    arena_free(mem);
    return hidden ? as_of_ms : -1;
}

static void done(void)
{
    hides_close(hides);
    hides = NULL;
}

TEST(posts_are_hidden_as_their_last_word_says)
{
    reads(&x, "{\"id\":\"1\",\"hidden\":true}", 5);
    reads(&x, "{\"id\":\"2\",\"hidden\":true}", 6);
    reads(&x, "{\"id\":\"2\",\"hidden\":false}", 7);
    reads(&x, "{\"id\":\"3\",\"text\":\"レア\"}", 8);
    reads(&x, "no JSON", 9);
    CHECK(hidden_as_of(&x, "1") == 1005);
    CHECK(hidden_as_of(&x, "2") == -1 && hidden_as_of(&x, "3") == -1 && hidden_as_of(&x, "4") == -1);
    done();
}

TEST(of_several_posts_of_a_record_the_last_word_holds)
{
    reads(&x, "{\"id\":\"1\",\"hidden\":true}\n{\"id\":\"2\",\"hidden\":true}\n{\"id\":\"2\",\"hidden\":false}", 5);
    reads(&x, "[{\"id\":\"3\",\"hidden\":true},{\"id\":4},{\"id\":\"4\",\"hidden\":true}]", 6);
    CHECK(hidden_as_of(&x, "1") == 1005 && hidden_as_of(&x, "2") == -1);
    CHECK(hidden_as_of(&x, "3") == 1006 && hidden_as_of(&x, "4") == 1006);
    done();
}

TEST(the_greatest_as_of_and_then_the_greatest_offset_holds)
{
    reads(&x, "{\"id\":\"1\",\"hidden\":true,\"observed_at\":\"2025-05-01T00:00:01Z\"}", 5);
    reads(&x, "{\"id\":\"1\",\"hidden\":false,\"observed_at\":\"2025-05-01T00:00:00Z\"}", 6);
    CHECK(hidden_as_of(&x, "1") == 1746057601000);
    reads(&x, "{\"id\":\"1\",\"hidden\":false,\"observed_at\":\"2025-05-01T00:00:01Z\"}", 4);
    CHECK(hidden_as_of(&x, "1") == 1746057601000);
    reads(&x, "{\"id\":\"1\",\"hidden\":false,\"observed_at\":\"2025-05-01T00:00:01Z\"}", 7);
    CHECK(hidden_as_of(&x, "1") == -1);
    done();
}

TEST(ids_of_different_networks_are_different_posts)
{
    reads(&x, "{\"id\":\"1\",\"hidden\":true}", 5);
    CHECK(hidden_as_of(&x, "1") >= 0 && hidden_as_of(&mastodon, "1") == -1);
    done();
}

TEST(a_null_payload_hides_the_post_of_its_key)
{
    struct message message = {.input = &x, .key = SPAN("8"), .offset = 5, .timestamp_ms = 77};
    struct err err = {0};

    hides = hides_open(1 << 20, &err);
    CHECK(hides_read(hides, &message, &limits, &err));
    CHECK(hidden_as_of(&x, "8") == 77);
    done();
}

/* A limit on files means a full disk. Memory that is too small for the hides is written there even by a question. */
static void fill_disk(struct hides *full)
{
    const struct rlimit small = {1 << 19, 1 << 19};
    struct message message = {.input = &x, .offset = 1, .timestamp_ms = 1000};
    struct arena *mem = arena_new();
    struct err err = {0};
    char json[64];
    int64_t as_of_ms;

    crash_install();
    crash_current(&message);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    do {
        snprintf(json, sizeof json, "{\"id\":\"%lld\",\"hidden\":true}",
                 (long long)(message.offset++ * 7919 % 1000003));
        message.value = span_of(json);
    } while (hides_read(full, &message, &limits, &err));
    fprintf(stderr, "hides_read: kind %d: %s\n", (int)err.kind, err.text);
    for (int i = 0; i < 1000003; i++) {
        snprintf(json, sizeof json, "%d", i);
        hides_find(full, x.network, span_of(json), mem, &as_of_ms);
    }
    _exit(0);
}

TEST(a_full_disk_ends_the_process_without_a_crash_and_blames_no_post)
{
    static char said[4096];
    struct err err = {0};
    size_t len = 0;
    ssize_t got;
    int fds[2], status = 0;

    CHECK(pipe(fds) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(fds[1], STDERR_FILENO);
        fill_disk(hides_open(1 << 16, &err));
    }
    close(fds[1]);
    while ((got = read(fds[0], said + len, sizeof said - 1 - len)) > 0)
        len += (size_t)got;
    close(fds[0]);
    waitpid(pid, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == ERR_WORK);
    CHECK(strstr(said, "hides_read: kind 1: a temporary file in "));
    CHECK(strstr(said, "event=hides message=\"a temporary file in ") && strstr(said, "set TMPDIR"));
    CHECK(!strstr(said, "crash") && !strstr(said, "posts.raw"));
}
