/* view: which events are shown, and by which view. */
#include "view.h"

#include <stdlib.h>

#include "view_text_fate.h"

enum {
    PLAIN_COLUMNS = 72
};

void
view_init(struct view *view, const struct view_options *options,
          struct output *output)
{
    *view = (struct view){ .options = *options, .output = output };
    if (options->plain) {
        output->columns = PLAIN_COLUMNS;
        output->wraps = true;
        output->colour = false;
    }
}

void
view_begin_capture(struct view *view)
{
    view->started = false;
}

static bool
is_wanted(const struct view_options *options, const struct event *event)
{
    if (options->quiet)
        return false;
    if (event->kind == EVENT_PAIR)
        return true;
    if (options->connection && event->connection_number != options->connection)
        return false;
    return !options->summary || event->kind == EVENT_CONNECTION;
}

/* A run tells that there are calls; it is the first thing it tells. */
static enum view_as
fitting(const struct view *view, const struct event *event)
{
    if (view->options.as != VIEW_FITTING)
        return view->options.as;
    bool has_calls = view->timeline || event->kind == EVENT_RUN;
    return has_calls && !view->options.plain && !view->options.summary
               ? VIEW_TIMELINE
               : VIEW_TEXT;
}

void
view_event(void *context, const struct event *event)
{
    struct view *view = context;
    if (!view->started) {
        view->started = true;
        view->first_ns = view->last_ns = event->time_ns;
    }
    if (!is_wanted(&view->options, event))
        return;
    view->shown++;
    switch (fitting(view, event)) {
    case VIEW_JSON:
        view_json(view, event);
        break;
    case VIEW_TIMELINE:
        view_timeline(view, event);
        break;
    case VIEW_FITTING:
    case VIEW_TEXT:
        view_text(view, event);
        break;
    }
}

void
view_idle(struct view *view)
{
    view_timeline_flush(view);
    held_line_release(view);
}

void
view_end_capture(struct view *view)
{
    view_timeline_end(view);
    held_line_release(view);
    free(view->held);
    view->held = NULL;
}
