#include "common/decimal.h"
#include "tests/unit/test.h"

static struct span written(int128 decimal)
{
    static char text[64];
    struct arena *mem = arena_new();
    struct buf buf = buf_in(mem);

    buf_decimal(&buf, decimal);
    memcpy(text, buf.at, buf.len);
    struct span copy = {text, buf.len};
    arena_free(mem);
    return copy;
}

static struct span ratio(int64_t numerator, int64_t divisor)
{
    return written(decimal_ratio(numerator, divisor));
}

TEST(ratios_have_four_decimals_at_most)
{
    CHECK_SPAN(ratio(267, 9000), SPAN("0.0297"));
    CHECK_SPAN(ratio(267, 1234), SPAN("0.2164"));
    CHECK_SPAN(ratio(58, 1234), SPAN("0.047"));
    CHECK_SPAN(ratio(2, 3), SPAN("0.6667"));
    CHECK_SPAN(ratio(1, 3), SPAN("0.3333"));
}

TEST(trailing_zeros_are_cut_and_zeros_within_are_not)
{
    CHECK_SPAN(ratio(0, 7), SPAN("0"));
    CHECK_SPAN(ratio(1, 2), SPAN("0.5"));
    CHECK_SPAN(ratio(1, 20), SPAN("0.05"));
    CHECK_SPAN(ratio(1, 10000), SPAN("0.0001"));
    CHECK_SPAN(ratio(1000, 1), SPAN("1000"));
    CHECK_SPAN(ratio(10001, 10000), SPAN("1.0001"));
}

TEST(halves_are_rounded_to_even)
{
    CHECK_SPAN(ratio(1, 20000), SPAN("0"));      /* 0.00005 */
    CHECK_SPAN(ratio(3, 20000), SPAN("0.0002")); /* 0.00015 */
    CHECK_SPAN(ratio(5, 20000), SPAN("0.0002")); /* 0.00025 */
    CHECK_SPAN(ratio(7, 20000), SPAN("0.0004")); /* 0.00035 */
    CHECK_SPAN(ratio(50001, 1000000000), SPAN("0.0001"));
    CHECK_SPAN(ratio(49999, 1000000000), SPAN("0"));
    CHECK_SPAN(ratio(19999, 20000), SPAN("1")); /* 0.99995 */
}

TEST(the_greatest_counts_of_years_do_not_overflow)
{
    int128 counts = ((int128)1 << 53) * 5;

    CHECK_SPAN(written(decimal_ratio(counts * 3600000, 1)), SPAN("162129586585337856000000"));
    CHECK_SPAN(written(decimal_ratio(counts, 3)), SPAN("15011998757901653.3333"));
    CHECK_SPAN(written(((int128)1 << 113) - 1), SPAN("1038459371706965525706099265844.0191"));
}

TEST(long_numbers_keep_the_zeros_within)
{
    CHECK_SPAN(written((int128)1000000000000000000 * 1000000000 * DECIMAL_ONE), SPAN("1000000000000000000000000000"));
    CHECK_SPAN(written((int128)INT64_MAX * DECIMAL_ONE), SPAN("9223372036854775807"));
    CHECK_SPAN(written(((int128)INT64_MAX + 1) * DECIMAL_ONE), SPAN("9223372036854775808"));
}

TEST(negative_decimals_are_written_with_their_sign)
{
    CHECK_SPAN(written(-4100), SPAN("-0.41"));
    CHECK_SPAN(written(-10000), SPAN("-1"));
}

static int64_t parsed(const char *text)
{
    int64_t decimal = -1;

    decimal_parse(span_of(text), &decimal);
    return decimal;
}

TEST(decimals_are_read_as_ten_thousandths)
{
    CHECK(parsed("3") == 30000);
    CHECK(parsed("0.5") == 5000);
    CHECK(parsed("1.2500") == 12500);
    CHECK(parsed("-1.25") == -12500);
    CHECK(parsed("0.0001") == 1);
    CHECK(parsed("922337203685477.5807") == INT64_MAX);
}

TEST(what_is_no_decimal_or_too_long_is_refused)
{
    int64_t decimal = 42;

    CHECK(!decimal_parse(SPAN(""), &decimal));
    CHECK(!decimal_parse(SPAN("-"), &decimal));
    CHECK(!decimal_parse(SPAN("."), &decimal));
    CHECK(!decimal_parse(SPAN("1."), &decimal));
    CHECK(!decimal_parse(SPAN(".5"), &decimal));
    CHECK(!decimal_parse(SPAN("+1"), &decimal));
    CHECK(!decimal_parse(SPAN("1e3"), &decimal));
    CHECK(!decimal_parse(SPAN("1,5"), &decimal));
    CHECK(!decimal_parse(SPAN("1.00001"), &decimal));
    CHECK(!decimal_parse(SPAN("922337203685477.5808"), &decimal));
    CHECK(!decimal_parse(SPAN("99999999999999999999999999999999999999999"), &decimal));
    CHECK(!decimal_parse((struct span){0}, &decimal));
    CHECK(decimal == 42);
}
