/* decode: the bytes of a record as a post. */
#pragma once

#include "common/json.h"
#include "worker/decode/input.h"
#include "worker/message.h"
#include "worker/post.h"

/* Fills *post from the message, by its input's framing and preset. A record of several posts says so (SAYS_SEVERAL),
 * and nothing else. On a fault *why says in one
 * sentence what is wrong, and *post holds nothing to rely on. All that is made is in mem. */
enum fault post_decode(const struct message *message, const struct limits *limits, struct arena *mem, struct post *post,
                       struct span *why);

/* The posts of a record that says SAYS_SEVERAL, each as a message of its own; there may be none. False: they are more
 * than limits: record_posts, as *why says. */
bool posts_split(const struct message *record, const struct limits *limits, struct arena *mem, struct batch *posts,
                 struct span *why);

/* The posts of a message: those of a record of several; else itself. For who looks at them one by one. */
struct batch message_posts(const struct message *message, const struct limits *limits, struct arena *mem);

/* Bytes that should be one JSON object as a tree in mem. On a fault *why says what is wrong and where,
 * and *root holds nothing to rely on. */
enum fault object_decode(struct span bytes, unsigned depth, struct arena *mem, struct value *root, struct span *why);
