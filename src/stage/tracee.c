/* tracee: ptrace(2), SEIZE and the stops it gives. */
#include "tracee.h"

#include <errno.h>
#include <linux/audit.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    BUCKETS = 1024 // a power of two
};

#if defined __x86_64__
#define NATIVE AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define NATIVE AUDIT_ARCH_AARCH64
#elif defined __riscv
#define NATIVE AUDIT_ARCH_RISCV64
#else
#error "tracee: which AUDIT_ARCH is this machine's?"
#endif

struct tracees {
    struct thread *buckets[BUCKETS];
    int count;
    pid_t gone; // STOP_GONE was given for it: nobody looks at it any more
};

struct tracees *
tracees_new(void)
{
    return calloc(1, sizeof(struct tracees));
}

static struct thread **
find_place(struct tracees *t, pid_t tid)
{
    struct thread **place = &t->buckets[(unsigned)tid % BUCKETS];
    while (*place && (*place)->tid != tid)
        place = &(*place)->next;
    return place;
}

/* The thread `tid`, made when it is new. NULL: no memory. */
static struct thread *
thread_at(struct tracees *t, pid_t tid)
{
    struct thread **place = find_place(t, tid);
    if (!*place && (*place = calloc(1, sizeof **place))) {
        **place = (struct thread){ .tid = tid,
                                   .pid = tid,
                                   .program = -1,
                                   .closing = -1,
                                   .interrupted = -1 };
        t->count++;
    }
    return *place;
}

static void
forget(struct tracees *t, pid_t tid)
{
    struct thread **place = find_place(t, tid), *gone = *place;
    if (!gone)
        return;
    *place = gone->next;
    free(gone);
    t->count--;
}

void
tracees_free(struct tracees *t)
{
    for (int i = 0; t && i < BUCKETS; i++)
        while (t->buckets[i])
            forget(t, t->buckets[i]->tid);
    free(t);
}

void
tracees_each(struct tracees *t,
             void (*visit)(void *context, struct thread *thread), void *context)
{
    for (int i = 0; i < BUCKETS; i++)
        for (struct thread *thread = t->buckets[i]; thread;
             thread = thread->next)
            visit(context, thread);
}

int
tracees_count(const struct tracees *t, int program)
{
    int count = 0;
    if (program < 0)
        return t->count;
    for (int i = 0; i < BUCKETS; i++)
        for (const struct thread *thread = t->buckets[i]; thread;
             thread = thread->next)
            count += thread->program == program;
    return count;
}

/* ---- Starting ------------------------------------------------------------ */

static const int options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
                           PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                           PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT |
                           PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;

/* The child waits, stopped, until it is seized. */
pid_t
tracee_start(struct tracees *t, int program, void (*become)(void *context),
             void *context)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        raise(SIGSTOP);
        become(context);
        _exit(127);
    }
    if (pid < 0)
        return -1;
    struct thread *thread = thread_at(t, pid);
    if (thread && waitpid(pid, &status, WUNTRACED) == pid &&
        WIFSTOPPED(status) && ptrace(PTRACE_SEIZE, pid, NULL, options) == 0) {
        thread->program = program;
        kill(pid, SIGCONT);
        return pid;
    }
    int saved = errno;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    forget(t, pid);
    errno = saved;
    return -1;
}

/* ---- Going on ------------------------------------------------------------ */

/* A thread that was killed meanwhile cannot be resumed: its end is reported by
 * itself. One that goes on already may have stopped again: that stop is still to
 * be taken. */
static void
resume(struct thread *thread, enum __ptrace_request how, int signal)
{
    if (!thread->is_stopped)
        return;
    thread->is_stopped = false;
    ptrace(how, thread->tid, NULL, (long)signal);
}

void
tracee_continue(struct tracees *t, struct thread *thread, int signal)
{
    (void)t;
    resume(thread, thread->in_call ? PTRACE_SYSCALL : PTRACE_CONT, signal);
}

void
tracee_enter(struct tracees *t, struct thread *thread)
{
    (void)t;
    thread->in_call = true;
    resume(thread, PTRACE_SYSCALL, 0);
}

/* ---- Stops --------------------------------------------------------------- */

static bool
take_entry(struct thread *thread, struct stop *stop)
{
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, thread->tid, sizeof info, &info) <= 0 ||
        info.op != PTRACE_SYSCALL_INFO_SECCOMP)
        return false;
    thread->number = (long)info.seccomp.nr;
    memcpy(thread->arguments, info.seccomp.args, sizeof thread->arguments);
    thread->pc = info.instruction_pointer;
    thread->sp = info.stack_pointer;
    thread->is_foreign = info.arch != NATIVE;
    stop->kind = STOP_ENTRY;
    return true;
}

static bool
take_return(struct thread *thread, struct stop *stop)
{
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, thread->tid, sizeof info, &info) <= 0 ||
        info.op != PTRACE_SYSCALL_INFO_EXIT)
        return false;
    thread->in_call = false;
    stop->kind = STOP_RETURN;
    stop->result = info.exit.rval;
    stop->is_error = info.exit.is_error;
    return true;
}

