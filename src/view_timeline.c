/*
 * view_timeline: calls, segments and states in three columns.
 *
 *  time    CLIENT                                          SERVER
 *  0.000   connect(3, 127.0.0.1:7004) called
 *          SYN-SENT *   ---- SYN ----------------------->  SYN-RECEIVED *
 *                       seq A    (rel 0, abs 2000860279)   0 data bytes
 */
#include <stdio.h>
#include <stdlib.h>

#include "drawing.h"
#include "rows.h"
#include "verdict.h"
#include "view.h"
#include "words.h"

enum {
    ARROW = 23, // where segments stand
    ARROW_WIDTH = 31,
    RIGHT_STATE = 56,
    NAMES = 64,
    NAME_ROOM = 24,
    WORDS_ROOM = 4096,
};

/* What was shown last of an end's state, so that it is not shown twice. */
struct shown {
    uint32_t connection;
    uint8_t state[ROLES];
};

/* A program, and how its first process ended. */
struct ending {
    char name[NAME_ROOM];
    bool is_over;
    char how[96];
};

struct timeline {
    struct rows rows;
    struct shown shown[256]; // by connection, modulo
    struct ending endings[NAMES];
    int ending_count;
    struct row *isn_row; // the row with A, while it is kept
};

static struct rows *
rows_of(struct view *view)
{
    return &view->timeline->rows;
}

/* ---- Who ----------------------------------------------------------------- */

static enum side
side_of(struct span who)
{
    return who.bytes >= 6 && !memcmp(who.at, "server", 6) ? SIDE_RIGHT
                                                          : SIDE_LEFT;
}

/* The side of a connection's end: its program's, or its role's. */
static enum side
side_of_role(const struct event *event, enum role role)
{
    const char *other = event->who[role_other(role)];
    enum side side = role == ROLE_CLIENT ? SIDE_LEFT : SIDE_RIGHT;
    if (event->who[role])
        side = side_of(span_of(event->who[role]));
    // Both programs on one side: the roles tell them apart.
    if (other && event->who[role] && side_of(span_of(other)) == side)
        side = role == ROLE_CLIENT ? SIDE_LEFT : SIDE_RIGHT;
    return side;
}

/* "client2: " when it is not the only one on its side. */
static void
add_name(struct text *t, struct span who)
{
    if (span_is(who, "client") || span_is(who, "server") || who.bytes == 0)
        return;
    text_safe(t, who.at, who.bytes);
    text_add(t, ": ");
}

/* ---- States -------------------------------------------------------------- */

static struct shown *
shown_of(struct view *view, uint32_t connection)
{
    struct shown *shown = &view->timeline->shown[connection % 256];
    if (shown->connection != connection)
        *shown = (struct shown){ .connection = connection };
    return shown;
}

static void
put_state(struct view *view, struct row *row, enum side side,
          enum tcp_state state)
{
    char words[32];
    int n = snprintf(words, sizeof words, "%s *", state_name(state));
    int column = side == SIDE_LEFT ? ROW_LEFT : RIGHT_STATE;
    rows_put(rows_of(view), row, column, words, strlen(words));
    row->star[side] = column + n - 1;
}

/* The states that a segment changed, marked as derived. */
static void
put_states(struct view *view, struct row *row, const struct event *event)
{
    struct shown *shown = shown_of(view, event->connection_number);
    row->connection = event->connection_number;
    for (int r = 0; event->connection && r < ROLES; r++) {
        enum role role = (enum role)r;
        enum tcp_state state = (enum tcp_state)event->seen.after[role];
        if (event->seen.before[role] == event->seen.after[role])
            continue;
        put_state(view, row, side_of_role(event, role), state);
        shown->state[role] = (uint8_t)state;
    }
}

/* The kernel says what was derived: take the mark away. */
static void
confirm(struct view *view, uint32_t connection, enum side side)
{
    struct rows *rows = rows_of(view);
    for (int i = rows->count - 1; i >= 0; i--) {
        struct row *row = &rows->rows[i];
        if (row->connection != connection || !row->star[side])
            continue;
        row->text[row->star[side]] = ' ';
        row->star[side] = 0;
        return;
    }
}

static void
add_kernel_state(struct view *view, const struct event *event)
{
    const struct entry *e = event->entry;
    char words[256];
    struct text t = text_over(words, sizeof words);
    add_name(&t, e->who);
    if (e->state == STATE_LISTEN)
        text_format(&t, "LISTEN, %n of %n wait for accept",
                    (uint64_t)e->receive_queue, (uint64_t)e->send_queue + 1);
    else
        text_add(&t, state_name(e->state));
    if (event->differs)
        text_format(&t, ": kernel; segments say %s",
                    state_name(event->derived));
    struct row *row = rows_add(rows_of(view));
    rows_put_side(rows_of(view), row, side_of(e->who), words,
                  (size_t)(t.next - words));
}

