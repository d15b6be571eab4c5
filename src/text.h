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

static inline void
text_bytes(struct text *text, const char *from, size_t bytes)
{
    size_t room = (size_t)(text->end - text->next);
    if (bytes > room)
        bytes = room;
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

/* In decimal. */
void text_number(struct text *text, uint64_t number);

/* In decimal, at least `digits` of them, with zeros in front. */
void text_zeros(struct text *text, uint64_t number, int digits);

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

/*
 * Append `format`, where %s is a string, %n a uint64_t number, %m an int64_t
 * time in nanoseconds as milliseconds, %c a character, %% a percent sign.
 */
void text_format(struct text *text, const char *format, ...);

#endif
