/* term: text as it is on a terminal: in columns, and in colour where there is a terminal. */
#pragma once

#include "common/arena.h"
#include "common/span.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { TERM_WIDTH = 80 };

bool term_has_colour(FILE *out); /* a terminal, and no NO_COLOR */

/* What would move the cursor, turn the line round or start an escape sequence: never printed. */
bool term_is_control(uint32_t code_point);

/* The columns of well-formed UTF-8; a control character counts one. */
int term_columns(struct span text);

/* The text on one line, cut to so many columns: line breaks are blanks, other controls are �. */
struct span term_line(struct span text, int columns, struct arena *mem);

/* The text, and blanks up to so many columns. */
void term_pad(struct span text, int columns, FILE *out);

/* A line of text is text[start, end); the next one starts at `next`, behind blanks that end this
 * one. Breaks at line breaks, else at the last blank that fits, else where it is full. */
struct term_break {
    size_t end, next;
};

struct term_break term_break(struct span text, size_t start, int columns);
