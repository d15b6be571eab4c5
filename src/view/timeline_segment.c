/* timeline_segment: a segment's numbers, and what stands above its connection.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../text/drawing.h"
#include "../text/words.h"
#include "timeline.h"

/* "seq A+1 (rel 1, abs 2000860280)" */
static void
add_sequence(struct text *t, const struct view *view, const struct event *event,
             const char *label, enum role role, uint32_t number, bool whole)
{
    const struct connection *c = event->connection;
    bool known = c && isn_known(c, role);
    text_add(t, label);
    if (known) {
        const char *start = t->next;
        text_symbol(t, c, role, number);
        if (!whole)
            return;
        text_pad(t, start, 5);
        text_format(t, "(rel %s%n",
                    relative_number(c, role, number) < 0 ? "-" : "",
                    (uint64_t)llabs(relative_number(c, role, number)));
        if (!view->options.relative)
            text_format(t, ", abs %n", (uint64_t)number);
        text_char(t, ')');
    } else {
        text_format(t, "abs %n", (uint64_t)number);
    }
}

static enum role
acknowledged(const struct event *event)
{
    bool self =
        event->connection && connection_has(event->connection, CONNECTION_SELF);
    return self ? event->seen.from : role_other(event->seen.from);
}

static void
add_data(struct text *t, const struct event *event)
{
    uint32_t length = event->decoded->segment.data_length;
    text_format(t, length == 1 ? "%n data byte" : "%n data bytes",
                (uint64_t)length);
}

/* Two rows: seq, then ack, each with all it is called. */
static void
add_whole_numbers(struct view *view, const struct event *event)
{
    const struct segment *s = &event->decoded->segment;
    char words[128];
    struct text t = text_over(words, sizeof words);
    struct row *row = rows_add(rows_of(view));
    add_sequence(&t, view, event, "seq ", event->seen.from, s->seq, true);
    rows_put(rows_of(view), row, TIMELINE_ARROW, words,
             (size_t)(t.next - words));
    if (s->flags & SEG_ACK) {
        row = rows_add(rows_of(view));
        t = text_over(words, sizeof words);
        add_sequence(&t, view, event, "ack ", acknowledged(event), s->ack,
                     true);
        rows_put(rows_of(view), row, TIMELINE_ARROW, words,
                 (size_t)(t.next - words));
    }
    t = text_over(words, sizeof words);
    add_data(&t, event);
    rows_put(rows_of(view), row, TIMELINE_RIGHT_STATE, words,
             (size_t)(t.next - words));
}

static void
add_short_numbers(struct view *view, const struct event *event)
{
    const struct segment *s = &event->decoded->segment;
    char words[256];
    struct text t = text_over(words, sizeof words);
    struct row *row = rows_add(rows_of(view));
    add_sequence(&t, view, event, "seq ", event->seen.from, s->seq, false);
    if (s->flags & SEG_ACK)
        add_sequence(&t, view, event, ", ack ", acknowledged(event), s->ack,
                     false);
    rows_put(rows_of(view), row, TIMELINE_ARROW, words,
             (size_t)(t.next - words));
    int column = TIMELINE_ARROW + (int)(t.next - words) + 1;
    t = text_over(words, sizeof words);
    add_data(&t, event);
    rows_put(rows_of(view), row,
             column > TIMELINE_RIGHT_STATE ? column : TIMELINE_RIGHT_STATE,
             words, (size_t)(t.next - words));
}

void
timeline_add_marks(struct view *view, const struct event *event, uint32_t is)
{
    char words[256];
    struct text t = text_over(words, sizeof words);
    text_is(&t, is & ~(uint32_t)IS_HANDSHAKE_ACK);
    if (view->options.options && event->kind == EVENT_SEGMENT)
        text_options(&t, &event->decoded->segment);
    if (t.next > words)
        rows_put(rows_of(view), rows_add(rows_of(view)), TIMELINE_ARROW,
                 words + 2, (size_t)(t.next - words) - 2);
}

/* A above the SYN, and B in the same row if it comes soon. */
static void
add_isn(struct view *view, const struct event *event, enum role role)
{
    struct timeline *line = view->timeline;
    char words[64];
    const struct end *end = &event->connection->ends[role];
    int n =
        snprintf(words, sizeof words, "%c = %s's ISN = abs %u",
                 role == ROLE_CLIENT ? 'A' : 'B', role_names[role], end->iss);
    struct row *row = rows_find(&line->rows, line->isn_row);
    if (role == ROLE_SERVER && row) {
        rows_put(&line->rows, row, ROW_RIGHT, words, (size_t)n);
        return;
    }
    row = rows_add(&line->rows);
    line->isn_row = row->number;
    rows_put(&line->rows, row, 0, words, (size_t)n);
}

static void
add_heading(struct view *view, const struct event *event)
{
    struct row *row = rows_add(rows_of(view));
    rows_put(rows_of(view), row, 4, "time", 4);
    for (int r = 0; r < ROLES; r++) {
        char words[ENDPOINT_TEXT + 64], endpoint[ENDPOINT_TEXT];
        enum role role = (enum role)r;
        enum side side = timeline_side_of_role(event, role);
        endpoint_to_text(&event->connection->endpoints[role], endpoint);
        snprintf(words, sizeof words, "%s %s",
                 role == ROLE_CLIENT ? "CLIENT" : "SERVER", endpoint);
        rows_put(rows_of(view), row,
                 side == SIDE_LEFT ? ROW_LEFT : TIMELINE_RIGHT_STATE - 8, words,
                 strlen(words));
    }
}

static void
introduce(struct view *view, const struct event *event)
{
    const struct connection *c = event->connection;
    enum role from = event->seen.from;
    if (!c)
        return;
    if (event->seen.begins)
        add_heading(view, event);
    for (int r = 0; r < ROLES; r++) {
        enum role role = (enum role)r;
        bool told_now = role == from && c->ends[role].segments == 1;
        if (isn_known(c, role) && (event->seen.begins || told_now))
            add_isn(view, event, role);
    }
}

/* On a wire nobody knows yet which ACK completes the handshake: the first. */
static bool
opens(const struct event *event)
{
    const struct connection *c = event->connection;
    if (event->decoded->segment.flags & SEG_SYN ||
        event->seen.is & IS_HANDSHAKE_ACK)
        return true;
    return event->flight && c && event->seen.is & IS_ACK &&
           !connection_has(c, CONNECTION_OPENED) &&
           end_knows(&c->ends[event->seen.from], END_SYN_SENT);
}

void
timeline_segment(struct view *view, const struct event *event)
{
    introduce(view, event);
    struct row *row = timeline_row(view, event);
    timeline_put_states(view, row, event);
    timeline_put_arrow(view, row, event);
    if (view->options.absolute || opens(event))
        add_whole_numbers(view, event);
    else
        add_short_numbers(view, event);
    timeline_add_marks(view, event, event->seen.is);
    if (event->flight)
        timeline_note_departure(view, row, event);
}
