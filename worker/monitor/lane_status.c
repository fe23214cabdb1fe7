#include "worker/monitor/lane_status.h"
#include "common/err.h"
#include "common/time.h"
#include "worker/decode/input.h"

#include <stdio.h>
#include <stdlib.h>

void news_open(struct news *news)
{
    *news = (struct news){.own.lacks = "it is starting", .shown.lacks = "it is starting"};
    pthread_mutex_init(&news->lock, NULL);
}

static void free_page(struct news_page *page)
{
    free(page->partitions);
    for (int i = 0; i < NEWS_CLIENTS; i++)
        free(page->statistics[i]);
}

void news_close(struct news *news)
{
    free_page(&news->own);
    free_page(&news->shown);
    pthread_mutex_destroy(&news->lock);
}

void news_lack(struct news *news, const char *what)
{
    if (!news || strncmp(news->own.lacks, what, NEWS_WORDS - 1) == 0)
        return;
    snprintf(news->own.lacks, sizeof news->own.lacks, "%s", what);
    news->is_dirty = true;
}

/* A sentence cut between two characters. */
static void copy_words(char words[NEWS_WORDS], struct span text)
{
    size_t len = text.len < NEWS_WORDS ? text.len : NEWS_WORDS - 1;

    while (len && len < text.len && ((unsigned char)text.at[len] & 0xC0) == 0x80)
        len--;
    memcpy(words, text.len ? text.at : "", len);
    words[len] = 0;
}

void news_fault(struct news *news, const struct dead *dead)
{
    const struct message *from = dead->from;

    if (!news)
        return;
    struct news_fault *fault = &news->own.faults[news->own.faults_len++ % NEWS_FAULTS];
    *fault = (struct news_fault){.at_ms = time_now_ms(), .fault = dead->fault, .topic = from->input->topic,
                                 .partition = from->partition, .offset = from->offset};
    copy_words(fault->why, dead->why);
    news->is_dirty = true;
}

void news_no_partitions(struct news *news)
{
    if (!news)
        return;
    news->own.partitions_len = 0;
    news->is_dirty = true;
}

static void grow(struct news_page *page, size_t len)
{
    if (page->partitions_cap >= len)
        return;
    page->partitions_cap = len * 2;
    page->partitions = realloc(page->partitions, page->partitions_cap * sizeof *page->partitions);
    if (!page->partitions)
        out_of_memory();
}

void news_partition(struct news *news, struct news_partition partition)
{
    if (!news)
        return;
    grow(&news->own, news->own.partitions_len + 1);
    news->own.partitions[news->own.partitions_len++] = partition;
}

void news_statistics(struct news *news, int client, const char *json, size_t len)
{
    if (!news)
        return;
    free(news->own.statistics[client]);
    news->own.statistics[client] = strndup(json, len);
    news->own.statistics_number[client]++;
    news->is_dirty = true;
}

static void copy_page(struct news_page *to, const struct news_page *from)
{
    struct news_partition *partitions = to->partitions;

    memcpy(to->lacks, from->lacks, sizeof to->lacks);
    memcpy(to->faults, from->faults, sizeof to->faults);
    to->faults_len = from->faults_len;
    to->partitions_len = from->partitions_len;
    if (from->partitions_len)
        memcpy(partitions, from->partitions, from->partitions_len * sizeof *partitions);
}

static void pass_statistics(struct news_page *to, struct news_page *from, int client)
{
    if (!from->statistics[client])
        return;
    free(to->statistics[client]);
    to->statistics[client] = from->statistics[client];
    to->statistics_number[client] = from->statistics_number[client];
    from->statistics[client] = NULL;
}

void news_show(struct news *news)
{
    if (!news || !news->is_dirty || pthread_mutex_trylock(&news->lock) != 0)
        return;
    grow(&news->shown, news->own.partitions_len);
    copy_page(&news->shown, &news->own);
    for (int i = 0; i < NEWS_CLIENTS; i++)
        pass_statistics(&news->shown, &news->own, i);
    pthread_mutex_unlock(&news->lock);
    news->is_dirty = false;
}

const struct news_page *news_read(struct news *news, struct arena *mem)
{
    struct news_page *page = arena_zero(mem, sizeof *page);

    pthread_mutex_lock(&news->lock);
    page->partitions = arena_take(mem, news->shown.partitions_len * sizeof *page->partitions);
    copy_page(page, &news->shown);
    pthread_mutex_unlock(&news->lock);
    return page;
}

bool news_newer_statistics(struct news *news, int client, uint64_t *number, struct arena *mem, struct span *json)
{
    struct news_page *shown = &news->shown;

    pthread_mutex_lock(&news->lock);
    bool newer = shown->statistics[client] && shown->statistics_number[client] != *number;
    if (newer) {
        *json = span_keep(span_of(shown->statistics[client]), mem);
        *number = shown->statistics_number[client];
    }
    pthread_mutex_unlock(&news->lock);
    return newer;
}
