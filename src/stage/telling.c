/* telling: the director's part that makes entries of stops. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "../../capture/clock.h"
#include "../text/text.h"
#include "director.h"
#include "holding.h"
#include "meeting.h"
#include "unwind.h"

enum {
    PRINTED_MAX = 4096, // octets of one entry
    MESSAGE_ROOM = 256,
};

/* An entry about `thread`, now. */
static struct entry
entry_about(const struct director *d, enum entry_kind kind,
            const struct thread *thread)
{
    return (struct entry){
        .kind = kind,
        .time_ns = d->now_ns,
        .who = span_of(thread->program >= 0 ? d->names[thread->program] : "?"),
        .pid = (uint32_t)thread->pid,
        .tid = (uint32_t)thread->tid,
    };
}

/* The shell that starts a program is no part of it. */
static bool
is_launched(const struct thread *thread)
{
    return thread->execs >= 2;
}

/* ---- Calls --------------------------------------------------------------- */

static void
put_call(struct entry *entry, const struct call_text *text)
{
    entry->message = text->text;
    entry->name = text->name;
    entry->argument_count = text->argument_count;
    memcpy(entry->arguments, text->arguments, sizeof entry->arguments);
}

/* The endpoints of a call's socket; connect() also says where to. */
static void
put_socket(const struct director *d, struct entry *entry,
           const struct thread *thread, const struct call_text *text)
{
    entry->inode = thread->inode;
    states_endpoints(d->states, entry);
    if (thread->number == SYS_connect && text->has_address) {
        entry->remote = text->address;
        entry->has_remote = true;
    }
}

/* How far must the call be followed? Where connections alone are looked at, a
 * close() is told when it is made: whether it succeeds is no question. */
static bool
ends_at_entry(const struct director *d, const struct thread *thread)
{
    return d->plan->level == LEVEL_CONNECTIONS && thread->number == SYS_close;
}

static void
go_on(struct director *d, struct thread *thread, const struct stop *returned)
{
    if (returned || ends_at_entry(d, thread))
        tracee_continue(d->tracees, thread, 0);
    else
        tracee_enter(d->tracees, thread);
}

/*
 * Where connections alone are looked at, nobody holds a call, and a connect() is
 * about a socket: so it may happen while it is read and told. It stops again when
 * it returns, and what it was given is in its memory until then.
 */
static bool
goes_on_first(const struct director *d, const struct thread *thread)
{
    return d->plan->level == LEVEL_CONNECTIONS && !d->plan->steps &&
           d->plan->meet_count == 0 && thread->number == SYS_connect &&
           thread->program >= 0 && is_launched(thread) &&
           descriptors_are_seen(d->descriptors);
}

/* Write the call of a stopped thread that may go on: that first, if nothing has to
 * be read of its memory. */
static void
write_and_go_on(struct director *d, struct thread *thread,
                const struct stop *returned, struct call_text *text)
{
    const struct call_row *row = call_find(thread->number);
    bool reads = call_reads(row, thread, returned);
    if (!reads)
        go_on(d, thread, returned);
    call_write(row, thread, returned, text);
    if (reads)
        go_on(d, thread, returned);
}

/* Tell of a call, and let it happen. */
void
director_make_call(struct director *d, struct thread *thread)
{
    struct call_text text;
    struct source_line where;
    struct entry entry = entry_about(d, ENTRY_CALL, thread);
    if (unwind_source(thread, &where)) {
        entry.file = span_of(where.file);
        entry.line = where.line;
    }
    write_and_go_on(d, thread, NULL, &text);
    put_call(&entry, &text);
    put_socket(d, &entry, thread, &text);
    entry.call = thread->call;
    recorder_entry(d->recorder, &entry);
}

/* `--from connect`, or `--from client:connect`. Does it name the program of this
 * thread, and the call, as it is shown or as the kernel has it? */
static bool
is_from(const struct director *d, const struct thread *thread,
        const struct call_row *row, bool *is_mine)
{
    const char *from = d->plan->from, *colon = from ? strchr(from, ':') : NULL;
    const char *name = d->names[thread->program];
    size_t length = colon ? (size_t)(colon - from) : 0;
    *is_mine =
        !colon || (strlen(name) == length && !strncmp(from, name, length));
    if (!from || !*is_mine)
        return false;
    const char *call = colon ? colon + 1 : from;
    return span_is(call_name(row, thread), call) || !strcmp(row->name, call);
}