/* Which process a thread belongs to, as /proc says. */
static pid_t
process_of(pid_t tid)
{
    char path[64], line[256];
    pid_t pid = tid;
    snprintf(path, sizeof path, "/proc/%d/status", tid);
    FILE *status = fopen(path, "re");
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "Tgid: %d", &pid) == 1)
            break;
    if (status)
        fclose(status);
    return pid;
}

/* The child is stopped, or will be; it goes on once it is known whose it is. */
static bool
take_fork(struct tracees *t, struct thread *thread, struct stop *stop)
{
    unsigned long tid;
    if (ptrace(PTRACE_GETEVENTMSG, thread->tid, NULL, &tid) < 0)
        return false;
    struct thread *child = thread_at(t, (pid_t)tid);
    if (!child)
        return false;
    child->program = thread->program;
    child->execs = thread->execs;
    child->pid = process_of(child->tid);
    stop->kind = STOP_FORK;
    stop->child = child;
    if (child->is_stopped)
        resume(child, PTRACE_CONT, 0);
    return true;
}

/* Whichever thread called exec goes on as the first of its process; the others
 * are gone. */
static bool
take_exec(struct tracees *t, struct thread *thread, struct stop *stop)
{
    unsigned long former;
    if (ptrace(PTRACE_GETEVENTMSG, thread->tid, NULL, &former) == 0 &&
        (pid_t)former != thread->tid) {
        struct thread *caller = *find_place(t, (pid_t)former);
        if (caller) {
            struct thread *next = thread->next;
            pid_t tid = thread->tid;
            *thread = *caller;
            thread->tid = tid;
            thread->next = next;
            thread->is_stopped = true;
            forget(t, (pid_t)former);
        }
    }
    thread->execs++;
    stop->kind = STOP_EXEC;
    return true;
}

static bool
take_exit(struct thread *thread, struct stop *stop)
{
    unsigned long status;
    if (ptrace(PTRACE_GETEVENTMSG, thread->tid, NULL, &status) < 0)
        return false;
    thread->is_exiting = true;
    thread->in_call = false;
    stop->kind = STOP_EXIT;
    stop->status = (int)status;
    return true;
}

static bool
is_stopping(int signal)
{
    return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN ||
           signal == SIGTTOU;
}

/* A thread's first stop, or a stop of its whole process. */
static void
take_group_stop(struct thread *thread, int signal)
{
    if (is_stopping(signal))
        resume(thread, PTRACE_LISTEN, 0);
    else if (thread->program >= 0)
        resume(thread, thread->in_call ? PTRACE_SYSCALL : PTRACE_CONT, 0);
}

/* True: `stop` is to be given. False: nothing to tell, and the thread goes on
 * if it may. */
static bool
take_stop(struct tracees *t, struct thread *thread, int status,
          struct stop *stop)
{
    int signal = WSTOPSIG(status);
    thread->is_stopped = true;
    switch (status >> 16) {
    case PTRACE_EVENT_SECCOMP:
        return take_entry(thread, stop);
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
        return take_fork(t, thread, stop);
    case PTRACE_EVENT_EXEC:
        return take_exec(t, thread, stop);
    case PTRACE_EVENT_EXIT:
        return take_exit(thread, stop);
    case PTRACE_EVENT_STOP:
        take_group_stop(thread, signal);
        return false;
    default:
        break;
    }
    if (signal == (SIGTRAP | 0x80))
        return take_return(thread, stop);
    stop->kind = STOP_SIGNAL;
    stop->signal = signal;
    return true;
}

static bool
take_status(struct tracees *t, struct thread *thread, int status,
            struct stop *stop)
{
    *stop = (struct stop){ .thread = thread };
    if (!WIFSTOPPED(status)) {
        stop->kind = STOP_GONE;
        stop->status = status;
        return true;
    }
    if (take_stop(t, thread, status, stop))
        return true;
    bool listens = status >> 16 == PTRACE_EVENT_STOP;
    if (thread->is_stopped && !listens)
        tracee_continue(t, thread, 0);
    return false;
}

bool
tracees_next(struct tracees *t, struct stop *stop, bool waits)
{
    int status, how = waits ? __WALL : __WALL | WNOHANG;
    pid_t tid;
    if (t->gone)
        forget(t, t->gone);
    t->gone = 0;
    while ((tid = waitpid(-1, &status, how)) > 0) {
        struct thread *thread = thread_at(t, tid);
        if (!thread || !take_status(t, thread, status, stop))
            continue;
        if (stop->kind == STOP_GONE)
            t->gone = tid;
        return true;
    }
    return false;
}

size_t
tracee_memory(const struct thread *thread, uint64_t from, void *to,
              size_t bytes)
{
    struct iovec here = { to, bytes }, there = { (void *)from, bytes };
    ssize_t n = process_vm_readv(thread->tid, &here, 1, &there, 1, 0);
    return n > 0 ? (size_t)n : 0;
}
