/*
 * view_text_segment: one line a segment, and the lines above a connection.
 *
 *   time #connection client > server NAME seq A+1 (rel 1, abs 2000860280) ...
 */
#include "view_text_segment.h"

#include "../text/drawing.h"
#include "../text/words.h"
#include "view_text_fate.h"

/* Colour only helps the eye: each of these is also a word in the line. */
static const char *
colour_of(const struct observation *seen)
{
    if (seen->is & IS_RST)
        return "\033[31m";
    if (seen->is & (IS_RETRANSMISSION | IS_OUT_OF_ORDER))
        return "\033[35m";
    if (seen->is & (IS_SYN | IS_SYN_ACK | IS_HANDSHAKE_ACK))
        return "\033[32m";
    return seen->is & IS_FIN ? "\033[33m" : NULL;
}

void
text_time(struct text *t, struct view *view, int64_t time_ns)
{
    char room[32];
    struct text number = text_over(room, sizeof room);
    int64_t since = view->first_ns;
    if (view->options.time == TIME_ABSOLUTE) {
        text_utc(t, time_ns);
        return;
    }
    if (view->options.time == TIME_DELTA)
        since = view->last_ns;
    view->last_ns = time_ns;
    text_seconds(&number, time_ns - since);
    size_t length = (size_t)(number.next - room);
    if (!view->options.plain && length < 9)
        text_bytes(t, "         ", 9 - length);
    text_bytes(t, room, length);
}

/* "A+1 (rel 1, abs 2000860280)"; "abs 2000860280" when no ISN was seen. */
static void
text_sequence(struct text *t, const struct view_options *options,
              const struct connection *c, enum role role, uint32_t number)
{
    bool both = options->relative == options->absolute;
    if (!c || !isn_known(c, role)) {
        text_add(t, "abs ");
        text_number(t, number);
        return;
    }
    const char *symbol = t->next;
    int64_t relative = relative_number(c, role, number);
    text_symbol(t, c, role, number);
    if (options->plain && both)
        return;
    const char *end = t->next;
    text_add(t, " (");
    if (both || options->relative) {
        // The digits behind "A+" are those of the relative number.
        text_add(t, relative < 0 ? "rel -" : "rel ");
        if (relative == 0)
            text_char(t, '0');
        else
            text_bytes(t, symbol + 2, (size_t)(end - symbol) - 2);
    }
    if (both)
        text_add(t, ", ");
    if (both || options->absolute) {
        text_add(t, "abs ");
        text_number(t, number);
    }
    text_char(t, ')');
}

static void
text_numbers(struct text *t, const struct view_options *options,
             const struct event *event)
{
    const struct segment *s = &event->decoded->segment;
    enum role from = event->seen.from;
    text_add(t, "seq ");
    text_sequence(t, options, event->connection, from, s->seq);
    if (s->flags & SEG_ACK) {
        bool self = event->connection &&
                    connection_has(event->connection, CONNECTION_SELF);
        text_add(t, ", ack ");
        text_sequence(t, options, event->connection,
                      self ? from : role_other(from), s->ack);
    }
    text_add(t, ", ");
    text_number(t, s->data_length);
    text_add(t, s->data_length == 1 ? " data byte" : " data bytes");
}

static void
text_window(struct text *t, const struct event *event)
{
    const struct segment *s = &event->decoded->segment;
    bool known = false;
    uint32_t window = s->wnd;
    if (event->connection)
        window =
            end_window(&event->connection->ends[event->seen.from], s, &known);
    text_add(t, ", window ");
    text_number(t, window);
    if (!known)
        text_add(t, " (scale not seen)");
}

void
text_states(struct text *t, const struct observation *seen)
{
    const char *separator = ".  ";
    if (!seen || !memcmp(seen->before, seen->after, sizeof seen->before))
        return;
    for (int role = 0; role < ROLES; role++) {
        if (seen->before[role] == seen->after[role])
            continue;
        text_add(t, separator);
        text_add(t, role_names[role]);
        text_char(t, ' ');
        text_add(t, state_name(seen->after[role]));
        separator = ", ";
    }
}

static void
text_marks(struct text *t, const struct view_options *options,
           const struct event *event)
{
    const struct segment *s = &event->decoded->segment;
    text_is(t, event->seen.is);
    if (s->flags & SEG_URG) {
        text_add(t, ", urgent up to ");
        text_number(t, s->up);
    }
    if (s->options_cut)
        text_add(t, ", options cut by the capture");
    if (event->decoded->checksum == CHECKSUM_WRONG)
        text_add(t, ", checksum wrong");
    if (options->options)
        text_options(t, s);
}

static void
text_name(struct text *t, struct view *view, const struct event *event)
{
    const struct segment *s = &event->decoded->segment;
    const char *colour = view->output->colour ? colour_of(&event->seen) : NULL;
    if (colour)
        text_add(t, colour);
    const char *start = t->next;
    text_add(t, segment_name(s));
    if (segment_flags_say_more(s)) {
        text_add(t, " (flags ");
        text_flags(t, s->flags);
        text_char(t, ')');
    }
    if (!view->options.plain)
        text_pad(t, start, 8);
    if (colour)
        text_add(t, "\033[0m");
}

