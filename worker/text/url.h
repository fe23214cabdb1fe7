/* url: web addresses in a text, with a protocol (http://例え.jp/x) and without (example.com/x).
 *
 * After twitter-text 3.1.0 (its js/src/regexp), in time linear in the text. On purpose otherwise:
 * the Japanese before a bare name never spoils it (there a long sentence, or a slash somewhere in
 * it, does), ＠ and ＃ before a name count as @ and #, and an accented letter that begins the text
 * belongs to the name. */
#pragma once

#include "common/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is known when the text is read from left to right; zeroed at its start. */
struct url_scan {
    size_t taken;  /* bytes before here belong to an address, good or refused */
    size_t walked; /* dots before here are dealt with */
};

struct url {
    size_t start, end; /* bytes of the text */
};

/* The address around the "://" that starts at byte `colon`. */
bool url_find_full(struct span text, size_t colon, struct url_scan *scan, struct url *url);

/* The address around the dot at byte `dot`; a name before it must end in a top-level domain. */
bool url_find_bare(struct span text, size_t dot, struct url_scan *scan, struct url *url);

bool url_is_latin_accent(uint32_t c); /* letters that belong to Latin words beyond ASCII's */
bool url_is_space(uint32_t c);