/* Is it held until a key lets it go? */
static bool
is_held(struct director *d, struct thread *thread, const struct call_row *row)
{
    bool is_mine;
    bool begins = is_from(d, thread, row, &is_mine);
    d->steps |= d->plan->steps && !d->let_go && begins;
    return d->steps && is_mine && holding_call(d, thread);
}

/* Does it write to the terminal we gave its program? */
static bool
prints(const struct director *d, const struct call_row *row,
       const struct thread *thread)
{
    int fd = (int)thread->arguments[0];
    return (row->number == SYS_write || row->number == SYS_writev) &&
           thread->program >= 0 &&
           descriptor_is(thread, fd, d->actors[thread->program].terminal.path);
}

/* What was interrupted and is begun again is the same call. */
static const struct call_row *
row_of(struct thread *thread)
{
    if (thread->number == SYS_restart_syscall && thread->interrupted >= 0) {
        thread->number = thread->interrupted;
        memcpy(thread->arguments, thread->kept, sizeof thread->arguments);
    }
    thread->interrupted = -1;
    return call_find(thread->number);
}

/* At the level of connections a socket's state is asked for at rest only. */
static void
look(struct director *d, const struct thread *thread, enum gained by)
{
    if (d->plan->level != LEVEL_CALLS)
        return;
    states_look(d->states, thread->inode, by);
    d->now_ns = clock_ns(CLOCK_REALTIME); // states come before what follows
}

/* At the level of connections some calls are stopped for the numbers' sake. */
static bool
is_told(const struct director *d, const struct call_row *row)
{
    return d->plan->level == LEVEL_CALLS || row->class != CALL_MOVING;
}

static void
entered(struct director *d, struct thread *thread)
{
    const struct call_row *row = thread->is_foreign ? NULL : row_of(thread);
    d->result.has_foreign |= thread->is_foreign;
    if (row && row->number == SYS_io_uring_setup)
        d->result.has_io_uring = true;
    thread->call = 0;
    thread->is_printing = false;
    if (row && goes_on_first(d, thread))
        go_on(d, thread, NULL);
    if (row)
        call_take_address(row, thread);
    struct call_socket socket = descriptor_concern(d->descriptors, row, thread);
    if (!row || thread->program < 0) {
        tracee_continue(d->tracees, thread, 0);
        return;
    }
    thread->inode = socket.inode;
    if (socket.concerns && is_launched(thread) && is_told(d, row)) {
        thread->call = ++d->calls;
        look(d, thread, GAINED_NONE);
        if (!is_held(d, thread, row))
            meeting_call(d, thread);
    } else if (prints(d, row, thread)) {
        thread->is_printing = true;
        tracee_enter(d->tracees, thread);
    } else {
        tracee_continue(d->tracees, thread, 0);
    }
}

/* ---- Returns ------------------------------------------------------------- */

/* A call that gave a descriptor of a new socket. */
static bool
makes_socket(const struct thread *thread)
{
    return thread->number == SYS_socket || thread->number == SYS_accept ||
           thread->number == SYS_accept4;
}

/* What a socket has gained by a call that succeeded. */
static enum gained
gained_by(const struct thread *thread)
{
    switch (thread->number) {
    case SYS_connect:
        return GAINED_BY_CONNECT;
    case SYS_accept:
    case SYS_accept4:
        return GAINED_BY_ACCEPT;
    case SYS_listen:
        return GAINED_BY_LISTEN;
    default:
        return GAINED_NONE;
    }
}

static void
learn_socket(struct director *d, struct thread *thread, const struct stop *stop)
{
    if (stop->is_error || !makes_socket(thread))
        return;
    int family = thread->number == SYS_socket
                     ? (int)thread->arguments[0]
                     : states_family(d->states, thread->inode);
    thread->inode =
        descriptor_socket(d->descriptors, thread, (int)stop->result);
    descriptors_learn(d->descriptors, thread->inode);
    states_own(d->states, thread->inode, family, thread->program);
}

