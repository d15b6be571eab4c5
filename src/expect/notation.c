/* notation: a text of lines, with its blocks and choices. */
#include "notation.h"

#include <ctype.h>
#include <stdlib.h>

#include "notation_line.h"

/* Where the reading stands. */
struct reading {
    struct notation *notation;
    struct expectation_error *error;
    uint32_t number; // of the line, from 1
    uint32_t block;
    uint32_t choice, way; // 0: in no `either`
    uint32_t opened;      // the line of `either`
    size_t room;          // for lines
};

static void
no_memory(struct words *words)
{
    words_wrong(words, "There is not enough memory.", (struct span){ 0 }, "");
    words->error->line = 0;
}

/* The words of a line with one blank between them, behind `before`. */
static char *
joined(const char *before, struct span line)
{
    size_t n = before ? strlen(before) : 0;
    char *text = malloc(n + line.bytes + 2);
    if (!text)
        return NULL;
    memcpy(text, before ? before : "", n);
    if (n)
        text[n++] = ' ';
    for (size_t i = 0; i < line.bytes; i++) {
        bool blank = isspace((unsigned char)line.at[i]);
        if (!blank || (n && text[n - 1] != ' '))
            text[n++] = blank ? ' ' : line.at[i];
    }
    text[n] = '\0';
    return text;
}

static struct line *
new_line(struct reading *reading, struct words *words)
{
    struct notation *notation = reading->notation;
    if (notation->count == reading->room) {
        size_t room = reading->room ? 2 * reading->room : 16;
        struct line *more = realloc(notation->lines, room * sizeof *more);
        if (!more) {
            no_memory(words);
            return NULL;
        }
        notation->lines = more;
        reading->room = room;
    }
    struct line *line = &notation->lines[notation->count++];
    *line = (struct line){ .number = reading->number,
                           .block = reading->block,
                           .choice = reading->choice,
                           .way = reading->way,
                           .least = 1,
                           .most = 1 };
    line->text = joined(NULL, words->line);
    if (!line->text)
        no_memory(words);
    return line;
}

static void
happening(struct reading *reading, struct words *words)
{
    struct line *line = new_line(reading, words);
    if (!line)
        return;
    line_read(line, words);
    line_qualify(line, words);
}

static void
anything(struct reading *reading, struct words *words)
{
    struct line *line = new_line(reading, words);
    if (!line)
        return;
    line->kind = LINE_ANYTHING;
    line->asks = span_is(words_take(words), "?");
    line_qualify(line, words);
}

/* before LINE, below the line it is about. */
static void
qualification(struct reading *reading, struct words *words)
{
    struct notation *notation = reading->notation;
    struct line *line =
        notation->count ? &notation->lines[notation->count - 1] : NULL;
    if (!line || line->kind == LINE_ANYTHING) {
        words_wrong(words, "There is no line above to which \"%s\" belongs.",
                    words_peek(words), "Put it below a call or a segment.");
        return;
    }
    char *text = joined(line->text, words->line);
    if (!text) {
        no_memory(words);
        return;
    }
    free(line->text);
    line->text = text;
    line_qualify(line, words);
}

/* connection 2: */
static void
connection(struct reading *reading, struct words *words)
{
    static const char right[] = "Write connection 2: on a line of its own.";
    int64_t block;
    words_take(words);
    if (!words_number(words, &block) || block < 1 || block > UINT32_MAX)
        words_wrong(words, "\"%s\" is not the number of a connection.",
                    words_peek(words), right);
    words_expect(words, ":", right);
    reading->block = (uint32_t)block;
}

static const char either_is[] =
    "Write either, one way, or, another way, end: each on a line.";

static void
either(struct reading *reading, struct words *words)
{
    struct notation *notation = reading->notation;
    words_take(words);
    if (reading->choice) {
        words_wrong(words, "An either stands inside another.",
                    (struct span){ 0 }, "Write each way out, with or.");
        return;
    }
    uint32_t *ways =
        realloc(notation->ways, (notation->choices + 1) * sizeof *ways);
    if (!ways) {
        no_memory(words);
        return;
    }
    notation->ways = ways;
    ways[notation->choices++] = 1;
    reading->choice = notation->choices;
    reading->way = 1;
    reading->opened = reading->number;
}

