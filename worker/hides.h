/* hides: which posts their authors want hidden, whatever part of a topic is read: of the hides and
 * withdrawals of a post the one with the greatest (as_of, offset) holds. */
#pragma once

#include "common/err.h"
#include "common/span.h"
#include "worker/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hides;
struct limits;

/* Posts beyond what fits memory_bytes are kept on disk. */
struct hides *hides_open(int64_t memory_bytes, struct err *err);
void hides_close(struct hides *hides); /* takes NULL */

/* Notes what the message says of hiding, if anything. */
bool hides_read(struct hides *hides, const struct message *message, const struct limits *limits, struct err *err);

/* True: the post is hidden, as of *as_of_ms. Safe from any thread. A disk that fails is logged and ends
 * the process with ERR_WORK, since a hidden post must not come back; the batch is not committed and is read again. */
bool hides_find(const struct hides *hides, struct span network, struct span id, struct arena *mem, int64_t *as_of_ms);
