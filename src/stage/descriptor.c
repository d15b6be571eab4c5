/* descriptor: from numbers to sockets. */
#include "descriptor.h"

#include <dirent.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fdtable.h"

enum {
    SET_MOST = 1024 // descriptors of one set that are looked at
};

/* Stands in the set beside inodes of sockets that are not of IP. */
static const uint64_t not_of_ip = (uint64_t)1 << 63;

/* A set of inodes: open addressing, at most half full. */
struct descriptors {
    uint64_t *inodes;
    size_t size, count;
    bool sees_all; // every socket() is seen
    struct fdtable table;
};

struct descriptors *
descriptors_new(bool sees_all)
{
    struct descriptors *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->sees_all = sees_all;
    d->size = 1024;
    d->inodes = calloc(d->size, sizeof *d->inodes);
    if (d->inodes)
        return d;
    free(d);
    return NULL;
}

void
descriptors_free(struct descriptors *d)
{
    if (d)
        free(d->inodes);
    free(d);
}

static uint64_t *
place_of(const struct descriptors *d, uint64_t inode)
{
    size_t i = (size_t)(inode * 0x9e3779b97f4a7c15u) & (d->size - 1);
    while (d->inodes[i] && d->inodes[i] != inode)
        i = (i + 1) & (d->size - 1);
    return &d->inodes[i];
}

static void
grow(struct descriptors *d)
{
    struct descriptors larger = { .size = 2 * d->size };
    larger.inodes = calloc(larger.size, sizeof *larger.inodes);
    if (!larger.inodes)
        return;
    for (size_t i = 0; i < d->size; i++)
        if (d->inodes[i])
            *place_of(&larger, d->inodes[i]) = d->inodes[i];
    free(d->inodes);
    d->inodes = larger.inodes;
    d->size = larger.size;
}

void
descriptors_learn(struct descriptors *d, uint64_t inode)
{
    if (inode == 0)
        return;
    if (2 * d->count >= d->size)
        grow(d);
    uint64_t *place = place_of(d, inode);
    if (*place == inode || d->count + 1 == d->size)
        return;
    *place = inode;
    d->count++;
}

static bool
link_of(const struct thread *thread, int fd, char *target, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", thread->tid, fd);
    ssize_t n = fd < 0 ? -1 : readlink(path, target, size - 1);
    target[n > 0 ? n : 0] = '\0';
    return n > 0;
}

static uint64_t
ask_proc(const struct thread *thread, int fd)
{
    static const char socket[] = "socket:[";
    char target[64];
    if (link_of(thread, fd, target, sizeof target) &&
        !strncmp(target, socket, sizeof socket - 1))
        return strtoull(target + sizeof socket - 1, NULL, 10);
    return 0;
}

uint64_t
descriptor_socket(struct descriptors *d, const struct thread *thread, int fd)
{
    uint64_t inode;
    if (!fdtable_find(&d->table, thread, fd, &inode)) {
        inode = ask_proc(thread, fd);
        fdtable_know(&d->table, thread, fd, inode);
    }
    return inode;
}

void
descriptors_fork(struct descriptors *d, const struct thread *thread,
                 const struct thread *child)
{
    fdtable_fork(&d->table, thread, child);
}

void
descriptors_forget(struct descriptors *d, pid_t pid)
{
    fdtable_forget(&d->table, pid);
}

bool
descriptors_are_seen(const struct descriptors *d)
{
    return !d->table.is_off;
}

static bool
is_known(const struct descriptors *d, uint64_t inode)
{
    return inode && *place_of(d, inode) == inode;
}

uint64_t
descriptor_inode(struct descriptors *d, const struct thread *thread, int fd)
{
    uint64_t inode = descriptor_socket(d, thread, fd);
    return is_known(d, inode) ? inode : 0;
}

bool
descriptor_is(const struct thread *thread, int fd, const char *path)
{
    char target[4096];
    return link_of(thread, fd, target, sizeof target) && !strcmp(target, path);
}

/* ---- What a call is about ------------------------------------------------ */

struct question {
    struct descriptors *descriptors;
    const struct thread *thread;
    struct call_socket answer;
};

static void
answer(struct question *q, uint64_t inode)
{
    bool another = q->answer.concerns && q->answer.inode != inode;
    q->answer.inode = another ? 0 : inode;
    q->answer.concerns = true;
}

/* One more descriptor that the call names. */
static void
ask(struct question *q, int fd)
{
    uint64_t inode = descriptor_inode(q->descriptors, q->thread, fd);
    if (inode)
        answer(q, inode);
}

