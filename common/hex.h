/* hex: hexadecimal digits. */
#pragma once

/* 0 to 15; -1: it is none. */
static inline int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte of two digits; -1: one of them is none. */
static inline int hex_byte(const char *digits)
{
    int high = hex_digit(digits[0]), low = hex_digit(digits[1]);

    return high < 0 || low < 0 ? -1 : high * 16 + low;
}
