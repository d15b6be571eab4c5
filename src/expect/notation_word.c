/* notation_word: a cursor over one line, with an error that stays. */
#include "notation_word.h"

#include <ctype.h>
#include <stdio.h>

static bool
is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Where a comment begins: a # that is not in quotes. */
static const char *
comment(const char *at, const char *end)
{
    bool quoted = false;
    for (; at < end && (quoted || *at != '#'); at++) {
        if (quoted && *at == '\\' && at + 1 < end)
            at++;
        else if (*at == '"')
            quoted = !quoted;
    }
    return at;
}

struct words
words_of(struct span line, uint32_t number, struct expectation_error *error)
{
    const char *end = comment(line.at, line.at + line.bytes);
    while (end > line.at && isspace((unsigned char)end[-1]))
        end--;
    while (line.at < end && isspace((unsigned char)*line.at))
        line.at++;
    line.bytes = (size_t)(end - line.at);
    return (struct words){ .next = line.at,
                           .end = end,
                           .number = number,
                           .line = line,
                           .error = error };
}

/* Copy as much as there is room for, without what a terminal would obey. */
static void
copy(char *room, size_t size, struct span from)
{
    size_t n = 0;
    for (; n < from.bytes && n + 1 < size; n++)
        room[n] = isprint((unsigned char)from.at[n]) ? from.at[n] : ' ';
    room[n] = '\0';
}

void
words_wrong(struct words *words, const char *reason, struct span word,
            const char *right)
{
    struct expectation_error *error = words->error;
    if (words->wrong)
        return;
    char shown[40];
    const char *where = strstr(reason, "%s");
    copy(shown, sizeof shown, word);
    error->line = words->number;
    error->column = word.at && word.at >= words->line.at
                        ? (uint32_t)(word.at - words->line.at) + 1
                        : 0;
    copy(error->text, sizeof error->text, words->line);
    if (where)
        snprintf(error->reason, sizeof error->reason, "%.*s%s%s",
                 (int)(where - reason), reason, shown, where + 2);
    else
        snprintf(error->reason, sizeof error->reason, "%s", reason);
    snprintf(error->right, sizeof error->right, "%s", right);
    words->wrong = true;
    words->next = words->end;
}

static void
skip_blanks(struct words *words)
{
    while (words->next < words->end && isspace((unsigned char)*words->next))
        words->next++;
}

bool
words_at_end(struct words *words)
{
    skip_blanks(words);
    return words->next == words->end;
}

/* A hyphen joins letters: SYN-ACK. Two points or three are a word. */
static size_t
word_length(const char *at, const char *end)
{
    size_t n = 0, left = (size_t)(end - at);
    while (n < left && *at == '.' && at[n] == '.' && n < 3)
        n++;
    if (n)
        return n;
    while (n < left && (is_name(at[n]) || (n && at[n] == '-' && n + 1 < left &&
                                           isalpha((unsigned char)at[n + 1]))))
        n++;
    return n ? n : left > 0;
}

struct span
words_peek(struct words *words)
{
    skip_blanks(words);
    return (struct span){ words->next, word_length(words->next, words->end) };
}

struct span
words_take(struct words *words)
{
    struct span word = words_peek(words);
    words->next += word.bytes;
    words->asks |= span_is(word, "?");
    return word;
}

bool
words_skip(struct words *words, const char *word)
{
    if (!span_is(words_peek(words), word))
        return false;
    words_take(words);
    return true;
}

void
words_expect(struct words *words, const char *word, const char *right)
{
    struct span found = words_peek(words);
    if (words_skip(words, word))
        return;
    if (found.bytes)
        words_wrong(words, "\"%s\" cannot stand here.", found, right);
    else
        words_wrong(words, "The line ends too early.", found, right);
}

struct span
words_name(struct words *words, const char *right)
{
    struct span word = words_peek(words);
    if (span_is(word, "?") || (word.bytes && isalpha((unsigned char)*word.at)))
        return words_take(words);
    if (word.bytes)
        words_wrong(words, "\"%s\" is not a name.", word, right);
    else
        words_wrong(words, "The line ends too early.", word, right);
    return (struct span){ 0 };
}

bool
words_number(struct words *words, int64_t *value)
{
    struct span word = words_peek(words);
    *value = 0;
    if (!word.bytes || word.bytes > 15)
        return false;
    for (size_t i = 0; i < word.bytes; i++) {
        if (!isdigit((unsigned char)word.at[i]))
            return false;
        *value = *value * 10 + (word.at[i] - '0');
    }
    words->next += word.bytes;
    return true;
}

struct span
words_string(struct words *words, const char *right)
{
    if (words_skip(words, "?"))
        return (struct span){ 0 };
    words_expect(words, "\"", right);
    const char *at = words->next;
    while (at < words->end && *at != '"')
        at += *at == '\\' && at + 1 < words->end ? 2 : 1;
    if (at >= words->end) {
        words_wrong(words, "The text in quotes does not end.",
                    (struct span){ 0 }, right);
        return (struct span){ 0 };
    }
    struct span inside = { words->next, (size_t)(at - words->next) };
    words->next = at + 1;
    return inside;
}

/* Digits behind the point, as nanoseconds. */
static int64_t
fraction(struct words *words)
{
    int64_t ns = 0, unit = 100000000;
    if (words->next == words->end || *words->next != '.')
        return 0;
    for (words->next++;
         words->next < words->end && isdigit((unsigned char)*words->next);
         words->next++, unit /= 10)
        ns += unit * (*words->next - '0');
    return ns;
}

int64_t
words_time(struct words *words)
{
    static const char right[] = "Write a time as 3s, 0.5s or 250ms.";
    int64_t number = 0, digits = 0;
    if (words_skip(words, "?"))
        return 0;
    skip_blanks(words);
    for (; words->next < words->end && digits < 6 &&
           isdigit((unsigned char)*words->next);
         words->next++, digits++)
        number = number * 10 + (*words->next - '0');
    int64_t ns = number * 1000000000 + fraction(words);
    struct span unit = words_take(words);
    if (digits && ns && span_is(unit, "s"))
        return ns;
    if (digits && ns && span_is(unit, "ms"))
        return ns / 1000;
    words_wrong(words, "This is not a time.", unit, right);
    return 0;
}

static int
depth_of(char c)
{
    if (c == '(' || c == '[' || c == '{')
        return 1;
    return c == ')' || c == ']' || c == '}' ? -1 : 0;
}

struct span
words_argument(struct words *words)
{
    skip_blanks(words);
    const char *at = words->next;
    int depth = 0;
    bool quoted = false;
    for (; at < words->end; at++) {
        if (quoted && *at == '\\' && at + 1 < words->end)
            at++;
        else if (*at == '"')
            quoted = !quoted;
        else if (!quoted && !depth && (*at == ',' || *at == ')'))
            break;
        else if (!quoted)
            depth += depth_of(*at);
    }
    struct span argument = { words->next, (size_t)(at - words->next) };
    words->next = at;
    while (argument.bytes &&
           isspace((unsigned char)argument.at[argument.bytes - 1]))
        argument.bytes--;
    words->asks |= span_is(argument, "?");
    return argument;
}
