#include "worker/trends/store_readers.h"

#include <pthread.h>
#include <stdlib.h>

struct store_readers {
    pthread_mutex_t lock;
    int len; /* those that are free */
    struct trend_store *at[];
};

struct store_readers *store_readers_open(const struct trend_settings *settings, int count, struct err *err)
{
    struct store_readers *readers = calloc(1, sizeof *readers + (size_t)count * sizeof *readers->at);

    if (!readers)
        out_of_memory();
    pthread_mutex_init(&readers->lock, NULL);
    for (; readers->len < count; readers->len++) {
        readers->at[readers->len] = sqlite_store_open(settings, STORE_READ, err);
        if (!readers->at[readers->len]) {
            store_readers_close(readers);
            return NULL;
        }
    }
    return readers;
}

void store_readers_close(struct store_readers *readers)
{
    if (!readers)
        return;
    for (int i = 0; i < readers->len; i++)
        readers->at[i]->ops->close(readers->at[i]);
    pthread_mutex_destroy(&readers->lock);
    free(readers);
}

struct trend_store *store_readers_take(struct store_readers *readers)
{
    pthread_mutex_lock(&readers->lock);
    struct trend_store *store = readers->at[--readers->len];
    pthread_mutex_unlock(&readers->lock);
    return store;
}

void store_readers_give(struct store_readers *readers, struct trend_store *store)
{
    pthread_mutex_lock(&readers->lock);
    readers->at[readers->len++] = store;
    pthread_mutex_unlock(&readers->lock);
}
