/* What `explain` prints, in two forms. */
#pragma once

#include "worker/command/explain/explanation.h"

#include <stdio.h>

/* For a terminal of 80 columns; in colour where out is one. */
void explain_words(const struct explanation *all, FILE *out, struct arena *mem);

/* The hits that counted for a tag: "ﾚｱｱｰｽ" bytes 12–27 by レアアース; … */
void explain_hits(const struct tag_explanation *tag, struct buf *out);

/* One JSON document; `trendmill explain --help` says what is in it. */
void explain_json(const struct explanation *all, FILE *out, struct arena *mem);