static void
data_line(struct view *view, const struct segment *s)
{
    // One octet may become four characters: `\x00`.
    enum {
        PART = 512,
        PLAIN_PART = 12,
    };

    uint32_t most = view->options.plain ? PLAIN_PART : PART;
    for (uint32_t at = 0; at < s->data_bytes; at += most) {
        uint32_t part = s->data_bytes - at < most ? s->data_bytes - at : most;
        struct text t = output_line(view->output);
        text_add(&t, at == 0 ? "          data \"" : "               \"");
        text_escaped(&t, s->data + at, part);
        text_add(&t, "\"\n");
        output_commit(view->output, &t);
    }
    if (s->data_bytes < s->data_length) {
        struct text t = output_line(view->output);
        text_format(&t, "          %n more not captured\n",
                    (uint64_t)(s->data_length - s->data_bytes));
        output_commit(view->output, &t);
    }
}

/* ---- The lines above a connection --------------------------------------- */

static void
text_connection_label(struct text *t, const struct event *event)
{
    text_add(t, "connection ");
    text_number(t, event->connection_number);
}

/* "connection 1  A = client's ISN = abs 2000860279" */
static void
isn_line(struct view *view, const struct event *event, enum role role)
{
    struct text t = output_line(view->output);
    text_connection_label(&t, event);
    text_format(&t, "  %c = %s's ISN = abs %n\n",
                role == ROLE_CLIENT ? 'A' : 'B', role_names[role],
                (uint64_t)event->connection->ends[role].iss);
    output_commit(view->output, &t);
}

void
endpoints_line(struct view *view, const struct event *event)
{
    const struct connection *c = event->connection;
    struct text t = output_line(view->output);
    text_connection_label(&t, event);
    for (int role = 0; role < ROLES; role++) {
        char endpoint[ENDPOINT_TEXT];
        endpoint_to_text(&c->endpoints[role], endpoint);
        text_format(&t, "  %s %s", role_names[role], endpoint);
    }
    output_commit_line(view->output, &t, PLAIN_INDENT);
}

/* Endpoints above the first segment; A and B when they become known. */
static void
introduce(struct view *view, const struct event *event)
{
    const struct connection *c = event->connection;
    enum role from = event->seen.from;
    if (event->seen.begins)
        endpoints_line(view, event);
    for (int role = 0; role < ROLES; role++) {
        bool told_now = role == (int)from && c->ends[role].segments == 1;
        if (isn_known(c, (enum role)role) && (event->seen.begins || told_now))
            isn_line(view, event, (enum role)role);
    }
}

/* ---- A segment ---------------------------------------------------------- */

static void
segment_line(struct view *view, const struct event *event)
{
    struct text t = output_line(view->output);
    const char *start = t.next;
    text_time(&t, view, event->time_ns);
    text_add(&t, " #");
    text_number(&t, event->connection_number);
    if (event->seen.from == ROLE_CLIENT)
        text_add(&t, " client > server  ");
    else
        text_add(&t, " client < server  ");
    text_name(&t, view, event);
    text_char(&t, ' ');
    text_numbers(&t, &view->options, event);
    text_window(&t, event);
    text_marks(&t, &view->options, event);
    if (event->flight && !view->options.header && !view->options.data) {
        held_line_keep(view, start, &t, event);
        return;
    }
    text_states(&t, event->connection ? &event->seen : NULL);
    output_commit_line(view->output, &t, INDENT);
}

void
plain_states(struct view *view, const struct event *event)
{
    const struct observation *seen = &event->seen;
    for (int role = 0; event->connection && role < ROLES; role++) {
        if (seen->before[role] == seen->after[role])
            continue;
        struct text t = output_line(view->output);
        text_time(&t, view, event->time_ns);
        text_format(&t, " #%n %s: state %s", (uint64_t)event->connection_number,
                    role_names[role], state_name(seen->after[role]));
        output_commit_line(view->output, &t, PLAIN_INDENT);
    }
}

/* A fact a line, for who listens: who did what, then what it is, then states. */
static void
plain_lines(struct view *view, const struct event *event)
{
    const struct observation *seen = &event->seen;
    struct text t = output_line(view->output);
    text_time(&t, view, event->time_ns);
    text_format(&t, " #%n %s: ", (uint64_t)event->connection_number,
                role_names[seen->from]);
    text_name(&t, view, event);
    text_add(&t, ", ");
    text_numbers(&t, &view->options, event);
    text_marks(&t, &view->options, event);
    output_commit_line(view->output, &t, PLAIN_INDENT);
    plain_states(view, event);
}

void
view_text_segment(struct view *view, const struct event *event)
{
    if (event->connection &&
        (event->seen.begins || event->seen.is & (IS_SYN | IS_SYN_ACK)))
        introduce(view, event);
    if (view->options.plain)
        plain_lines(view, event);
    else
        segment_line(view, event);
    if (view->options.header)
        draw_header(view->output, event->decoded, event->connection,
                    event->seen.from);
    if (view->options.data && event->decoded->segment.data_length)
        data_line(view, &event->decoded->segment);
}
