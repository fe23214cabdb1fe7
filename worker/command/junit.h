/* junit: what came of unit tests as JUnit's XML, which CI systems show. */
#pragma once

#include "common/buf.h"
#include "common/span.h"

#include <stddef.h>

struct junit_case {
    struct span name, wrong; /* wrong: what a person reads; empty: it passed */
    const char *file;
    int line;
    double seconds;
};

/* A suite for each file, in the order of the cases; those of one file are beside each other. Signs that XML cannot hold
 * are written as U+FFFD. */
void junit_write(const struct junit_case *cases, size_t len, struct buf *out);