static void
ask_poll(struct question *q)
{
    struct pollfd set[64];
    uint64_t at = q->thread->arguments[0], left = q->thread->arguments[1];
    if (left > SET_MOST)
        left = SET_MOST;
    while (left > 0) {
        size_t some = left < 64 ? (size_t)left : 64;
        size_t got = tracee_memory(q->thread, at, set, some * sizeof set[0]);
        for (size_t i = 0; i < got / sizeof set[0]; i++)
            ask(q, set[i].fd);
        if (got < some * sizeof set[0])
            return;
        at += got;
        left -= some;
    }
}

static void
ask_select(struct question *q)
{
    fd_set set;
    int most = (int)q->thread->arguments[0];
    for (int i = 1; i <= 3; i++) {
        uint64_t at = q->thread->arguments[i];
        if (!at || tracee_memory(q->thread, at, &set, sizeof set) != sizeof set)
            continue;
        for (int fd = 0; fd < most && fd < FD_SETSIZE; fd++)
            if (FD_ISSET(fd, &set))
                ask(q, fd);
    }
}

/* The kernel lists what an epoll descriptor watches: "tfd: 5 events: ...". */
static void
ask_epoll(struct question *q)
{
    char path[64], line[256];
    int fd;
    snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", q->thread->tid,
             (int)q->thread->arguments[0]);
    FILE *info = fopen(path, "re");
    while (info && fgets(line, sizeof line, info))
        if (sscanf(line, "tfd: %d", &fd) == 1)
            ask(q, fd);
    if (info)
        fclose(info);
}

static void
ask_range(struct question *q, unsigned first, unsigned last)
{
    char path[64];
    const struct dirent *entry;
    snprintf(path, sizeof path, "/proc/%d/fd", q->thread->tid);
    DIR *folder = opendir(path);
    while (folder && (entry = readdir(folder))) {
        unsigned fd = (unsigned)strtoul(entry->d_name, NULL, 10);
        if (entry->d_name[0] != '.' && fd >= first && fd <= last)
            ask(q, (int)fd);
    }
    if (folder)
        closedir(folder);
}

/*
 * A socket whose making was not seen shows by its address whether it is of IP, and
 * a listening one by having none of another kind.
 */
static void
learn_family(struct descriptors *d, const struct call_row *row,
             const struct thread *thread, uint64_t inode)
{
    int family = thread->address.ss_family;
    bool of_ip = family == AF_INET || family == AF_INET6;
    bool binds = row->number == SYS_bind;
    if (row->number == SYS_listen)
        of_ip = !is_known(d, inode | not_of_ip);
    else if (!binds && row->number != SYS_connect)
        return;
    if (of_ip)
        descriptors_learn(d, inode);
    else if (binds && family != AF_UNSPEC)
        descriptors_learn(d, inode | not_of_ip);
}

static void
ask_first(struct question *q, const struct call_row *row)
{
    uint64_t inode = descriptor_socket(q->descriptors, q->thread,
                                       (int)q->thread->arguments[0]);
    if (inode && !q->descriptors->sees_all)
        learn_family(q->descriptors, row, q->thread, inode);
    if (is_known(q->descriptors, inode))
        answer(q, inode);
}

static void
ask_about(struct question *q, const struct call_row *row)
{
    const uint64_t *arguments = q->thread->arguments;
    switch (row->about) {
    case ABOUT_FIRST_OR_SECOND:
        ask(q, (int)arguments[1]);
        ask(q, (int)arguments[0]);
        break;
    case ABOUT_FIRST:
        ask_first(q, row);
        break;
    case ABOUT_SECOND:
        ask(q, (int)arguments[0]);
        ask(q, (int)arguments[2]);
        break;
    case ABOUT_DOMAIN:
        q->answer.concerns =
            (int)arguments[0] == AF_INET || (int)arguments[0] == AF_INET6;
        break;
    case ABOUT_POLL:
        ask_poll(q);
        break;
    case ABOUT_SELECT:
        ask_select(q);
        break;
    case ABOUT_EPOLL:
        ask_epoll(q);
        break;
    case ABOUT_EPOLL_CONTROL:
        ask(q, (int)arguments[2]);
        break;
    case ABOUT_RANGE:
        ask_range(q, (unsigned)arguments[0], (unsigned)arguments[1]);
        break;
    case ABOUT_ALL:
        if (q->descriptors->count > 0)
            ask_range(q, 0, UINT_MAX);
        break;
    case ABOUT_ALWAYS:
        q->answer.concerns = true;
        break;
    case ABOUT_NOTHING:
        break;
    }
}

struct call_socket
descriptor_concern(struct descriptors *descriptors, const struct call_row *row,
                   struct thread *thread)
{
    struct question q = { .descriptors = descriptors, .thread = thread };
    fdtable_stop(&descriptors->table, thread);
    if (row)
        ask_about(&q, row);
    fdtable_call(&descriptors->table, thread);
    return q.answer;
}
