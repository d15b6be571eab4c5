/*
 * descriptor: what stands behind a thread's descriptors, as /proc says
 * (proc(5)). Nothing is opened or copied: a copy of a socket would hold back its
 * FIN.
 */
#ifndef TCPLAB_DESCRIPTOR_H
#define TCPLAB_DESCRIPTOR_H

#include "call.h"

struct descriptors;

/* Which sockets are AF_INET or AF_INET6 is learnt as they are made; or, if not
 * every socket() is seen, as they are named. NULL with errno. */
struct descriptors *descriptors_new(bool sees_all);
void descriptors_free(struct descriptors *descriptors);

/* The socket `inode` is of TCP or UDP over IP. */
void descriptors_learn(struct descriptors *descriptors, uint64_t inode);

/* The inode of the IP socket that `fd` is in `thread`; 0: it is none. */
uint64_t descriptor_inode(struct descriptors *descriptors,
                          const struct thread *thread, int fd);

/* The inode of any socket that `fd` is in `thread`; 0: it is none. */
uint64_t descriptor_socket(struct descriptors *descriptors,
                           const struct thread *thread, int fd);

/* What the call that `thread` is about to make is about. `row` NULL: a call that the
 * table does not have. */
struct call_socket descriptor_concern(struct descriptors *descriptors,
                                      const struct call_row *row,
                                      struct thread *thread);

/* `thread` made the process or thread `child`. */
void descriptors_fork(struct descriptors *descriptors,
                      const struct thread *thread, const struct thread *child);

/* The process `pid` has become another program, or is gone. */
void descriptors_forget(struct descriptors *descriptors, pid_t pid);

/* Does every call stop that changes what a descriptor is? */
bool descriptors_are_seen(const struct descriptors *descriptors);

/* Is `fd` in `thread` the file `path`? */
bool descriptor_is(const struct thread *thread, int fd, const char *path);

#endif
