/*
 * view: what a reader sees of the events. Text or JSON, chosen by options.
 */
#ifndef TCPLAB_VIEW_H
#define TCPLAB_VIEW_H

#include "event.h"
#include "output.h"

enum view_as {
    VIEW_TEXT,
    VIEW_JSON
};

enum view_time {
    TIME_SINCE_START,
    TIME_DELTA,
    TIME_ABSOLUTE
};

struct view_options {
    enum view_as as;
    enum view_time time;
    bool relative, absolute; // numbers: both when neither, or both, is set
    bool options;            // TCP options
    bool header;             // the RFC's drawing, filled in
    bool data;               // the octets, escaped
    bool summary;            // connections only
    bool plain;              // no columns, at most 72 wide
    uint32_t connection;     // only this one; 0: all
    uint32_t limit;          // connections kept at once
    const char *file;        // named in every JSON line; NULL: not named
};

struct view {
    struct view_options options;
    struct output *output;
    // Text: what the last line was.
    bool started;
    int64_t first_ns, last_ns;
    uint64_t shown; // events
};

void view_init(struct view *view, const struct view_options *options,
               struct output *output);

/* An event_fn: show `event` in the view `context`. */
void view_event(void *context, const struct event *event);

/* A new capture begins: times since its start begin again. */
void view_begin_capture(struct view *view);

/* The two kinds of view. */
void view_text(struct view *view, const struct event *event);
void view_json(struct view *view, const struct event *event);

#endif