static void
put_result(struct entry *entry, const struct stop *stop)
{
    entry->interrupted = call_is_interrupted(stop);
    entry->has_result = !entry->interrupted;
    entry->result = stop->is_error ? -1 : stop->result;
    if (stop->is_error && !entry->interrupted)
        entry->error = span_of(strerrorname_np((int)-stop->result));
}

/* Is there anything to see while it is still stopped? */
static bool
looks_first(const struct director *d, const struct thread *thread)
{
    return (d->plan->level == LEVEL_CALLS && thread->number != SYS_socket) ||
           !descriptors_are_seen(d->descriptors);
}

static void
learn_and_look(struct director *d, struct thread *thread,
               const struct stop *stop)
{
    learn_socket(d, thread, stop);
    look(d, thread, stop->is_error ? GAINED_NONE : gained_by(thread));
}

/* Tell of a return, and let the thread go on: that first, since what its descriptors
 * are changes only by calls that stop. */
static void
tell_return(struct director *d, struct thread *thread, const struct stop *stop)
{
    struct call_text text;
    bool first = looks_first(d, thread);
    if (first)
        learn_and_look(d, thread, stop);
    struct entry entry = entry_about(d, ENTRY_RETURN, thread);
    write_and_go_on(d, thread, stop, &text);
    if (!first)
        learn_socket(d, thread, stop);
    put_call(&entry, &text);
    put_result(&entry, stop);
    entry.call = thread->call;
    put_socket(d, &entry, thread, &text);
    recorder_entry(d->recorder, &entry);
    if (!stop->is_error)
        director_happened(d, thread->program, call_find(thread->number)->name);
}

/* Octets written to the terminal, as the program had them in memory. */
static void
tell_octets(struct director *d, const struct thread *thread, uint64_t at,
            uint64_t left)
{
    char printed[PRINTED_MAX];
    while (left > 0) {
        size_t some = left < sizeof printed ? (size_t)left : sizeof printed;
        size_t got = tracee_memory(thread, at, printed, some);
        if (got == 0)
            return;
        director_output(d, thread->program, (uint32_t)thread->pid, printed,
                        got);
        at += got;
        left -= got;
    }
}

static void
tell_printed(struct director *d, const struct thread *thread,
             const struct stop *stop)
{
    struct iovec part;
    uint64_t at = thread->arguments[1];
    uint64_t left = stop->is_error ? 0 : (uint64_t)stop->result;
    if (thread->number == SYS_write)
        tell_octets(d, thread, at, left);
    while (thread->number == SYS_writev && left > 0 &&
           tracee_memory(thread, at, &part, sizeof part) == sizeof part) {
        uint64_t some = part.iov_len < left ? part.iov_len : left;
        tell_octets(d, thread, (uint64_t)part.iov_base, some);
        at += sizeof part;
        left -= some;
    }
}

static void
returned(struct director *d, struct thread *thread, const struct stop *stop)
{
    if (call_is_interrupted(stop)) {
        thread->interrupted = thread->number;
        memcpy(thread->kept, thread->arguments, sizeof thread->kept);
    }
    if (thread->is_printing) {
        tell_printed(d, thread, stop);
    } else if (thread->call) {
        tell_return(d, thread, stop);
        return;
    }
    tracee_continue(d->tracees, thread, 0);
}

/* ---- Processes ----------------------------------------------------------- */

static void
tell_signal(struct director *d, const struct thread *thread, int number)
{
    char words[MESSAGE_ROOM], name[32];
    const char *abbreviation = sigabbrev_np(number);
    struct entry entry = entry_about(d, ENTRY_SIGNAL, thread);
    if (abbreviation)
        snprintf(name, sizeof name, "SIG%s", abbreviation);
    else
        snprintf(name, sizeof name, "%d", number);
    snprintf(words, sizeof words, "signal %s (%s)", name, strsignal(number));
    entry.name = span_of(name);
    entry.number = (uint32_t)number;
    entry.message = span_of(words);
    recorder_entry(d->recorder, &entry);
}

