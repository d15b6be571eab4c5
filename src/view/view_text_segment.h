/*
 * view_text_segment: segments as text, and what other lines share with them.
 */
#ifndef TCPLAB_VIEW_TEXT_SEGMENT_H
#define TCPLAB_VIEW_TEXT_SEGMENT_H

#include "view.h"

enum {
    INDENT = 10, // of a line that goes on
    PLAIN_INDENT = 2,
};

/* Show a segment, and above it what its connection is, when that is new. */
void view_text_segment(struct view *view, const struct event *event);

/* The lines "connection 1  client 192.0.2.1:40000 ...". */
void endpoints_line(struct view *view, const struct event *event);

/* The time, as the options ask for it. */
void text_time(struct text *text, struct view *view, int64_t time_ns);

/* The states that change, ".  client SYN-SENT"; none for NULL. */
void text_states(struct text *text, const struct observation *seen);

/* The same in plain text, a line each. */
void plain_states(struct view *view, const struct event *event);

#endif