static void
or_end(struct reading *reading, struct words *words)
{
    struct span word = words_take(words);
    if (!reading->choice) {
        words_wrong(words, "\"%s\" stands without an either above.", word,
                    either_is);
    } else if (span_is(word, "or")) {
        reading->way = ++reading->notation->ways[reading->choice - 1];
    } else {
        reading->choice = reading->way = 0;
    }
}

static void
one_line(struct reading *reading, struct words *words)
{
    struct span first = words_peek(words);
    if (!first.bytes)
        return;
    struct words rest = *words;
    words_take(&rest);
    bool alone = words_at_end(&rest);
    if (span_is(first, "...") || (span_is(first, "?") && alone))
        anything(reading, words);
    else if (line_is_qualified(words))
        qualification(reading, words);
    else if (span_is(first, "connection"))
        connection(reading, words);
    else if (span_is(first, "either") && alone)
        either(reading, words);
    else if ((span_is(first, "or") || span_is(first, "end")) && alone)
        or_end(reading, words);
    else
        happening(reading, words);
    if (!words_at_end(words))
        words_wrong(words, "\"%s\" cannot stand here.", words_peek(words),
                    "A comment begins with #.");
}

/* The next line of what is left of `text`. */
static struct span
cut_line(struct span *text)
{
    const char *end = memchr(text->at, '\n', text->bytes);
    size_t bytes = end ? (size_t)(end - text->at) : text->bytes;
    struct span line = { text->at, bytes };
    text->at += bytes + (end != NULL);
    text->bytes -= bytes + (end != NULL);
    return line;
}

static bool
all_lines(struct reading *reading, struct span text)
{
    while (text.bytes) {
        struct span line = cut_line(&text);
        struct words words = words_of(line, ++reading->number, reading->error);
        one_line(reading, &words);
        if (words.wrong)
            return false;
    }
    if (!reading->choice)
        return true;
    struct words words =
        words_of((struct span){ "either", 6 }, reading->opened, reading->error);
    words_wrong(&words, "The either has no end.", (struct span){ 0 },
                either_is);
    return false;
}

/* ---- Names of numbers --------------------------------------------------- */

static bool
says_seq(const struct line *line, struct span name, uint32_t block)
{
    return line->kind == LINE_SEGMENT && line->block == block &&
           line->seq.how == WANTED_NAMED &&
           line->seq.name.bytes == name.bytes &&
           !memcmp(line->seq.name.at, name.at, name.bytes);
}

/* A and B are the initial numbers; another name is set by a seq. */
static bool
is_set(const struct notation *notation, const struct line *line,
       const struct wanted *wanted)
{
    if (wanted->how != WANTED_NAMED || span_is(wanted->name, "A") ||
        span_is(wanted->name, "B"))
        return true;
    for (size_t i = 0; i < notation->count; i++)
        if (says_seq(&notation->lines[i], wanted->name, line->block))
            return true;
    return false;
}

static bool
all_names_are_set(const struct notation *notation,
                  struct expectation_error *error)
{
    for (size_t i = 0; i < notation->count; i++) {
        const struct line *line = &notation->lines[i];
        if (line->kind != LINE_SEGMENT || is_set(notation, line, &line->ack))
            continue;
        struct words words = words_of(span_of(line->text), line->number, error);
        words_wrong(&words, "No segment of this connection says seq %s.",
                    line->ack.name,
                    "A and B are known; a seq sets every other name.");
        return false;
    }
    return true;
}

bool
notation_read(struct notation *notation, const char *text, size_t bytes,
              struct expectation_error *error)
{
    *notation = (struct notation){ .text = malloc(bytes + 1) };
    *error = (struct expectation_error){ .reason = "There is not enough "
                                                   "memory." };
    if (!notation->text)
        return false;
    memcpy(notation->text, text, bytes);
    struct reading reading = { .notation = notation,
                               .error = error,
                               .block = 1 };
    if (all_lines(&reading, (struct span){ notation->text, bytes }) &&
        all_names_are_set(notation, error))
        return true;
    notation_clear(notation);
    return false;
}

void
notation_clear(struct notation *notation)
{
    for (size_t i = 0; i < notation->count; i++)
        line_clear(&notation->lines[i]);
    free(notation->lines);
    free(notation->ways);
    free(notation->text);
    *notation = (struct notation){ 0 };
}
