/*
 * view: what a reader sees of the events. Text or JSON, chosen by options.
 */
#ifndef TCPLAB_VIEW_H
#define TCPLAB_VIEW_H

#include "../event/event.h"
#include "../text/output.h"

enum view_as {
    VIEW_FITTING, // a timeline where there are calls, else text
    VIEW_TEXT,
    VIEW_TIMELINE,
    VIEW_JSON,
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
    bool quiet;              // nothing at all
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
    uint64_t shown;            // events
    int failures;              // lines that did not hold
    struct timeline *timeline; // owned; NULL while none is shown
    struct held_line *held;    // owned; NULL until a line is held
};

void view_init(struct view *view, const struct view_options *options,
               struct output *output);

/* An event_fn: show `event` in the view `context`. */
void view_event(void *context, const struct event *event);

/* A new capture begins: times since its start begin again. */
void view_begin_capture(struct view *view);

/* Nothing came for a while: show what is held back for something to join it. */
void view_idle(struct view *view);

/* A capture has ended. */
void view_end_capture(struct view *view);

/* The kinds of view. */
void view_text(struct view *view, const struct event *event);
void view_timeline(struct view *view, const struct event *event);
void view_json(struct view *view, const struct event *event);

/* Of a timeline: rows held back are shown; how the programs ended. */
void view_timeline_flush(struct view *view);
void view_timeline_end(struct view *view);

#endif
