/* timeline_state: states, derived and as the kernel says. */
#include <stdio.h>

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

static void
put_state(struct view *view, struct row *row, enum side side,
          enum tcp_state state)
{
    char words[32];
    int column = side == SIDE_LEFT ? ROW_LEFT : TIMELINE_RIGHT_STATE;
    int n = snprintf(words, sizeof words, "%s *", state_name(state));
    if (side == SIDE_LEFT && column + n > TIMELINE_ARROW)
        n = snprintf(words, sizeof words, "%s*", state_name(state));
    rows_put(rows_of(view), row, column, words, strlen(words));
    row->star[side] = column + n - 1;
}

void
timeline_put_states(struct view *view, struct row *row,
                    const struct event *event)
{
    struct shown *shown = shown_of(view, event->connection_number);
    row->connection = event->connection_number;
    for (int r = 0; event->connection && r < ROLES; r++) {
        enum role role = (enum role)r;
        enum tcp_state state = (enum tcp_state)event->seen.after[role];
        if (event->seen.before[role] == event->seen.after[role])
            continue;
        put_state(view, row, timeline_side_of_role(event, role), state);
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
    timeline_add_name(&t, e->who);
    if (e->state == STATE_LISTEN)
        text_format(&t, "LISTEN, %n of %n wait for accept",
                    (uint64_t)e->receive_queue, (uint64_t)e->send_queue + 1);
    else
        text_add(&t, state_name(e->state));
    if (event->differs)
        text_format(&t, ": kernel; segments say %s",
                    state_name(event->derived));
    struct row *row = rows_add(rows_of(view));
    row->sides = 1u << timeline_side(e->who);
    rows_put_side(rows_of(view), row, timeline_side(e->who), words,
                  (size_t)(t.next - words));
}

void
timeline_state(struct view *view, const struct event *event)
{
    const struct entry *e = event->entry;
    if (event->connection_number && !event->differs) {
        struct shown *shown = shown_of(view, event->connection_number);
        enum side side = timeline_side_of_role(event, event->role);
        if (shown->state[event->role] == e->state) {
            confirm(view, event->connection_number, side);
            return;
        }
        shown->state[event->role] = (uint8_t)e->state;
    }
    add_kernel_state(view, event);
}
