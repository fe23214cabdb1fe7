#include "common/decimal.h"

int128 decimal_ratio(int128 numerator, int128 divisor)
{
    int128 scaled = numerator * DECIMAL_ONE;
    int128 whole = scaled / divisor, twice_rest = scaled % divisor * 2;
    bool up = twice_rest > divisor || (twice_rest == divisor && whole % 2);

    return whole + up;
}

static bool take_digits(struct span text, size_t *at, int128 *value)
{
    size_t start = *at;

    for (; *at < text.len && text.at[*at] >= '0' && text.at[*at] <= '9'; ++*at) {
        *value = *value * 10 + (text.at[*at] - '0');
        if (*value > INT64_MAX)
            return false;
    }
    return *at > start;
}

bool decimal_parse(struct span text, int64_t *decimal)
{
    size_t at = 0;
    bool negative = text.len && text.at[0] == '-';
    int128 value = 0;
    size_t decimals = 0;

    at += negative;
    if (!take_digits(text, &at, &value))
        return false;
    if (at < text.len && text.at[at] == '.') {
        size_t start = ++at;

        if (!take_digits(text, &at, &value))
            return false;
        decimals = at - start;
    }
    if (at != text.len || decimals > 4)
        return false;
    for (; decimals < 4; decimals++)
        value *= 10;
    if (value > INT64_MAX)
        return false;
    *decimal = (int64_t)(negative ? -value : value);
    return true;
}

static void put_whole(struct buf *buf, int128 value)
{
    if (value > INT64_MAX) {
        put_whole(buf, value / 1000000000);
        buf_format(buf, "%09lld", (long long)(value % 1000000000));
        return;
    }
    buf_int(buf, (int64_t)value);
}

void buf_decimal(struct buf *buf, int128 decimal)
{
    if (decimal < 0) {
        buf_char(buf, '-');
        decimal = -decimal;
    }
    bool is_short = decimal <= INT64_MAX; /* nearly always */
    put_whole(buf, is_short ? (int64_t)decimal / DECIMAL_ONE : decimal / DECIMAL_ONE);
    int rest = (int)(is_short ? (int64_t)decimal % DECIMAL_ONE : decimal % DECIMAL_ONE);
    if (!rest)
        return;
    char digits[6];
    digits[0] = '.';
    for (int i = 4; i > 0; i--, rest /= 10)
        digits[i] = (char)('0' + rest % 10);
    size_t len = 5;
    while (digits[len - 1] == '0')
        len--;
    buf_put(buf, (struct span){digits, len});
}
