/* timeline_call: calls, and what they returned. */
#include <stdlib.h>

#include "timeline.h"

void
timeline_call(struct view *view, const struct event *event)
{
    const struct entry *e = event->entry;
    char words[TIMELINE_WORDS];
    struct text t = text_over(words, sizeof words);
    timeline_add_name(&t, e->who);
    text_safe(&t, e->message.at, e->message.bytes);
    text_add(&t, " called");
    struct row *row = timeline_row(view, event);
    row->call = event->number;
    row->side = timeline_side(e->who);
    row->sides = 1u << row->side;
    rows_put_side(rows_of(view), row, row->side, words,
                  (size_t)(t.next - words));
}

/* "recv returned 5: "hello"", "connect returned -1 ECONNREFUSED (...)" */
static void
add_returned(struct text *t, const struct entry *e)
{
    timeline_add_name(t, e->who);
    if (e->name.bytes > 3 && !memcmp(e->name.at, "get", 3)) {
        text_safe(t, e->message.at, e->message.bytes); // it was asked for
        return;
    }
    text_safe(t, e->name.at, e->name.bytes);
    if (e->interrupted) {
        text_add(t, " interrupted");
        return;
    }
    text_format(t, e->result < 0 ? " returned -%n" : " returned %n",
                (uint64_t)llabs(e->result));
    bool gives_data = e->result > 0 && e->argument_count > 1 &&
                      (span_is(e->name, "recv") || span_is(e->name, "read"));
    if (e->error.bytes) {
        text_char(t, ' ');
        text_safe(t, e->error.at, e->error.bytes);
    } else if (gives_data) {
        text_add(t, ": ");
        text_safe(t, e->arguments[1].at, e->arguments[1].bytes);
    } else if (e->result == 0 &&
               (span_is(e->name, "recv") || span_is(e->name, "read"))) {
        text_add(t, ": end of stream");
    } else if (e->name.bytes >= 6 && !memcmp(e->name.at, "accept", 6)) {
        text_add(t, ": its own socket");
    }
}

void
timeline_return(struct view *view, const struct event *event)
{
    const struct entry *e = event->entry;
    char words[TIMELINE_WORDS];
    struct text t = text_over(words, sizeof words);
    enum side side = timeline_side(e->who);
    struct row *last = rows_last(rows_of(view));
    if (last && last->call && last->call == event->call) {
        timeline_add_name(&t, e->who);
        text_safe(&t, e->message.at, e->message.bytes);
        rows_put_side(rows_of(view), last, side, words,
                      (size_t)(t.next - words));
        last->call = 0;
        return;
    }
    add_returned(&t, e);
    if (last && last->is_return &&
        rows_join(rows_of(view), last, side, words, (size_t)(t.next - words)))
        return;
    struct row *row = timeline_row(view, event);
    row->is_return = true;
    row->side = side;
    row->sides = 1u << side;
    rows_put_side(rows_of(view), row, side, words, (size_t)(t.next - words));
}
