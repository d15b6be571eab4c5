/*
 * timeline_flight: arrows, and how far they have come.
 *
 * A segment that arrives while nothing but its sender's own doings stands below
 * it is completed where it left. So is what the wire decides about it there.
 */
#include "../text/words.h"
#include "timeline.h"

enum {
    LABEL_ROOM = 160
};

static const char on_the_way[] = "- - -";

static bool
goes_right(const struct event *event)
{
    return timeline_side_of_role(event, event->seen.from) == SIDE_LEFT;
}

/* "#2 FIN" */
static void
add_label(struct text *t, const struct event *event)
{
    if (event->connection_number > 1)
        text_format(t, "#%n ", (uint64_t)event->connection_number);
    text_add(t, segment_name(&event->decoded->segment));
}

/* " (flags FIN+PSH+ACK)", when the name leaves one out. An arrow that has
 * something else to tell leaves that out when there is no room for it. */
static void
add_flags(struct text *t, const struct event *event, const char *words,
          const char *tail)
{
    const struct segment *s = &event->decoded->segment;
    char *before = t->next;
    if (!segment_flags_say_more(s))
        return;
    text_add(t, " (flags ");
    text_flags(t, s->flags);
    text_char(t, ')');
    if (strlen(tail) > 1 &&
        t->next - words + 2 + (int)strlen(tail) > TIMELINE_ARROW_WIDTH)
        t->next = before;
}

/* "DATA seq A+1": far from where it left it needs its number. */
static void
add_numbered_label(struct text *t, const struct event *event)
{
    add_label(t, event);
    text_char(t, ' ');
    text_which(t, event->connection, event->seen.from,
               &event->decoded->segment);
}

/* ---- Arrows -------------------------------------------------------------- */

static void
put(struct view *view, struct row *row, const char *words, const struct text *t)
{
    rows_put(rows_of(view), row, TIMELINE_ARROW, words,
             (size_t)(t->next - words));
}

/* Dashes, and `tail` where the arrow ends; without dashes, the head alone. */
static void
add_dashes(struct text *t, const char *words, const char *tail)
{
    bool full = t->next - words >= TIMELINE_ARROW_WIDTH - (int)strlen(tail);
    if (full && strlen(tail) == 1) {
        text_char(t, *tail == '>' ? '>' : ' ');
        return;
    }
    text_char(t, ' ');
    while (t->next - words < TIMELINE_ARROW_WIDTH - (int)strlen(tail))
        text_char(t, '-');
    text_add(t, tail);
}

/* It left: "---- SYN ----------------- - - -" */
static void
put_leaving(struct view *view, struct row *row, const struct event *event)
{
    char words[LABEL_ROOM];
    struct text t = text_over(words, sizeof words);
    bool right = goes_right(event);
    text_add(&t, right ? "---- " : "- - - ");
    add_label(&t, event);
    add_flags(&t, event, words, right ? " - - -" : "-");
    add_dashes(&t, words, right ? " - - -" : "-");
    put(view, row, words, &t);
}

/* It arrives: "- - - SYN -------------------->" */
static void
put_arriving(struct view *view, struct row *row, const struct event *event)
{
    char words[LABEL_ROOM];
    struct text t = text_over(words, sizeof words);
    bool right = goes_right(event);
    text_add(&t, right ? "- - - " : "<--- ");
    add_numbered_label(&t, event);
    add_dashes(&t, words, right ? ">" : " - - -");
    put(view, row, words, &t);
}

/* The whole way, with how long it took when that is to be seen:
 * "---- SYN ---------- 20.003 ms ->" */
static void
put_whole(struct view *view, struct row *row, const struct event *event,
          int64_t took_ns)
{
    char words[LABEL_ROOM], tail[48];
    struct text t = text_over(words, sizeof words);
    struct text end = text_over(tail, sizeof tail - 1);
    bool right = goes_right(event);
    if (took_ns > FLIGHT_AT_ONCE_NS)
        text_format(&end, " %m ms -", took_ns);
    text_char(&end, right ? '>' : '-');
    *end.next = '\0';
    text_add(&t, right ? "---- " : "<--- ");
    add_label(&t, event);
    add_flags(&t, event, words, tail);
    add_dashes(&t, words, tail);
    put(view, row, words, &t);
}

void
timeline_put_arrow(struct view *view, struct row *row,
                   const struct event *event)
{
    if (event->flight)
        put_leaving(view, row, event);
    else
        put_whole(view, row, event, 0);
}

/* ---- Where it left ------------------------------------------------------- */

void
timeline_note_departure(struct view *view, const struct row *row,
                        const struct event *event)
{
    struct timeline *line = view->timeline;
    uint32_t place = line->departure_next++ % TIMELINE_DEPARTURES;
    line->departures[place] = (struct departure_row){
        .event = event->number, .row = row->number, .last = line->rows.number
    };
}

