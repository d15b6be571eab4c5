/* reply_text: a question and its answer, as text. */
#include <stdio.h>
#include <string.h>

#include "question.h"

enum {
    EVENTS_SHOWN = 12
};

static void
write_values(struct text *text, const struct answer *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        text_add(text, i ? ", " : "");
        value_write(text, &answer->values[i]);
    }
}

static void
write_events(struct text *text, const struct answer *answer)
{
    size_t count = answer->event_count;
    if (!count)
        return;
    text_add(text, count > 1 ? "   (events " : "   (event ");
    for (size_t i = 0; i < count && i < EVENTS_SHOWN; i++) {
        text_add(text, i ? ", " : "");
        text_number(text, answer->events[i]);
    }
    if (count > EVENTS_SHOWN)
        text_format(text, " and %n more", (uint64_t)(count - EVENTS_SHOWN));
    text_char(text, ')');
}

/* The key, which may stand on several lines, on one. */
static void
write_key(struct output *output, const char *key)
{
    char room[OUTPUT_LINE];
    snprintf(room, sizeof room, "%s", key);
    for (char *at = room; (at = strchr(at, '\n'));)
        *at = ' ';
    output_wrapped(output, "     key: ", room);
}

void
reply_text(struct output *output, const struct reply *reply)
{
    const struct question *question = reply->question;
    char room[OUTPUT_LINE];
    struct text text = text_over(room, sizeof room - 1);
    snprintf(room, sizeof room, "%-4s ", question->name);
    output_wrapped(output, room, question->asks);
    if (reply->answer) {
        write_values(&text, reply->answer);
        write_events(&text, reply->answer);
        *text.next = '\0';
    }
    output_wrapped(output, "     ", reply->answer ? room : reply->instead);
    if (reply->with_key)
        write_key(output, question->key);
}
