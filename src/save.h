/* save: what is followed is also kept in a file. */
#ifndef TCPLAB_SAVE_H
#define TCPLAB_SAVE_H

#include "follow.h"

/*
 * What `follow` will follow is saved to `path` too: packets of one interface and
 * link type. Returns 0, or -1 with errno.
 */
int save_begin(struct follow *follow, const char *path, const char *interface,
               int link_type);

/*
 * The same for a run called `name` ("04-connect"), in a new file of the folder
 * runs/. Where that cannot be, it is told on standard error, and nothing is
 * saved.
 */
void save_begin_run(struct follow *follow, const char *name);

/* What is followed is no run of this machine's: keep no file of it in runs/. */
void save_forget_run(struct follow *follow);

/* End saving, if it was begun. Returns `status`, or EXIT_SYSTEM after saying
 * what went wrong: what was written before is whole. */
int save_end(struct follow *follow, int status);

#endif
