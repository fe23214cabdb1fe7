/* fold: text as it is compared. The one door to utf8proc.
 *
 * NFKC_Casefold (Unicode Standard, section 3.13, D148): compatibility forms, case and default
 * ignorables are gone, the result is in NFC. A run of more than 30 combining marks is cut at 30,
 * as in the stream-safe format of UAX #15: ordering marks costs the square of their number.
 * Beyond that what is typed in several ways is written in one: apostrophes (’ ‘ ‛ ʼ) as ', double quotes (“ ” „ ‟) as
 * ", dashes (U+2010 to U+2015, −) as -, 〜 as ~, İ as i; a run of blanks and line breaks is one blank, or one line
 * break where one is among them. May be called by any number of threads; tables are made as code points are first met.
 */
#pragma once

#include "common/arena.h"
#include "common/span.h"

#include <stdbool.h>
#include <stdint.h>

enum { FOLD_LETTERS_MAX = 2 };

/* The folded form of well-formed UTF-8; it is in mem. May be longer than text. */
struct span fold_text(struct span text, struct arena *mem);

/* The letters that a code point of folded text is without accents, each in ASCII or of its own script, in out; their
 * number, 0 for a mark that goes. Latin loses all marks and strokes (é ế ø ł: e e o l; æ œ: ae oe), Greek its accents,
 * and of Cyrillic ё is е, as it is mostly typed; й, ї and ў stay, and so does every other script. */
size_t fold_without_accents(uint32_t code_point, uint32_t out[FOLD_LETTERS_MAX]);

/* Whether a folded text may have accents; false for nearly every text without Latin, Greek or Cyrillic ones. */
bool fold_may_have_accents(struct span folded);

/* Whether a code point may change what is made of those before it, or may vanish, as a blank in a run: a text may be
 * cut before any other, and its parts folded alone. */
bool fold_joins(uint32_t code_point);

/* A blank or a line break, in any of their forms. */
bool fold_is_blank(uint32_t code_point);

/* What is in words of one kind: two neighbours of the same class are in the same word.
 * Classes are coarse and follow the general category and Unicode's script blocks. */
enum fold_class {
    FOLD_OTHER, /* blanks, signs, punctuation, emoji */
    FOLD_WORD,  /* letters and digits of scripts that set blanks between words */
    FOLD_HIRAGANA,
    FOLD_KATAKANA, /* the sound mark ー too */
    FOLD_HAN,
    FOLD_HANGUL,
    FOLD_THAI, /* Lao, Burmese and Khmer too: none of them sets blanks between words */
};

enum fold_class fold_class(uint32_t code_point);

const char *fold_unicode_version(void);
const char *fold_library_version(void);
int fold_columns(uint32_t code_point); /* columns on a terminal: 0, 1 or 2 */
