/* expression_reference: a line of the notation in a key, LINE or LINE #2. */
#include <ctype.h>
#include <stdlib.h>

#include "../expect/notation_line.h"
#include "expression_reading.h"

/* Cut "#2" off the end of LINE. False: what is behind # is no number. */
static bool
cut_nth(struct span *text, uint32_t *nth)
{
    size_t end = text->bytes;
    uint64_t number = 0, unit = 1;
    *nth = 1;
    while (end && isdigit((unsigned char)text->at[end - 1]) && unit < 1000000) {
        number += unit * (uint64_t)(text->at[--end] - '0');
        unit *= 10;
    }
    if (!end || text->at[end - 1] != '#')
        return true;
    text->bytes = end - 1;
    *nth = (uint32_t)number;
    return number > 0;
}

/* What a key can ask about. */
static void
check_line(struct words *words, const struct line *line, struct span text)
{
    static const char right[] =
        "Write it as in the expected timeline: client connect = 0, or client "
        "> server SYN.";
    if (line->kind == LINE_PRINT || line->kind == LINE_NOTHING || line->asks)
        words_wrong(words, "\"%s\" is not a call, segment, state or exit.",
                    text, right);
    else if (line->relation_count || line->within_ns || line->about_ns ||
             line->least != 1 || line->most != 1)
        words_wrong(words, "\"%s\" says more than what happens.", text,
                    "before and after stand behind a comma, and in count() "
                    "and state() only.");
}

/* A and B are known; no line of a key sets other names. */
static void
check_name(struct words *words, const struct wanted *wanted)
{
    if (wanted->how == WANTED_NAMED && !span_is(wanted->name, "A") &&
        !span_is(wanted->name, "B"))
        words_wrong(words, "No line sets \"%s\".", wanted->name,
                    "A and B are known.");
}

static void
read_line(struct words *words, struct reference *reference, struct span text)
{
    struct words inside = *words;
    inside.next = text.at;
    inside.end = text.at + text.bytes;
    line_read(&reference->line, &inside);
    line_qualify(&reference->line, &inside);
    check_line(&inside, &reference->line, text);
    check_name(&inside, &reference->line.seq);
    check_name(&inside, &reference->line.ack);
    words->wrong |= inside.wrong;
}

struct reference *
reference_read(struct words *words)
{
    struct reference *reference = calloc(1, sizeof *reference);
    if (!reference) {
        reading_no_memory(words);
        return NULL;
    }
    struct span text = words_argument(words);
    reference->text = text;
    if (!cut_nth(&text, &reference->nth))
        words_wrong(words, "\"%s\" has no number behind the #.",
                    reference->text, "#2 is the second occurrence.");
    read_line(words, reference, text);
    return reference;
}
