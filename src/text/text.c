/* text: appending words, numbers and times. */
#include "text.h"

#include <stdbool.h>
#include <time.h>

__attribute__((noinline)) void
text_cut(struct text *text, const char *from)
{
    while (text->next < text->end)
        *text->next++ = *from++;
}

void
text_pad(struct text *text, const char *start, int column)
{
    while (text->next - start < column && text->next < text->end)
        *text->next++ = ' ';
}

/* The sign, if any, and the magnitude. */
static uint64_t
text_sign(struct text *text, int64_t ns)
{
    if (ns >= 0)
        return (uint64_t)ns;
    text_char(text, '-');
    return 0 - (uint64_t)ns;
}

void
text_seconds(struct text *text, int64_t ns)
{
    uint64_t us = text_sign(text, ns) / 1000;
    text_number(text, us / 1000000);
    text_char(text, '.');
    text_zeros(text, (uint32_t)(us % 1000000), 6);
}

void
text_milliseconds(struct text *text, int64_t ns)
{
    uint64_t us = text_sign(text, ns) / 1000;
    text_number(text, us / 1000);
    text_char(text, '.');
    text_zeros(text, (uint32_t)(us % 1000), 3);
}

void
text_utc(struct text *text, int64_t ns)
{
    static time_t last = -1;
    static char date[32];
    time_t seconds = ns / 1000000000;
    if (seconds != last) {
        struct tm utc;
        gmtime_r(&seconds, &utc);
        strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S.", &utc);
        last = seconds;
    }
    text_add(text, date);
    text_zeros(text, (uint32_t)(ns % 1000000000) / 1000, 6);
    text_char(text, 'Z');
}

/* The letter of a short escape; 0 when there is none. */
static char
short_escape(uint8_t octet)
{
    switch (octet) {
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    case '\\':
    case '"':
        return (char)octet;
    default:
        return 0;
    }
}

void
text_escaped(struct text *text, const uint8_t *octets, size_t bytes)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes; i++) {
        uint8_t octet = octets[i];
        char letter = short_escape(octet);
        if (letter) {
            text_char(text, '\\');
            text_char(text, letter);
        } else if (octet >= 0x20 && octet < 0x7f) {
            text_char(text, (char)octet);
        } else {
            char code[4] = { '\\', 'x', hex[octet >> 4], hex[octet & 15] };
            text_bytes(text, code, sizeof code);
        }
    }
}

static void
text_argument(struct text *text, char conversion, va_list *arguments)
{
    switch (conversion) {
    case 's':
        text_add(text, va_arg(*arguments, const char *));
        break;
    case 'n':
        text_number(text, va_arg(*arguments, uint64_t));
        break;
    case 'm':
        text_milliseconds(text, va_arg(*arguments, int64_t));
        break;
    case 'c':
        text_char(text, (char)va_arg(*arguments, int));
        break;
    default:
        text_char(text, conversion);
    }
}

void
text_safe(struct text *text, const char *words, size_t bytes)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)words[i];
        if (c >= ' ' && c < 0x7f) {
            text_char(text, (char)c);
        } else {
            text_add(text, "\\x");
            text_char(text, hex[c >> 4]);
            text_char(text, hex[c & 15]);
        }
    }
}

void
text_format(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    for (;;) {
        const char *percent = strchr(format, '%');
        if (!percent || percent[1] == '\0')
            break;
        text_bytes(text, format, (size_t)(percent - format));
        text_argument(text, percent[1], &arguments);
        format = percent + 2;
    }
    text_add(text, format);
    va_end(arguments);
}