static void
tell_fork(struct director *d, const struct thread *thread,
          const struct thread *child)
{
    char words[MESSAGE_ROOM];
    struct entry entry = entry_about(d, ENTRY_FORK, thread);
    entry.child = (uint32_t)child->tid;
    entry.is_thread = child->pid == thread->pid;
    snprintf(words, sizeof words, "new %s %d",
             entry.is_thread ? "thread" : "process", child->tid);
    entry.message = span_of(words);
    recorder_entry(d->recorder, &entry);
}

static void
tell_exit(struct director *d, const struct thread *thread, int status)
{
    char words[MESSAGE_ROOM];
    struct entry entry = entry_about(d, ENTRY_EXIT, thread);
    entry.is_thread = thread->tid != thread->pid;
    entry.is_first =
        thread->program >= 0 && d->actors[thread->program].pid == thread->tid;
    entry.status = (uint32_t)status;
    if (WIFSIGNALED(status))
        snprintf(words, sizeof words, "ended by signal %d (%s)",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(words, sizeof words, "exits with status %d",
                 WEXITSTATUS(status));
    entry.message = span_of(words);
    recorder_entry(d->recorder, &entry);
}

/* A program is over when its first process is gone. */
static void
gone(struct director *d, struct thread *thread, int status)
{
    if (!thread->is_exiting && thread->program >= 0 && is_launched(thread))
        tell_exit(d, thread, status);
    holding_forget(d, thread);
    meeting_forget(d, thread);
    for (int i = 0; i < d->plan->program_count; i++) {
        struct actor *actor = &d->actors[i];
        if (actor->pid != thread->tid || actor->is_over)
            continue;
        actor->is_over = true;
        d->result.status[i] = status;
        director_happened(d, i, "exit");
    }
    meeting_go_on(d);
    if (thread->tid == thread->pid)
        descriptors_forget(d->descriptors, thread->pid);
    unwind_forget(thread);
}

/* A server that asks every half second whether somebody came moves nothing. */
static bool
only_waits(const struct thread *thread, const struct stop *stop)
{
    const struct call_row *row = call_find(thread->number);
    return !thread->call || (row && row->class == CALL_WAITING &&
                             (stop->kind == STOP_ENTRY || stop->result <= 0));
}

bool
director_stop(struct director *d, const struct stop *stop)
{
    struct thread *thread = stop->thread;
    switch (stop->kind) {
    case STOP_ENTRY:
        entered(d, thread);
        return !only_waits(thread, stop);
    case STOP_RETURN:
        returned(d, thread, stop);
        return !only_waits(thread, stop);
    case STOP_GONE:
        gone(d, thread, stop->status);
        return true;
    case STOP_FORK:
        descriptors_fork(d->descriptors, thread, stop->child);
        if (is_launched(thread))
            tell_fork(d, thread, stop->child);
        break;
    case STOP_EXEC:
        if (is_launched(thread) && !director_await_capture(d))
            return true; // it never begins
        holding_forget(d, thread);
        meeting_forget(d, thread);
        descriptors_forget(d->descriptors, thread->pid);
        unwind_forget(thread);
        break;
    case STOP_SIGNAL:
        if (is_launched(thread))
            tell_signal(d, thread, stop->signal);
        tracee_continue(d->tracees, thread, stop->signal);
        return true;
    case STOP_EXIT:
        holding_forget(d, thread);
        meeting_forget(d, thread);
        if (is_launched(thread) || thread->tid == thread->pid)
            tell_exit(d, thread, stop->status);
        break;
    }
    tracee_continue(d->tracees, thread, 0);
    return true;
}

/* ---- Held calls ---------------------------------------------------------- */

void
director_prompt_call(struct director *d, struct thread *thread)
{
    struct call_text text;
    struct entry entry = entry_about(d, ENTRY_PROMPT, thread);
    call_write(call_find(thread->number), thread, NULL, &text);
    put_call(&entry, &text);
    entry.call = thread->call;
    states_rest(d->states);
    entry.time_ns = clock_ns(CLOCK_REALTIME);
    states_timer(d->states, &entry);
    recorder_entry(d->recorder, &entry);
}
