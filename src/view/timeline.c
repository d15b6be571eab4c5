/* timeline: who stands on which side. */
#include "timeline.h"

enum side
timeline_side(struct span who)
{
    return who.bytes >= 6 && !memcmp(who.at, "server", 6) ? SIDE_RIGHT
                                                          : SIDE_LEFT;
}

enum side
timeline_side_of_role(const struct event *event, enum role role)
{
    const char *other = event->who[role_other(role)];
    enum side side = role == ROLE_CLIENT ? SIDE_LEFT : SIDE_RIGHT;
    if (event->who[role])
        side = timeline_side(span_of(event->who[role]));
    // Both programs on one side: the roles tell them apart.
    if (other && event->who[role] && timeline_side(span_of(other)) == side)
        side = role == ROLE_CLIENT ? SIDE_LEFT : SIDE_RIGHT;
    return side;
}

void
timeline_add_name(struct text *t, struct span who)
{
    if (span_is(who, "client") || span_is(who, "server") || who.bytes == 0)
        return;
    text_safe(t, who.at, who.bytes);
    text_add(t, ": ");
}

struct row *
timeline_row(struct view *view, const struct event *event)
{
    return rows_add_timed(rows_of(view), event->time_ns - view->first_ns);
}
