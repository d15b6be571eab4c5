/* view_timeline: three columns, from events to rows. */
#include <stdio.h>
#include <stdlib.h>

#include "timeline.h"
#include "view_crossing.h"

/* ---- Programs ------------------------------------------------------------ */

static struct ending *
ending_of(struct view *view, const struct entry *e)
{
    struct timeline *line = view->timeline;
    for (int i = 0; i < line->ending_count; i++)
        if (span_is(e->who, line->endings[i].name))
            return &line->endings[i];
    if (line->ending_count == TIMELINE_NAMES || e->who.bytes == 0 ||
        e->who.bytes >= TIMELINE_NAME_ROOM)
        return NULL;
    struct ending *ending = &line->endings[line->ending_count++];
    *ending = (struct ending){ 0 };
    memcpy(ending->name, e->who.at, e->who.bytes);
    return ending;
}

/* What a program's first process says at its end. */
static void
note_ending(struct view *view, const struct entry *e)
{
    struct ending *ending = ending_of(view, e);
    if (!ending || !e->is_first)
        return;
    struct text t = text_over(ending->how, sizeof ending->how - 1);
    text_safe(&t, e->message.at, e->message.bytes);
    *t.next = '\0';
    ending->is_over = true;
}

static void
show_words(struct view *view, const struct event *event)
{
    const struct entry *e = event->entry;
    char words[TIMELINE_WORDS];
    struct text t = text_over(words, sizeof words);
    timeline_add_name(&t, e->who);
    text_safe(&t, e->message.at, e->message.bytes);
    struct row *row = timeline_row(view, event);
    row->sides = 1u << timeline_side(e->who);
    rows_put_side(rows_of(view), row, timeline_side(e->who), words,
                  (size_t)(t.next - words));
}

/* The program's own end, or that of a process or thread it made. */
static void
show_exit(struct view *view, const struct event *event)
{
    const struct entry *e = event->entry;
    char words[TIMELINE_WORDS];
    struct text t = text_over(words, sizeof words);
    note_ending(view, e);
    timeline_add_name(&t, e->who);
    if (!e->is_first)
        text_format(&t, e->is_thread ? "thread %n " : "process %n ",
                    (uint64_t)e->tid);
    text_safe(&t, e->message.at, e->message.bytes);
    struct row *row = timeline_row(view, event);
    row->sides = 1u << timeline_side(e->who);
    rows_put_side(rows_of(view), row, timeline_side(e->who), words,
                  (size_t)(t.next - words));
}

static void
show_run(struct view *view, const struct event *event)
{
    char words[TIMELINE_WORDS];
    struct text t = text_over(words, sizeof words);
    text_safe(&t, event->entry->message.at, event->entry->message.bytes);
    text_add(&t, "; time in ms");
    rows_put(rows_of(view), rows_add(rows_of(view)), 0, words,
             (size_t)(t.next - words));
}

static void
add_legend(struct view *view, bool *had, const char *words)
{
    if (!*had)
        return;
    rows_put(rows_of(view), rows_add(rows_of(view)), 0, words, strlen(words));
    *had = false;
}

static void
show_other(struct view *view, const struct event *event)
{
    rows_flush(rows_of(view));
    if (event->kind == EVENT_CONNECTION) {
        add_legend(view, &view->timeline->had_flight,
                   " - - - on the wire: it leaves in one row and arrives in "
                   "another.");
        add_legend(view, &rows_of(view)->had_star,
                   " * derived: worked out from the segments. Too short to ask "
                   "the kernel.");
        rows_flush(rows_of(view));
    }
    view_text(view, event);
}

/* ---- The view ------------------------------------------------------------ */

static bool
begin(struct view *view)
{
    if (view->timeline)
        return true;
    view->timeline = calloc(1, sizeof *view->timeline);
    if (!view->timeline)
        return false;
    rows_init(rows_of(view), view->output);
    return true;
}

void
view_timeline(struct view *view, const struct event *event)
{
    if (!begin(view))
        return;
    if (event->kind != EVENT_STATE || !event->entry->at_rest ||
        !rows_may_rest(rows_of(view), event->time_ns))
        rows_clock(rows_of(view), event->time_ns);
    if (event->entry)
        ending_of(view, event->entry);
    switch (event->kind) {
    case EVENT_SEGMENT:
        timeline_segment(view, event);
        break;
    case EVENT_CALL:
        timeline_call(view, event);
        break;
    case EVENT_RETURN:
        timeline_note_port(view, event->entry);
        timeline_return(view, event);
        break;
    case EVENT_STATE:
        timeline_state(view, event);
        break;
    case EVENT_RUN:
        show_run(view, event);
        break;
    case EVENT_EXIT:
        show_exit(view, event);
        break;
    case EVENT_OUTPUT:
    case EVENT_SIGNAL:
    case EVENT_FORK:
        show_words(view, event);
        break;
    case EVENT_FATE:
        timeline_fate(view, event);
        break;
    case EVENT_CROSSING:
        timeline_crossing(view, event);
        break;
    case EVENT_DATAGRAM:
    case EVENT_ICMP:
        if (!timeline_datagram(view, event))
            show_other(view, event);
        break;
    case EVENT_CONNECTION:
    case EVENT_CHECK:
    case EVENT_PAIR:
    case EVENT_ARP:
    case EVENT_OTHER:
    case EVENT_MALFORMED:
        show_other(view, event);
        break;
    }
}

void
view_timeline_flush(struct view *view)
{
    if (view->timeline)
        rows_flush(rows_of(view));
}

/* "The server exits with status 0. The client ..." */
void
view_timeline_end(struct view *view)
{
    struct timeline *line = view->timeline;
    char words[TIMELINE_NAMES * 64];
    struct text t = text_over(words, sizeof words - 1);
    if (!line)
        return;
    rows_flush(rows_of(view));
    for (int i = 0; i < line->ending_count; i++) {
        const struct ending *ending = &line->endings[i];
        text_add(&t, i ? "; " : "");
        text_safe(&t, ending->name, strlen(ending->name));
        text_format(&t, ": %s",
                    ending->is_over ? ending->how : "its end was not seen");
    }
    if (t.next > words)
        text_char(&t, '.');
    *t.next = '\0';
    if (t.next > words)
        output_wrapped(view->output, "ENDS  ", words);
    free(line);
    view->timeline = NULL;
}
