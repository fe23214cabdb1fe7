/* reload: new rules for a running worker, when a person asks for them or a file changes. */
#pragma once

#include "worker/setup.h"
#include "worker/worker.h"

/* A running worker, the files it was made of, and how they were when they were read. */
struct reloader;

/* setup and worker must outlive it. Free with reloader_free. */
struct reloader *reloader_new(const struct setup *setup, struct worker *worker);
void reloader_free(struct reloader *reloader); /* takes NULL */

/* Reads config and rules anew. Rules that differ are in use between two batches of each lane; bad ones are refused with
 * all their errors, and the old ones go on. What a reload cannot take, which is all else in the config, is named. */
void reloader_reload(struct reloader *reloader);

/* With `watch: true`: reloads where a file has changed and then was the same in two looks, so that one that is being
 * written is not read in halves. To be called about once a second; costs a stat per file. */
void reloader_watch(struct reloader *reloader);
