/*
 * fdtable: what stands behind descriptors, remembered.
 *
 * Asking /proc takes longer than all else that a stop needs. What a descriptor
 * is changes only by calls that the filter stops: close(), close_range(), dup2(),
 * dup3(), execve(). From such a call's entry to the same thread's next call it
 * may be either, and nothing is remembered of it. An io_uring closes unseen, and
 * processes that share their descriptors (CLONE_FILES) close each other's: after
 * the first of these nothing is remembered at all.
 */
#ifndef TCPLAB_FDTABLE_H
#define TCPLAB_FDTABLE_H

#include "tracee.h"

enum {
    FDTABLE_SLOTS = 1024, // a power of two
    FDTABLE_STEP = 64,    // between two processes' slots of the same number
};

/* One number that a process has, or may just be giving up. */
struct fdtable_slot {
    pid_t pid; // 0: nothing is known
    int fd;
    uint64_t inode; // of its socket; 0: it is none
    pid_t closer;   // the thread that is closing it; 0: nobody is
};

/* All zero: nothing is known. */
struct fdtable {
    struct fdtable_slot slots[FDTABLE_SLOTS];
    pid_t closer; // of many at once
    bool is_off;
};

/* The inode of the socket that `fd` is in `thread`, 0 if it is none. False: that is
 * not known. */
bool fdtable_find(const struct fdtable *table, const struct thread *thread,
                  int fd, uint64_t *inode);

/* `fd` is that in `thread`, as the kernel said while it was stopped. */
void fdtable_know(struct fdtable *table, const struct thread *thread, int fd,
                  uint64_t inode);

/* `thread` is stopped at a call: what it closed by its last one is closed by now. */
void fdtable_stop(struct fdtable *table, struct thread *thread);

/* It is about to make that call. */
void fdtable_call(struct fdtable *table, struct thread *thread);

/* `thread` made the process `child`. */
void fdtable_fork(struct fdtable *table, const struct thread *thread,
                  const struct thread *child);

/* The process `pid` has become another program, or is gone. */
void fdtable_forget(struct fdtable *table, pid_t pid);

#endif
