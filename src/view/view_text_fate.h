/*
 * view_text_fate: what became of a frame, as text.
 *
 * A segment that arrives at once, within FLIGHT_AT_ONCE_NS and before anything
 * else is shown, stands on one line with its arrival, as with one place of
 * capture: its line is held until then. Any other fate has a line of its own,
 * but for an arrival in time that changes no state and is nothing special.
 */
#ifndef TCPLAB_VIEW_TEXT_FATE_H
#define TCPLAB_VIEW_TEXT_FATE_H

#include "view.h"

void view_text_fate(struct view *view, const struct event *event);

/* Hold the line from `start` on, which lacks its states, until its segment
 * arrives or something else comes. */
void held_line_keep(struct view *view, const char *start,
                    const struct text *line, const struct event *event);

/* Nothing joins it any more: write it. */
void held_line_release(struct view *view);

#endif
