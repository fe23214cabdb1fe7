#include "worker/decode/timestamp.h"
#include "common/time.h"

#define TIME_FORM_NAME(id, name) [TIME_##id] = name,
const char *const time_form_names[TIME_FORMS + 1] = {TIME_FORM_LIST(TIME_FORM_NAME) NULL};

static const int64_t last_ms = INT64_C(253402300800000) - 1; /* of the year 9999 */

enum { TEXT_FORMS = 1 << TIME_RFC3339 | 1 << TIME_RFC3339_UTC | 1 << TIME_RFC2822 | 1 << TIME_X_V1 };

static bool read_text_form(struct span text, enum time_form form, int64_t *ms)
{
    switch (form) {
    case TIME_RFC3339: return time_parse_loosely(text, false, ms);
    case TIME_RFC3339_UTC: return time_parse_loosely(text, true, ms);
    case TIME_RFC2822: return time_parse_mail(text, ms);
    case TIME_X_V1: return time_parse_x_v1(text, ms);
    default: return false;
    }
}

/* A unit of a form that counts since 1970, in microseconds. */
static int64_t unit_us(enum time_form form)
{
    return form == TIME_UNIX_S ? 1000000 : form == TIME_UNIX_MS ? 1000 : 1;
}

/* Digits, and decimals of which six count. False if it is no such number, or one that is too large. */
static bool read_decimal(struct span text, int64_t *whole, int64_t *millionths)
{
    int64_t weight = 0; /* 0: before the point */

    *whole = *millionths = 0;
    for (size_t at = 0; at < text.len; at++) {
        char c = text.at[at];
        bool is_digit = c >= '0' && c <= '9';

        if (is_digit && !weight
            && (__builtin_mul_overflow(*whole, 10, whole) || __builtin_add_overflow(*whole, c - '0', whole)))
            return false;
        if (is_digit && weight > 1)
            *millionths += (c - '0') * (weight /= 10);
        if (!is_digit && (c != '.' || weight || !at || at + 1 == text.len))
            return false;
        if (!is_digit)
            weight = 1000000;
    }
    return text.len > 0;
}

static enum timestamp_result of_units(int64_t whole, int64_t millionths, enum time_form form, int64_t *ms)
{
    int64_t us;

    if (whole < 0 || __builtin_mul_overflow(whole, unit_us(form), &us) || us / 1000 > last_ms)
        return TIMESTAMP_OUT_OF_RANGE;
    *ms = (us + millionths * unit_us(form) / 1000000) / 1000;
    return TIMESTAMP_OK;
}

/* A double has some 16 digits: a present time in it is good to a microsecond, which is why it is rounded to that. */
static enum timestamp_result of_real(double number, enum time_form form, int64_t *ms)
{
    double us = number * (double)unit_us(form);

    if (!(us >= 0) || us / 1000 > (double)last_ms)
        return TIMESTAMP_OUT_OF_RANGE;
    *ms = (int64_t)(us + 0.5) / 1000;
    return TIMESTAMP_OK;
}

static enum timestamp_result read_unix(const struct value *value, enum time_form form, int64_t *ms)
{
    int64_t whole, millionths;

    if (value->type == VALUE_INT)
        return of_units(value->integer, 0, form, ms);
    if (value->type == VALUE_REAL)
        return of_real(value->real, form, ms);
    if (value->type != VALUE_STRING)
        return TIMESTAMP_WRONG_TYPE;
    return read_decimal(value->string, &whole, &millionths) ? of_units(whole, millionths, form, ms) : TIMESTAMP_BAD;
}

static enum timestamp_result read_text(const struct value *value, enum time_form form, int64_t *ms)
{
    int64_t read_ms;

    if (value->type != VALUE_STRING)
        return TIMESTAMP_WRONG_TYPE;
    if (!read_text_form(value->string, form, &read_ms))
        return TIMESTAMP_BAD;
    if (read_ms < 0 || read_ms > last_ms)
        return TIMESTAMP_OUT_OF_RANGE;
    *ms = read_ms;
    return TIMESTAMP_OK;
}

enum timestamp_result timestamp_read(const struct value *value, unsigned forms, int64_t *ms)
{
    enum timestamp_result worst = TIMESTAMP_WRONG_TYPE;

    for (int form = 0; form < TIME_FORMS; form++) {
        if (!(forms & 1u << form))
            continue;
        enum timestamp_result result = TEXT_FORMS & 1u << form ? read_text(value, (enum time_form)form, ms)
                                                               : read_unix(value, (enum time_form)form, ms);

        if (result == TIMESTAMP_OK)
            return result;
        worst = result > worst ? result : worst;
    }
    return worst;
}
