/*
 * unwind: where in its source a stopped thread makes its call, by the first
 * frame of its stack that has a line (libdw).
 */
#ifndef TCPLAB_UNWIND_H
#define TCPLAB_UNWIND_H

#include "tracee.h"

struct source_line {
    char file[64]; // "client.c", without its folder
    uint32_t line;
};

/* False: not known; the program was built without -g, or is interpreted. */
bool unwind_source(const struct thread *thread, struct source_line *where);

/* The thread's process has become another program, or is gone. */
void unwind_forget(const struct thread *thread);

#endif
