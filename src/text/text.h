/*
 * text: a line being built in memory somebody else owns.
 *
 * Appending past the end is cut off, never written. Numbers are printed by our
 * own few lines: a capture has millions of them.
 */
#ifndef TCPLAB_TEXT_H
#define TCPLAB_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
    char *next; // where the next character goes
    char *end;  // one past the room
};

static inline struct text
text_over(char *room, size_t size)
{
    return (struct text){ room, room + size };
}

/* As much as there is room for. */
void text_cut(struct text *text, const char *from);

static inline void
text_bytes(struct text *text, const char *from, size_t bytes)
{
    size_t room = (size_t)(text->end - text->next);
    if (bytes > room) {
        text_cut(text, from);
        return;
    }
    memcpy(text->next, from, bytes);
    text->next += bytes;
}

static inline void
text_add(struct text *text, const char *string)
{
    text_bytes(text, string, strlen(string));
}

static inline void
text_char(struct text *text, char c)
{
    if (text->next < text->end)
        *text->next++ = c;
}

/*
 * Eight digits at once, each in an octet of the result, the first digit in the
 * lowest one: a number is halved into pairs of digits, and these into digits,
 * with multiplications in place of divisions.
 */
static inline uint64_t
eight_digits(uint32_t number)
{
    uint64_t fours = number / 10000 | (uint64_t)(number % 10000) << 32;
    uint64_t high = fours * 10486 >> 20 & 0x0000007f0000007f;
    uint64_t twos = high | (fours - 100 * high) << 16;
    high = twos * 103 >> 10 & 0x000f000f000f000f;
    return high | (twos - 10 * high) << 8;
}

/* Append `count` (1 to 8) of the digits, without the first 8 - count. */
static inline void
append_digits(struct text *text, uint64_t digits, int count)
{
    uint64_t characters = (digits + 0x3030303030303030) >> (8 * (8 - count));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    characters = __builtin_bswap64(characters);
#endif
    if (text->end - text->next >= 8) {
        memcpy(text->next, &characters, 8);
        text->next += count;
    } else {
        text_bytes(text, (const char *)&characters, (size_t)count);
    }
}

/* Up to eight digits, without zeros in front. */
static inline void
append_number(struct text *text, uint32_t number)
{
    uint64_t digits = eight_digits(number);
    int zeros = digits ? __builtin_ctzll(digits) / 8 : 7;
    append_digits(text, digits, 8 - zeros);
}

/* The last `width` digits (1 to 8) of a number below 10^8, zeros in front. */
static inline void
text_zeros(struct text *text, uint32_t number, int width)
{
    append_digits(text, eight_digits(number), width);
}

/* In decimal. */
static inline void
text_number(struct text *text, uint64_t number)
{
    if (number < 100000000) {
        append_number(text, (uint32_t)number);
        return;
    }
    uint64_t high = number / 100000000;
    if (high < 100000000) {
        append_number(text, (uint32_t)high);
    } else {
        append_number(text, (uint32_t)(high / 100000000));
        append_digits(text, eight_digits((uint32_t)(high % 100000000)), 8);
    }
    append_digits(text, eight_digits((uint32_t)(number % 100000000)), 8);
}

/* Spaces until `column` characters stand behind `start`. */
void text_pad(struct text *text, const char *start, int column);

/* Nanoseconds as seconds with 6 decimals; may be negative. */
void text_seconds(struct text *text, int64_t ns);

/* Nanoseconds as milliseconds with 3 decimals. */
void text_milliseconds(struct text *text, int64_t ns);

/* A point in time as UTC, "2026-11-20T13:45:00.123456Z". */
void text_utc(struct text *text, int64_t ns);

/*
 * Octets from the wire, made safe for a terminal: printable ASCII as it is,
 * the rest as in a C string (\n, \r, \t, \\, \", \x00).
 */
void text_escaped(struct text *text, const uint8_t *octets, size_t bytes);

/* Words from a file, made safe for a terminal: printable ASCII as it is, the
 * rest as \x1b. */
void text_safe(struct text *text, const char *words, size_t bytes);

/*
 * Append `format`, where %s is a string, %n a uint64_t number, %m an int64_t
 * time in nanoseconds as milliseconds, %c a character, %% a percent sign.
 */
void text_format(struct text *text, const char *format, ...);

#endif