static struct departure_row *
find_departure(struct timeline *line, uint64_t event)
{
    for (int i = 0; i < TIMELINE_DEPARTURES; i++)
        if (line->departures[i].event == event)
            return &line->departures[i];
    return NULL;
}

/* The row where it left, if what stands below is only its sender's, which does
 * not see what becomes of it; or if nothing does, where that is needed. */
static struct row *
row_to_complete(struct view *view, const struct event *event, bool bare)
{
    struct rows *rows = rows_of(view);
    struct departure_row *left =
        find_departure(view->timeline, event->flight->event);
    if (!left || left->has_fate || (bare && left->last != rows->number))
        return NULL;
    unsigned sender = 1u << timeline_side_of_role(event, event->seen.from);
    for (uint64_t n = left->last + 1; n <= rows->number; n++)
        if (rows_find(rows, n) && rows_find(rows, n)->sides != sender)
            return NULL;
    left->has_fate = true;
    return rows_find(rows, left->row);
}

/* ---- What becomes of it -------------------------------------------------- */

/* Where its arrival stands by itself, with what its receiver says of it. */
static void
show_arrival(struct view *view, const struct event *event)
{
    struct row *row = timeline_row(view, event);
    timeline_put_states(view, row, event);
    put_arriving(view, row, event);
    timeline_add_marks(view, event, event->seen.is);
    if (event->flight->corrupted) {
        static const char words[] = "corrupted: its receiver throws it away";
        rows_put(rows_of(view), rows_add(rows_of(view)), TIMELINE_ARROW, words,
                 sizeof words - 1);
    }
    view->timeline->had_flight = true;
}

static void
arrive(struct view *view, const struct event *event)
{
    bool first = !event->flight->corrupted && event->flight->arrived == 1;
    bool has_marks = event->seen.is & ~(uint32_t)IS_HANDSHAKE_ACK;
    struct row *row = first ? row_to_complete(view, event, has_marks) : NULL;
    if (!row) {
        show_arrival(view, event);
        return;
    }
    put_whole(view, row, event, event->time_ns - event->flight->left_ns);
    timeline_put_states(view, row, event);
    timeline_add_marks(view, event, event->seen.is);
}

void
timeline_add_fate(struct text *t, const struct entry *e)
{
    text_add(t, fate_names[e->fate]);
    if (!e->why.bytes)
        return;
    text_add(t, " (");
    text_safe(t, e->why.at, e->why.bytes);
    text_char(t, ')');
}

/* Behind its label, on the side where it went: "---- SYN ---- lost (...)", or,
 * going left, "lost (...) ---- SYN ----" up to where the arrow began. */
static void
complete_with_fate(struct view *view, struct row *row,
                   const struct event *event)
{
    char words[2 * LABEL_ROOM], blank[TIMELINE_ARROW_WIDTH];
    struct text t = text_over(words, sizeof words);
    const int end = TIMELINE_ARROW + TIMELINE_ARROW_WIDTH;
    int column = TIMELINE_ARROW;
    bool right = goes_right(event);
    memset(blank, ' ', sizeof blank);
    rows_put(rows_of(view), row, TIMELINE_ARROW, blank, sizeof blank);
    if (!right)
        timeline_add_fate(&t, event->entry);
    text_add(&t, right ? "---- " : " ---- ");
    add_label(&t, event);
    text_add(&t, right ? " ---- " : " ----");
    if (right)
        timeline_add_fate(&t, event->entry);
    else if (t.next - words < end - ROW_LEFT)
        column = end - (int)(t.next - words);
    else
        column = ROW_LEFT;
    rows_put(rows_of(view), row, column, words, (size_t)(t.next - words));
}

static void
decide(struct view *view, const struct event *event)
{
    char words[2 * LABEL_ROOM];
    struct text t = text_over(words, sizeof words);
    struct row *row = row_to_complete(view, event, false);
    if (row) {
        complete_with_fate(view, row, event);
        return;
    }
    text_format(&t, "%s ", on_the_way);
    add_numbered_label(&t, event);
    text_char(&t, ' ');
    timeline_add_fate(&t, event->entry);
    put(view, timeline_row(view, event), words, &t);
}

void
timeline_fate(struct view *view, const struct event *event)
{
    bool arrived = event->entry->fate == FATE_ARRIVED;
    if (!event->flight)
        return;
    bool is_piece = event->decoded->kind == DECODED_FRAGMENT;
    if (event->decoded->kind == DECODED_SEGMENT) {
        if (arrived)
            arrive(view, event);
        else
            decide(view, event);
    } else if (!timeline_datagram(view, event) && (!arrived || is_piece)) {
        rows_flush(rows_of(view));
        view_text(view, event);
    }
}
