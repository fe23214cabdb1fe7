#include "worker/hides.h"
#include "common/err.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/store.h"
#include "worker/decode/decode.h"

#include <stdlib.h>
#include <unistd.h>

/* Most posts are hidden by nobody: a bit that is not set says so without asking the store. */
enum { SIEVE_BITS = 1 << 23 };

struct hides {
    struct store *store;
    struct arena *mem; /* of one message */
    unsigned char sieve[SIEVE_BITS / 8];
};

/* What the store holds of a post. */
struct word {
    int64_t as_of_ms, offset;
    size_t part; /* of the message */
    bool hidden;
};

struct hides *hides_open(int64_t memory_bytes, struct err *err)
{
    struct hides *hides = calloc(1, sizeof *hides);

    if (!hides)
        out_of_memory();
    hides->mem = arena_new();
    hides->store = store_open(memory_bytes, err);
    if (hides->store)
        return hides;
    hides_close(hides);
    return NULL;
}

void hides_close(struct hides *hides)
{
    if (!hides)
        return;
    store_close(hides->store);
    arena_free(hides->mem);
    free(hides);
}

static size_t bit_of(struct span key)
{
    return (size_t)(hash_bytes(key) % SIEVE_BITS);
}

/* Networks' names hold no NUL. */
static struct span key_of(struct span network, struct span id, struct arena *mem)
{
    return span_joined(mem, network, (struct span){"", 1}, id);
}

static bool find(const struct hides *hides, struct span key, struct arena *mem, struct word *word, struct err *err)
{
    struct span value;
    size_t bit = bit_of(key);

    *word = (struct word){.as_of_ms = TIME_UNKNOWN, .offset = -1};
    if (!(hides->sieve[bit / 8] & 1u << bit % 8))
        return true;
    if (!store_get(hides->store, key, mem, &value, err))
        return false;
    if (value.len == sizeof *word)
        memcpy(word, value.at, sizeof *word);
    return true;
}

static bool is_newer(const struct word *word, const struct word *than)
{
    if (word->as_of_ms != than->as_of_ms)
        return word->as_of_ms > than->as_of_ms;
    return word->offset != than->offset ? word->offset > than->offset : word->part > than->part;
}

static bool note_hide(struct hides *hides, struct span key, struct word word, struct err *err)
{
    struct word known;
    size_t bit = bit_of(key);

    if (!find(hides, key, hides->mem, &known, err))
        return false;
    if (!is_newer(&word, &known))
        return true;
    hides->sieve[bit / 8] |= (unsigned char)(1u << bit % 8);
    return store_put(hides->store, key, (struct span){(const char *)&word, sizeof word}, err);
}

static bool note_word(struct hides *hides, const struct message *message, const struct post *post, struct err *err)
{
    struct word word;

    if (post->says != SAYS_HIDE && post->says != SAYS_UNHIDE)
        return true;
    memset(&word, 0, sizeof word); /* its padding is stored as well */
    word.as_of_ms = message_as_of(message, post);
    word.offset = message->offset;
    word.part = message->part;
    word.hidden = post->says == SAYS_HIDE;
    return note_hide(hides, key_of(message->input->network, post->id, hides->mem), word, err);
}

static bool read_posts(struct hides *hides, const struct message *record, const struct limits *limits, struct err *err)
{
    struct batch posts;
    struct post post;
    struct span why;
    bool good = true;

    if (!posts_split(record, limits, hides->mem, &posts, &why))
        return true;
    for (size_t i = 0; good && i < posts.len; i++)
        if (!post_decode(&posts.at[i], limits, hides->mem, &post, &why))
            good = note_word(hides, &posts.at[i], &post, err);
    return good;
}

bool hides_read(struct hides *hides, const struct message *message, const struct limits *limits, struct err *err)
{
    struct post post;
    struct span why;
    bool good = true;

    if (!post_decode(message, limits, hides->mem, &post, &why))
        good =
            post.says == SAYS_SEVERAL ? read_posts(hides, message, limits, err) : note_word(hides, message, &post, err);
    arena_reset(hides->mem);
    return good;
}

bool hides_find(const struct hides *hides, struct span network, struct span id, struct arena *mem, int64_t *as_of_ms)
{
    struct word word;
    struct err err;

    if (!find(hides, key_of(network, id, mem), mem, &word, &err)) {
        log_event(LOG_ERROR, "hides", "message=%s", log_quote(err.text));
        _exit(ERR_WORK);
    }
    *as_of_ms = word.as_of_ms;
    return word.hidden;
}
