/*
 * view_crossing: what a router rewrote, as each view shows it: once for each
 * direction of a connection, where its first segment crosses.
 */
#ifndef TCPLAB_VIEW_CROSSING_H
#define TCPLAB_VIEW_CROSSING_H

#include <jansson.h>

#include "view.h"

/* EVENT_CROSSING. */
void view_text_crossing(struct view *view, const struct event *event);
void timeline_crossing(struct view *view, const struct event *event);
void crossing_json(const struct event *event, json_t *line);

/* EVENT_CONNECTION: which other names its ends have on the other side. */
void view_text_translation(struct view *view, const struct event *event);
void translation_json(const struct event *event, json_t *line);

#endif
