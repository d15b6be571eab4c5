/*
 * stage: where a lab's programs run and are watched. A process of its own, that
 * sets up a network, captures on it, starts the programs, and writes what it
 * sees as a trace down a pipe.
 */
#ifndef TCPLAB_STAGE_H
#define TCPLAB_STAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The ways in, in the order they are tried. */
enum way {
    WAY_NAMESPACE, // a private network in a user namespace
    WAY_ROOT,      // a private network, made as root
    WAY_LOOPBACK,  // this machine's loopback interface, filtered by port
    WAY_RECORDED,  // no packets of our own: a trace of the kit's
    WAYS,
};

/* "namespace", as --way takes it; and what it is, for a reader. */
extern const char *const way_names[WAYS];
extern const char *const way_sentences[WAYS];

/* What is to happen on the stage. */
struct stage_plan {
    const char *server, *client; // shell commands
    const char *address;         // 127.0.0.1
    uint16_t port;               // where the server will listen
    uint32_t timeout_s;          // for all of it
};

/* How a program ended: as wait(2) gives it, or NOT_STARTED. */
enum {
    NOT_STARTED = -1
};

struct stage_result {
    bool listened;      // the server came to listen
    bool timed_out;     // the programs were ended
    bool interrupted;   // stage_interrupt(), or its caller died
    int server, client; // how they ended
    uint64_t dropped;   // packets the kernel had no room for
};

struct stage {
    pid_t pid;
    int trace_fd;   // the trace, to be read to its end
    int result_fd;  // then a struct stage_result
    int control_fd; // a byte, or closing it, ends the run
};

/* Why a way was refused. */
struct stage_refusal {
    int number;     // errno; 0: none
    char step[512]; // what was tried
};

/*
 * Set the stage by `way` (not WAY_RECORDED), and begin. Returns 0, or -1 with
 * `refusal` filled in: then try the next way. The caller owns stage->trace_fd.
 */
int stage_begin(struct stage *stage, enum way way,
                const struct stage_plan *plan, struct stage_refusal *refusal);

/* End the programs, and then the trace. Safe in a signal handler. */
void stage_interrupt(const struct stage *stage);

/* After the trace has ended: wait for the stage, and take its result. False: it
 * died without one. */
bool stage_end(struct stage *stage, struct stage_result *result);

/* A port of this machine that nobody uses now; 0 with errno. */
uint16_t stage_free_port(void);

#endif