static void
show_state(struct view *view, const struct event *event)
{
    const struct entry *e = event->entry;
    if (event->connection_number && !event->differs) {
        struct shown *shown = shown_of(view, event->connection_number);
        enum side side = side_of_role(event, event->role);
        if (shown->state[event->role] == e->state) {
            confirm(view, event->connection_number, side);
            return;
        }
        shown->state[event->role] = (uint8_t)e->state;
    }
    add_kernel_state(view, event);
}

/* ---- Segments ------------------------------------------------------------ */

/* "---- SYN ----------------------->" or "<--- SYN-ACK ------------------" */
static void
put_arrow(struct view *view, struct row *row, const struct event *event,
          bool to_right)
{
    char words[ARROW_WIDTH + 64];
    struct text t = text_over(words, sizeof words);
    const struct segment *s = &event->decoded->segment;
    text_add(&t, to_right ? "---- " : "<--- ");
    if (event->connection_number > 1)
        text_format(&t, "#%n ", (uint64_t)event->connection_number);
    text_add(&t, segment_name(s));
    if (segment_flags_say_more(s)) {
        text_add(&t, " (flags ");
        text_flags(&t, s->flags);
        text_char(&t, ')');
    }
    text_char(&t, ' ');
    while (t.next - words < ARROW_WIDTH)
        text_char(&t, '-');
    if (to_right)
        t.next[-1] = '>';
    rows_put(rows_of(view), row, ARROW, words, (size_t)(t.next - words));
}

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
    rows_put(rows_of(view), row, ARROW, words, (size_t)(t.next - words));
    if (s->flags & SEG_ACK) {
        row = rows_add(rows_of(view));
        t = text_over(words, sizeof words);
        add_sequence(&t, view, event, "ack ", acknowledged(event), s->ack,
                     true);
        rows_put(rows_of(view), row, ARROW, words, (size_t)(t.next - words));
    }
    t = text_over(words, sizeof words);
    add_data(&t, event);
    rows_put(rows_of(view), row, RIGHT_STATE, words, (size_t)(t.next - words));
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
    rows_put(rows_of(view), row, ARROW, words, (size_t)(t.next - words));
    int column = ARROW + (int)(t.next - words) + 1;
    t = text_over(words, sizeof words);
    add_data(&t, event);
    rows_put(rows_of(view), row, column > RIGHT_STATE ? column : RIGHT_STATE,
             words, (size_t)(t.next - words));
}

/* "retransmission, zero window": what it is beyond its name. */
static void
add_marks(struct view *view, const struct event *event)
{
    char words[256];
    struct text t = text_over(words, sizeof words);
    text_is(&t, event->seen.is & ~(uint32_t)IS_HANDSHAKE_ACK);
    if (view->options.options)
        text_options(&t, &event->decoded->segment);
    if (t.next > words)
        rows_put(rows_of(view), rows_add(rows_of(view)), ARROW, words + 2,
                 (size_t)(t.next - words) - 2);
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
    if (role == ROLE_SERVER && rows_keep(&line->rows, line->isn_row)) {
        rows_put(&line->rows, line->isn_row, ROW_RIGHT, words, (size_t)n);
        return;
    }
    line->isn_row = rows_add(&line->rows);
    rows_put(&line->rows, line->isn_row, 0, words, (size_t)n);
}

