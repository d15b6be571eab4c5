/* view_text_fate: held lines, and lines of their own. */
#include "view_text_fate.h"

#include <stdlib.h>

#include "../text/words.h"
#include "view_text_segment.h"

/* A segment's line, to which its arrival may be added. */
struct held_line {
    uint64_t event; // 0: none is held
    bool has_states;
    struct observation seen;
    size_t bytes;
    char words[OUTPUT_LINE / 2];
};

/* ---- A line that is held ------------------------------------------------- */

void
held_line_keep(struct view *view, const char *start, const struct text *line,
               const struct event *event)
{
    size_t bytes = (size_t)(line->next - start);
    if (!view->held)
        view->held = calloc(1, sizeof *view->held);
    if (!view->held || bytes > sizeof view->held->words) {
        struct text t = *line;
        text_states(&t, event->connection ? &event->seen : NULL);
        output_commit_line(view->output, &t, INDENT);
        return;
    }
    struct held_line *held = view->held;
    held->event = event->number;
    held->has_states = event->connection;
    held->seen = event->seen;
    held->bytes = bytes;
    memcpy(held->words, start, bytes);
}

/* With what `is` says beyond, and the states. */
static void
write_held(struct view *view, uint32_t is, const struct observation *seen)
{
    struct held_line *held = view->held;
    struct text t = output_line(view->output);
    text_bytes(&t, held->words, held->bytes);
    text_is(&t, is);
    text_states(&t, held->has_states ? seen : NULL);
    output_commit_line(view->output, &t, INDENT);
    held->event = 0;
}

void
held_line_release(struct view *view)
{
    if (view->held && view->held->event)
        write_held(view, 0, &view->held->seen);
}

static bool
is_at_once(const struct event *event)
{
    return event->entry->fate == FATE_ARRIVED && event->flight &&
           !event->flight->corrupted && event->flight->arrived == 1 &&
           event->time_ns - event->flight->left_ns <= FLIGHT_AT_ONCE_NS;
}

/* True: the fate stands in the held line now. */
static bool
join(struct view *view, const struct event *event)
{
    struct held_line *held = view->held;
    if (!held || !held->event || !is_at_once(event) || !event->connection ||
        event->flight->event != held->event)
        return false;
    struct observation seen = event->seen;
    memcpy(seen.before, held->seen.before, sizeof seen.before);
    write_held(view, event->seen.is, &seen);
    return true;
}

/* ---- A line of its own --------------------------------------------------- */

static bool
is_segment(const struct event *event)
{
    return event->decoded && event->decoded->kind == DECODED_SEGMENT;
}

/* Is there more to say of it than that it arrived at once? */
static bool
is_special(const struct event *event)
{
    uint32_t more = event->seen.is & ~(uint32_t)IS_HANDSHAKE_ACK;
    return event->flight && (!is_at_once(event) || more);
}

static bool
changes_state(const struct event *event)
{
    return event->connection && memcmp(event->seen.before, event->seen.after,
                                       sizeof event->seen.before) != 0;
}

/* "arrives after 250.110 ms", "lost on the wire (rule 1: drop)" */
static void
text_fate(struct text *t, const struct event *event)
{
    static const char *const words[FATES] = {
        [FATE_ARRIVED] = "arrives",
        [FATE_LOST] = "lost on the wire",
        [FATE_DOUBLED] = "doubled on the wire",
        [FATE_HELD] = "held on the wire",
        [FATE_CORRUPTED] = "corrupted on the wire",
    };
    const struct entry *e = event->entry;
    text_add(t, words[e->fate]);
    if (e->fate == FATE_ARRIVED)
        text_format(t,
                    event->flight->arrived > 1 ? " again after %m ms"
                                               : " after %m ms",
                    event->time_ns - event->flight->left_ns);
    if (e->fate == FATE_ARRIVED && event->flight->corrupted)
        text_add(t, ", corrupted: its receiver throws it away");
    if (e->why.bytes) {
        text_add(t, " (");
        text_safe(t, e->why.at, e->why.bytes);
        text_char(t, ')');
    }
    text_is(t, event->seen.is);
}

/* "seq A+1, "; by its frame, when no segment is in it. */
static void
text_what_frame(struct text *t, struct view *view, const struct event *event)
{
    const struct segment *s = &event->decoded->segment;
    if (!is_segment(event)) {
        text_format(t, "frame %n, ", event->flight->frame);
        return;
    }
    const char *name = t->next;
    text_add(t, segment_name(s));
    if (!view->options.plain)
        text_pad(t, name, 8);
    text_add(t, view->options.plain ? ", " : " ");
    text_which(t, event->connection, event->seen.from, s);
    text_add(t, ", ");
}

static void
fate_line(struct view *view, const struct event *event)
{
    struct text t = output_line(view->output);
    text_time(&t, view, event->time_ns);
    if (is_segment(event))
        text_format(&t, " #%n client %c server  ",
                    (uint64_t)event->connection_number,
                    event->seen.from == ROLE_CLIENT ? '>' : '<');
    else
        text_char(&t, ' ');
    text_what_frame(&t, view, event);
    text_fate(&t, event);
    text_states(&t, event->connection ? &event->seen : NULL);
    output_commit_line(view->output, &t, INDENT);
}

/* Who it happens to: the receiver, or the wire. */
static void
plain_fate(struct view *view, const struct event *event)
{
    bool arrived = event->entry->fate == FATE_ARRIVED;
    const char *who = arrived && is_segment(event)
                          ? role_names[role_other(event->seen.from)]
                          : "wire";
    if (is_special(event)) {
        struct text t = output_line(view->output);
        text_time(&t, view, event->time_ns);
        if (is_segment(event))
            text_format(&t, " #%n", (uint64_t)event->connection_number);
        text_format(&t, " %s: ", who);
        text_what_frame(&t, view, event);
        text_fate(&t, event);
        output_commit_line(view->output, &t, PLAIN_INDENT);
    }
    plain_states(view, event);
}

/* What is told of a frame that did not leave here says nothing. */
void
view_text_fate(struct view *view, const struct event *event)
{
    if (join(view, event))
        return;
    held_line_release(view);
    if (view->options.plain)
        plain_fate(view, event);
    else if (is_special(event) || changes_state(event))
        fate_line(view, event);
}
