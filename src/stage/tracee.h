/*
 * tracee: programs whose calls are stopped and looked at (ptrace(2)).
 *
 * The only file that sees ptrace. A seccomp filter picks the calls worth a stop
 * (filter.h); forks and threads are followed. Nothing here waits: whoever holds
 * a thread simply does not let it go on.
 */
#ifndef TCPLAB_TRACEE_H
#define TCPLAB_TRACEE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

enum stop_kind {
    STOP_ENTRY,  // a thread is about to make a call that the filter picked
    STOP_RETURN, // it came back; only after tracee_enter()
    STOP_FORK,   // it made a process or a thread, `child`
    STOP_EXEC,   // it has become another program
    STOP_SIGNAL, // a signal is about to reach it
    STOP_EXIT,   // it is about to end; its descriptors are still open
    STOP_GONE,   // it has ended
};

/* A thread under trace; lent until it is gone. */
struct thread {
    pid_t tid, pid;
    int program;     // as given to tracee_start()
    int execs;       // the first is the shell that starts the program
    bool in_call;    // between STOP_ENTRY and STOP_RETURN
    bool is_stopped; // by us, until it is let go on
    bool is_exiting; // STOP_EXIT was given
    long number;     // of the call
    uint64_t arguments[6];
    uint64_t pc, sp; // where in the program the call is made
    bool is_foreign; // it is a call of another architecture, say 32 bits
    // For whoever watches.
    uint64_t call;  // the call's number in the run; 0: not shown
    uint64_t inode; // of the call's socket
    struct sockaddr_storage address; // that the call was given
    size_t address_octets;           // 0: none
    int closing; // the descriptor its last call closes; -1: none (fdtable.c)
    bool is_printing;    // the call prints to the program's terminal
    long interrupted;    // the call that a signal interrupted; -1: none
    uint64_t kept[6];    // and its arguments
    struct thread *next; // in its bucket
};

struct stop {
    enum stop_kind kind;
    struct thread *thread;
    int64_t result;       // STOP_RETURN: as the kernel gave it
    bool is_error;        // STOP_RETURN: it is -errno
    struct thread *child; // STOP_FORK
    int signal;           // STOP_SIGNAL
    int status;           // STOP_EXIT, STOP_GONE: as wait(2) gives it
};

struct tracees;

/* NULL with errno. */
struct tracees *tracees_new(void);

/* Forget all threads; what still runs is killed when this process ends. */
void tracees_free(struct tracees *tracees);

/*
 * Start a process that runs `become` of `context`, which execs or exits, as a
 * program under trace. Returns its process number, or -1 with errno.
 */
pid_t tracee_start(struct tracees *tracees, int program,
                   void (*become)(void *context), void *context);

/* The next stop, if there is one now. False: there is none. With `waits`, wait
 * for it until a signal comes. */
bool tracees_next(struct tracees *tracees, struct stop *stop, bool waits);

/* Let a stopped thread go on: to its next picked call, or, in a call, through
 * it without a stop when it returns. A signal is delivered. */
void tracee_continue(struct tracees *tracees, struct thread *thread,
                     int signal);

/* Let it make its call; STOP_RETURN follows. */
void tracee_enter(struct tracees *tracees, struct thread *thread);

/* How many threads there are, of one program or of all (-1). */
int tracees_count(const struct tracees *tracees, int program);

/* Call `visit` for each thread. */
void tracees_each(struct tracees *tracees,
                  void (*visit)(void *context, struct thread *thread),
                  void *context);

/* `bytes` of a stopped thread's memory; returns how many could be read. */
size_t tracee_memory(const struct thread *thread, uint64_t from, void *to,
                     size_t bytes);

#endif
