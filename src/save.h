/* save: what is followed is also kept in a file. */
#ifndef TCPLAB_SAVE_H
#define TCPLAB_SAVE_H

#include "follow.h"

/* The interfaces whose packets are saved: as struct trace_about has them. */
struct save_interfaces {
    const char *names[TRACE_INTERFACES];
    int link_type;
};

/*
 * What `follow` will follow is saved to `path` too. Returns 0, or -1 with errno.
 */
int save_begin(struct follow *follow, const char *path,
               const struct save_interfaces *interfaces);

/*
 * The same for a run called `name` ("04-connect"), in a new file of the folder
 * runs/. Where that cannot be, it is told on standard error, and nothing is
 * saved.
 */
void save_begin_run(struct follow *follow, const char *name,
                    const struct save_interfaces *interfaces);

/* What is followed is no run of this machine's: keep no file of it in runs/. */
void save_forget_run(struct follow *follow);

/* End saving, if it was begun. Returns `status`, or EXIT_SYSTEM after saying
 * what went wrong: what was written before is whole. */
int save_end(struct follow *follow, int status);

#endif
