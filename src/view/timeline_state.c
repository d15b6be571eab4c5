/* timeline_state: states, derived and as the kernel says. */
#include <stdio.h>

#include "../text/words.h"
#include "timeline.h"

static struct shown *
shown_of(struct view *view, uint32_t connection)
{
    struct shown *shown =
        &view->timeline->shown[connection % TIMELINE_CONNECTIONS];
    if (shown->connection != connection)
        *shown = (struct shown){ .connection = connection };
    return shown;
}

static int
column_of(enum side side)
{
    return side == SIDE_LEFT ? ROW_LEFT : TIMELINE_RIGHT_STATE;
}

static void
put_state(struct view *view, struct row *row, enum side side,
          enum tcp_state state)
{
    char words[32];
    int column = column_of(side);
    int n = snprintf(words, sizeof words, "%s *", state_name(state));
    if (side == SIDE_LEFT && column + n > TIMELINE_ARROW)
        n = snprintf(words, sizeof words, "%s*", state_name(state));
    rows_put(rows_of(view), row, column, words, strlen(words));
    row->star[side] = column + n - 1;
    row->supposed[side] = 0;
}

/* Is it the state of a listener that got a SYN, and has not answered yet? */
static bool
is_supposed(const struct event *event, enum role role)
{
    return event->seen.before[role] == STATE_LISTEN &&
           event->seen.after[role] == STATE_SYN_RECEIVED;
}

/* The SYN-ACK leaves: its sender is in SYN-RECEIVED since the SYN came. Where
 * that row is kept no more, it is said here. */
static void
prove(struct view *view, struct shown *shown, struct row *row,
      const struct event *event)
{
    enum role role = event->seen.from;
    enum side side = timeline_side_of_role(event, role);
    struct row *syn = rows_find(rows_of(view), shown->supposed[role]);
    if (syn)
        syn->supposed[side] = 0;
    else
        put_state(view, row, side, STATE_SYN_RECEIVED);
    shown->supposed[role] = 0;
}

void
timeline_put_states(struct view *view, struct row *row,
                    const struct event *event)
{
    struct shown *shown = shown_of(view, event->connection_number);
    row->connection = event->connection_number;
    if (event->seen.is & IS_SYN_ACK && shown->supposed[event->seen.from])
        prove(view, shown, row, event);
    for (int r = 0; event->connection && r < ROLES; r++) {
        enum role role = (enum role)r;
        enum side side = timeline_side_of_role(event, role);
        enum tcp_state state = (enum tcp_state)event->seen.after[role];
        if (event->seen.before[role] == event->seen.after[role])
            continue;
        put_state(view, row, side, state);
        shown->state[role] = (uint8_t)state;
        shown->supposed[role] = 0;
        if (is_supposed(event, role)) {
            row->supposed[side] = column_of(side);
            shown->supposed[role] = row->number;
        }
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
        row->star[side] = row->supposed[side] = 0;
        return;
    }
}

/* Is that what is drawn? A state that was only supposed is, while its row is
 * kept. */
static bool
is_drawn(struct view *view, const struct shown *shown, enum role role,
         enum tcp_state state)
{
    return shown->state[role] == state &&
           (!shown->supposed[role] ||
            rows_find(rows_of(view), shown->supposed[role]));
}

/* A row of its own in its program's column: the words, up to where `t` is. */
static void
add_row(struct view *view, const struct entry *e, const struct text *t,
        const char *words)
{
    enum side side = timeline_side(e->who);
    struct row *row = rows_add(rows_of(view));
    row->sides = 1u << side;
    rows_put_side(rows_of(view), row, side, words, (size_t)(t->next - words));
}

static void
add_kernel_state(struct view *view, const struct event *event)
{
    const struct entry *e = event->entry;
    char words[256];
    struct text t = text_over(words, sizeof words);
    timeline_add_name(&t, e->who);
    if (e->state == STATE_LISTEN)
        text_format(&t, "LISTEN, %n of %n wait for accept",
                    (uint64_t)e->receive_queue, (uint64_t)e->send_queue + 1);
    else
        text_add(&t, state_name(e->state));
    if (event->differs)
        text_format(&t, ": kernel; segments say %s",
                    state_name(event->derived));
    add_row(view, e, &t, words);
}

/* A congestion window, when it is another one. */
static void
add_cwnd(struct view *view, const struct event *event)
{
    const struct entry *e = event->entry;
    struct shown *shown = shown_of(view, event->connection_number);
    uint32_t *cwnd = &shown->cwnd[event->role];
    uint32_t *ssthresh = &shown->ssthresh[event->role];
    if (!e->cwnd || (*cwnd == e->cwnd && *ssthresh == e->ssthresh))
        return;
    *cwnd = e->cwnd;
    *ssthresh = e->ssthresh;
    char words[64];
    struct text t = text_over(words, sizeof words);
    text_cwnd(&t, e->cwnd, e->ssthresh);
    add_row(view, e, &t, words);
}

static void
show_state(struct view *view, const struct event *event)
{
    const struct entry *e = event->entry;
    if (event->connection_number && !event->differs) {
        struct shown *shown = shown_of(view, event->connection_number);
        enum side side = timeline_side_of_role(event, event->role);
        bool drawn = is_drawn(view, shown, event->role, e->state);
        shown->supposed[event->role] = 0;
        if (drawn) {
            confirm(view, event->connection_number, side);
            return;
        }
        shown->state[event->role] = (uint8_t)e->state;
    }
    add_kernel_state(view, event);
}

void
timeline_state(struct view *view, const struct event *event)
{
    show_state(view, event);
    if (event->connection_number)
        add_cwnd(view, event);
}
