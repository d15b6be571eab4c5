/*
 * stage: where programs run and are watched. A process of its own, that sets up
 * a network, captures on it, starts the programs under trace, and writes what
 * it sees as a trace down a pipe.
 */
#ifndef TCPLAB_STAGE_H
#define TCPLAB_STAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "filter.h"

/* The ways in, in the order they are tried. */
enum way {
    WAY_NAMESPACE, // a private network in a user namespace
    WAY_ROOT,      // a private network, made as root
    WAY_LOOPBACK,  // this machine's loopback interface, filtered by port
    WAY_CALLS,     // no packets: calls and states only
    WAY_RECORDED,  // nothing of our own: a trace of the kit's
    WAYS,
};

/* "namespace", as --way takes it; and what it is, for a reader. */
extern const char *const way_names[WAYS];
extern const char *const way_sentences[WAYS];

enum {
    PROGRAMS_MAX = 16,
    SERVER = 0, // the number of the server among a plan's programs
    START_AT_ONCE = -1,
    PINS_MAX = 32,
};

/* A program to be run, and when. */
struct stage_program {
    const char *name;       // "server", "client", "client2"
    const char *command;    // for the shell
    int input;              // descriptor of its standard input; -1: none
    int after;              // number of the program it waits for, or at once
    const char *after_call; // until this call of it succeeds; "exit": it ends
};

/* What is to happen on the stage. */
struct stage_plan {
    struct stage_program programs[PROGRAMS_MAX];
    int program_count;
    const char *address; // 127.0.0.1
    uint16_t port;       // where the server will listen
    uint32_t timeout_s;  // for all of it
    enum level level;
    bool ends_server; // once the clients have ended and nothing moves
    bool steps;       // hold each call until it is let go
    const char *from; // "connect": begin to hold at the first; or NULL
                      // "client:connect": and only calls of the client
    const char *lab, *variant;  // for the stamp; or NULL
    const char *pins[PINS_MAX]; // "net.ipv4.tcp_sack=0", beyond the kit's own
    int pin_count;
    bool unpinned; // leave the network as the kernel makes it
    size_t lot;    // any number: which processor a lab's programs share
};

/* How a program ended: as wait(2) gives it, or NOT_STARTED. */
enum {
    NOT_STARTED = -1
};

struct stage_result {
    bool timed_out;    // the programs were ended
    bool interrupted;  // stage_interrupt(), or its caller died
    bool ended_server; // it went on when its clients had ended
    bool left_behind;  // programs left processes behind, which were ended
    bool has_foreign;  // calls of another architecture, which cannot be shown
    bool has_io_uring;
    int status[PROGRAMS_MAX];
    int start_error[PROGRAMS_MAX]; // errno: it could not be started
    uint64_t dropped; // packets the kernel had no room for
    uint64_t late;    // packets that came too late for their place
    int error;        // errno: not all could be recorded
};

struct stage {
    pid_t pid;
    int trace_fd;   // the trace, to be read to its end
    int result_fd;  // then a struct stage_result
    int control_fd; // keys; 'q', or closing it, ends the run
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

/* A held call: 'n' lets it go; 'c' lets all go, and holds no more. */
void stage_key(const struct stage *stage, char key);

/* End the programs, and then the trace. Safe in a signal handler. */
void stage_interrupt(const struct stage *stage);

/* After the trace has ended: wait for the stage, and take its result. False: it
 * died without one. */
bool stage_end(struct stage *stage, struct stage_result *result);

/* Take "connect" or "client:connect", where holding begins. NULL, or what is
 * wrong with it. */
const char *stage_take_from(struct stage_plan *plan, const char *value);

/* A port of this machine that nobody uses now; 0 with errno. */
uint16_t stage_free_port(void);

#endif
