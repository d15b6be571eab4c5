/*
 * follow: from a source, through the events, to a view, until it ends.
 * What `show`, `watch` and `run` have in common.
 */
#ifndef TCPLAB_FOLLOW_H
#define TCPLAB_FOLLOW_H

#include "../capture/source.h"
#include "event/event.h"
#include "view/view.h"

/* Who hears every event beside the view, and that the source has ended. */
struct listener {
    event_fn *event; // NULL: nobody
    void (*end)(void *context);
    void *context;
};

/* Who is told of a held call, and waits for keys beside the source. */
struct asker {
    void (*prompt)(void *context, const struct entry *entry); // NULL: nobody
    int (*keys)(void *context); // a descriptor to wait for; -1: none now
    void (*take)(void *context);
    void *context;
};

/* Where packets come from that are not a source's: the next one, borrowed until
 * the next call, or why there is none. */
struct supply {
    enum source_result (*next)(void *context, struct packet *packet);
    void *context;
};

struct follow {
    struct output output; // standard output
    struct view view;
    struct events *events;
    struct trace_writer *save; // what is seen is also written here; or NULL
    struct listener listener;
    struct asker asker;
    bool saves_run;        // to a file of its own in runs/
    const char *save_path; // and this is its name
    int save_error;        // errno when that failed; it was told, and ends
    uint64_t packets;      // followed in the last source
};

/* Returns 0, or -1 with errno; then nothing needs closing. */
int follow_open(struct follow *follow, const struct view_options *options);
void follow_close(struct follow *follow);

/*
 * Follow `source` to its end; then every connection left is let go, and the
 * output is flushed. Returns why it ended. A view that nobody reads any more
 * ends it with SOURCE_END.
 */
enum source_result follow_source(struct follow *follow, struct source *source);

/* The same for what is supplied. */
enum source_result follow_supply(struct follow *follow,
                                 const struct supply *supply);

/* What is shown from now on is a new picture; show the last one again. */
void follow_new_picture(struct follow *follow);
void follow_last_picture(struct follow *follow);

/* The exit status that the output asks for, said on standard error; `status`
 * when it asks for none. */
int follow_status(const struct follow *follow, int status);

#endif
