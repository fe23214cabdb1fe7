/* defaults: the properties of librdkafka that the worker sets and those that its guarantees own, with the
 * reason for each; `trendmill reference` prints them. Figures behind them: tests/bench/README.md. */
#pragma once

#include "common/span.h"

struct setting {
    const char *name, *value; /* no name ends a list */
    const char *why;
};

/* What holds unless the config says otherwise. A version of librdkafka that does not know one goes without. */
extern const struct setting defaults_common[];
extern const struct setting defaults_watched[]; /* where the config says http */
extern const struct setting defaults_consumer[];
extern const struct setting defaults_gathered[]; /* of a consumer, unless the config has any of gathered_names */
extern const char *const gathered_names[];       /* NULL-terminated */
extern const struct setting defaults_classic[];  /* of a consumer, unless group.protocol is consumer */
extern const struct setting defaults_producer[];
extern const struct setting defaults_transactional[]; /* of a producer at exactly_once */
extern const struct setting defaults_idempotent[];    /* of a producer at at_least_once */

/* A property that belongs to the guarantees. */
struct law {
    const char *name;
    const char *allowed; /* the value that may be there; NULL: none */
    const char *remedy;  /* what to do instead */
};

const struct law *law_of(struct span name); /* NULL: the config may set it */
