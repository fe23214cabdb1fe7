#include "worker/monitor/lane_status.h"
#include "common/err.h"
#include "common/time.h"
#include "worker/decode/input.h"

#include <stdio.h>
#include <stdlib.h>

void lane_status_open(struct lane_status *status)
{
    *status = (struct lane_status){.own.lacks = "it is starting", .shown.lacks = "it is starting"};
    pthread_mutex_init(&status->lock, NULL);
}

static void free_page(struct lane_status_page *page)
{
    free(page->partitions);
    for (int i = 0; i < LANE_STATUS_CLIENTS; i++)
        free(page->statistics[i]);
}

void lane_status_close(struct lane_status *status)
{
    free_page(&status->own);
    free_page(&status->shown);
    pthread_mutex_destroy(&status->lock);
}

void lane_status_lack(struct lane_status *status, const char *what)
{
    if (!status || strncmp(status->own.lacks, what, LANE_STATUS_WORDS - 1) == 0)
        return;
    snprintf(status->own.lacks, sizeof status->own.lacks, "%s", what);
    status->is_dirty = true;
}

/* A sentence cut between two characters. */
static void copy_words(char words[LANE_STATUS_WORDS], struct span text)
{
    size_t len = text.len < LANE_STATUS_WORDS ? text.len : LANE_STATUS_WORDS - 1;

    while (len && len < text.len && ((unsigned char)text.at[len] & 0xC0) == 0x80)
        len--;
    memcpy(words, text.len ? text.at : "", len);
    words[len] = 0;
}

void lane_status_fault(struct lane_status *status, const struct dead *dead)
{
    const struct message *from = dead->from;

    if (!status)
        return;
    struct lane_status_fault *fault = &status->own.faults[status->own.faults_len++ % LANE_STATUS_FAULTS];
    *fault = (struct lane_status_fault){.at_ms = time_now_ms(),
                                        .fault = dead->fault,
                                        .topic = from->input->topic,
                                        .partition = from->partition,
                                        .offset = from->offset};
    copy_words(fault->why, dead->why);
    status->is_dirty = true;
}

void lane_status_no_partitions(struct lane_status *status)
{
    if (!status)
        return;
    status->own.partitions_len = 0;
    status->is_dirty = true;
}

static void grow(struct lane_status_page *page, size_t len)
{
    if (page->partitions_cap >= len)
        return;
    page->partitions_cap = len * 2;
    page->partitions = realloc(page->partitions, page->partitions_cap * sizeof *page->partitions);
    if (!page->partitions)
        out_of_memory();
}

void lane_status_partition(struct lane_status *status, struct lane_status_partition partition)
{
    if (!status)
        return;
    grow(&status->own, status->own.partitions_len + 1);
    status->own.partitions[status->own.partitions_len++] = partition;
}

void lane_status_statistics(struct lane_status *status, int client, const char *json, size_t len)
{
    if (!status)
        return;
    free(status->own.statistics[client]);
    status->own.statistics[client] = strndup(json, len);
    status->own.statistics_number[client]++;
    status->is_dirty = true;
}

static void copy_page(struct lane_status_page *to, const struct lane_status_page *from)
{
    struct lane_status_partition *partitions = to->partitions;

    memcpy(to->lacks, from->lacks, sizeof to->lacks);
    memcpy(to->faults, from->faults, sizeof to->faults);
    to->faults_len = from->faults_len;
    to->partitions_len = from->partitions_len;
    if (from->partitions_len)
        memcpy(partitions, from->partitions, from->partitions_len * sizeof *partitions);
}

static void pass_statistics(struct lane_status_page *to, struct lane_status_page *from, int client)
{
    if (!from->statistics[client])
        return;
    free(to->statistics[client]);
    to->statistics[client] = from->statistics[client];
    to->statistics_number[client] = from->statistics_number[client];
    from->statistics[client] = NULL;
}

void lane_status_show(struct lane_status *status)
{
    if (!status || !status->is_dirty || pthread_mutex_trylock(&status->lock) != 0)
        return;
    grow(&status->shown, status->own.partitions_len);
    copy_page(&status->shown, &status->own);
    for (int i = 0; i < LANE_STATUS_CLIENTS; i++)
        pass_statistics(&status->shown, &status->own, i);
    pthread_mutex_unlock(&status->lock);
    status->is_dirty = false;
}

const struct lane_status_page *lane_status_read(struct lane_status *status, struct arena *mem)
{
    struct lane_status_page *page = arena_zero(mem, sizeof *page);

    pthread_mutex_lock(&status->lock);
    page->partitions = arena_take(mem, status->shown.partitions_len * sizeof *page->partitions);
    copy_page(page, &status->shown);
    pthread_mutex_unlock(&status->lock);
    return page;
}

bool lane_status_newer_statistics(struct lane_status *status, int client, uint64_t *number, struct arena *mem,
                                  struct span *json)
{
    struct lane_status_page *shown = &status->shown;

    pthread_mutex_lock(&status->lock);
    bool newer = shown->statistics[client] && shown->statistics_number[client] != *number;
    if (newer) {
        *json = span_keep(span_of(shown->statistics[client]), mem);
        *number = shown->statistics_number[client];
    }
    pthread_mutex_unlock(&status->lock);
    return newer;
}

void lane_status_wait(struct lane_status *status, const char *call)
{
    if (status)
        atomic_store_explicit(&status->waits_in, call, memory_order_relaxed);
}

const char *lane_status_waits_in(const struct lane_status *status)
{
    const char *call = atomic_load_explicit(&status->waits_in, memory_order_relaxed);

    return call ? call : "";
}
