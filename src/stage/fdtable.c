/* fdtable: a slot for each number of a process; some share one. */
#include "fdtable.h"

#include <linux/kcmp.h>
#include <sys/syscall.h>
#include <unistd.h>

static size_t
index_of(pid_t pid, int fd)
{
    return ((unsigned)pid * FDTABLE_STEP + (unsigned)fd) & (FDTABLE_SLOTS - 1);
}

static struct fdtable_slot *
slot_of(struct fdtable *table, const struct thread *thread, int fd)
{
    return &table->slots[index_of(thread->pid, fd)];
}

bool
fdtable_find(const struct fdtable *table, const struct thread *thread, int fd,
             uint64_t *inode)
{
    const struct fdtable_slot *slot = &table->slots[index_of(thread->pid, fd)];
    if (slot->pid != thread->pid || slot->fd != fd)
        return false;
    *inode = slot->inode;
    return true;
}

void
fdtable_know(struct fdtable *table, const struct thread *thread, int fd,
             uint64_t inode)
{
    struct fdtable_slot *slot = slot_of(table, thread, fd);
    if (table->is_off || table->closer || slot->closer || fd < 0)
        return;
    *slot = (struct fdtable_slot){ thread->pid, fd, inode, 0 };
}

/* It takes another one's place, too, if that has the same slot. */
static void
close_one(struct fdtable *table, const struct thread *thread, int fd)
{
    *slot_of(table, thread, fd) =
        (struct fdtable_slot){ .closer = thread->tid };
}

static void
close_many(struct fdtable *table, const struct thread *thread)
{
    for (int i = 0; i < FDTABLE_SLOTS; i++)
        table->slots[i] =
            (struct fdtable_slot){ .closer = table->slots[i].closer };
    table->closer = thread->tid;
}

void
fdtable_stop(struct fdtable *table, struct thread *thread)
{
    struct fdtable_slot *slot = slot_of(table, thread, thread->closing);
    if (thread->closing >= 0 && slot->closer == thread->tid)
        slot->closer = 0;
    thread->closing = -1;
    if (table->closer == thread->tid)
        table->closer = 0;
}

/* By calls that no stop shows. */
static void
close_unseen(struct fdtable *table, const struct thread *thread)
{
    close_many(table, thread);
    table->is_off = true;
}

static void
begin_closing(struct fdtable *table, struct thread *thread)
{
    switch (thread->number) {
    case SYS_close:
        thread->closing = (int)thread->arguments[0];
        break;
#ifdef SYS_dup2
    case SYS_dup2:
#endif
    case SYS_dup3:
        thread->closing = (int)thread->arguments[1];
        break;
    case SYS_close_range:
        close_many(table, thread);
        break;
    case SYS_io_uring_setup:
        close_unseen(table, thread);
        break;
    default:
        break;
    }
    if (thread->closing >= 0)
        close_one(table, thread, thread->closing);
}

void
fdtable_call(struct fdtable *table, struct thread *thread)
{
    if (thread->is_foreign)
        close_unseen(table, thread);
    else
        begin_closing(table, thread);
}

void
fdtable_fork(struct fdtable *table, const struct thread *thread,
             const struct thread *child)
{
    if (child->pid != thread->pid && !table->is_off &&
        syscall(SYS_kcmp, thread->pid, child->pid, KCMP_FILES, 0, 0) <= 0)
        close_unseen(table, thread);
}

void
fdtable_forget(struct fdtable *table, pid_t pid)
{
    for (int i = 0; i < FDTABLE_SLOTS; i++)
        if (table->slots[i].pid == pid)
            table->slots[i] = (struct fdtable_slot){ 0 };
}