static void
add_heading(struct view *view, const struct event *event)
{
    struct row *row = rows_add(rows_of(view));
    rows_put(rows_of(view), row, 4, "time", 4);
    for (int r = 0; r < ROLES; r++) {
        char words[ENDPOINT_TEXT + 64], endpoint[ENDPOINT_TEXT];
        enum role role = (enum role)r;
        enum side side = side_of_role(event, role);
        endpoint_to_text(&event->connection->endpoints[role], endpoint);
        snprintf(words, sizeof words, "%s %s",
                 role == ROLE_CLIENT ? "CLIENT" : "SERVER", endpoint);
        rows_put(rows_of(view), row,
                 side == SIDE_LEFT ? ROW_LEFT : RIGHT_STATE - 8, words,
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

static void
show_segment(struct view *view, const struct event *event)
{
    const struct segment *s = &event->decoded->segment;
    introduce(view, event);
    struct row *row =
        rows_add_timed(rows_of(view), event->time_ns - view->first_ns);
    bool to_right = side_of_role(event, event->seen.from) == SIDE_LEFT;
    bool whole = view->options.absolute || s->flags & SEG_SYN ||
                 event->seen.is & IS_HANDSHAKE_ACK;
    put_states(view, row, event);
    put_arrow(view, row, event, to_right);
    if (whole)
        add_whole_numbers(view, event);
    else
        add_short_numbers(view, event);
    add_marks(view, event);
}

/* ---- Calls --------------------------------------------------------------- */

static void
show_call(struct view *view, const struct event *event)
{
    const struct entry *e = event->entry;
    char words[WORDS_ROOM];
    struct text t = text_over(words, sizeof words);
    add_name(&t, e->who);
    text_safe(&t, e->message.at, e->message.bytes);
    text_add(&t, " called");
    struct row *row =
        rows_add_timed(rows_of(view), event->time_ns - view->first_ns);
    row->call = event->number;
    row->side = side_of(e->who);
    rows_put_side(rows_of(view), row, row->side, words,
                  (size_t)(t.next - words));
}

/* "recv returned 5: "hello"", "connect returned -1 ECONNREFUSED (...)" */
static void
add_returned(struct text *t, const struct entry *e)
{
    add_name(t, e->who);
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

static void
show_return(struct view *view, const struct event *event)
{
    const struct entry *e = event->entry;
    char words[WORDS_ROOM];
    struct text t = text_over(words, sizeof words);
    enum side side = side_of(e->who);
    struct row *last = rows_last(rows_of(view));
    if (last && last->call && last->call == event->call) {
        add_name(&t, e->who);
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
    struct row *row =
        rows_add_timed(rows_of(view), event->time_ns - view->first_ns);
    row->is_return = true;
    row->side = side;
    rows_put_side(rows_of(view), row, side, words, (size_t)(t.next - words));
}

/* ---- Programs ------------------------------------------------------------ */

static struct ending *
ending_of(struct view *view, const struct entry *e)
{
    struct timeline *line = view->timeline;
    for (int i = 0; i < line->ending_count; i++)
        if (span_is(e->who, line->endings[i].name))
            return &line->endings[i];
    if (line->ending_count == NAMES || e->who.bytes == 0 ||
        e->who.bytes >= NAME_ROOM)
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
    char words[WORDS_ROOM];
    struct text t = text_over(words, sizeof words);
    add_name(&t, e->who);
    text_safe(&t, e->message.at, e->message.bytes);
    struct row *row =
        rows_add_timed(rows_of(view), event->time_ns - view->first_ns);
    rows_put_side(rows_of(view), row, side_of(e->who), words,
                  (size_t)(t.next - words));
}

/* The program's own end, or that of a process or thread it made. */
static void
show_exit(struct view *view, const struct event *event)
{
    const struct entry *e = event->entry;
    char words[WORDS_ROOM];
    struct text t = text_over(words, sizeof words);
    note_ending(view, e);
    add_name(&t, e->who);
    if (!e->is_first)
        text_format(&t, e->is_thread ? "thread %n " : "process %n ",
                    (uint64_t)e->tid);
    text_safe(&t, e->message.at, e->message.bytes);
    struct row *row =
        rows_add_timed(rows_of(view), event->time_ns - view->first_ns);
    rows_put_side(rows_of(view), row, side_of(e->who), words,
                  (size_t)(t.next - words));
}

static void
show_run(struct view *view, const struct event *event)
{
    char words[WORDS_ROOM];
    struct text t = text_over(words, sizeof words);
    text_safe(&t, event->entry->message.at, event->entry->message.bytes);
    text_add(&t, "; time in ms");
    rows_put(rows_of(view), rows_add(rows_of(view)), 0, words,
             (size_t)(t.next - words));
}

static void
show_other(struct view *view, const struct event *event)
{
    rows_flush(rows_of(view));
    if (event->kind == EVENT_CONNECTION && rows_of(view)->had_star) {
        struct row *row = rows_add(rows_of(view));
        static const char legend[] =
            " * derived: worked out from the segments. Too short to ask the "
            "kernel.";
        rows_put(rows_of(view), row, 0, legend, sizeof legend - 1);
        rows_flush(rows_of(view));
        rows_of(view)->had_star = false;
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
    rows_clock(rows_of(view), event->time_ns);
    if (event->entry)
        ending_of(view, event->entry);
    switch (event->kind) {
    case EVENT_SEGMENT:
        show_segment(view, event);
        break;
    case EVENT_CALL:
        show_call(view, event);
        break;
    case EVENT_RETURN:
        show_return(view, event);
        break;
    case EVENT_STATE:
        show_state(view, event);
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
        break;
    case EVENT_CONNECTION:
    case EVENT_CHECK:
    case EVENT_DATAGRAM:
    case EVENT_ICMP:
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
    char words[NAMES * 64];
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
