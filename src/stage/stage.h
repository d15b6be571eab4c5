/*
 * stage: where programs run and are watched. A process of its own, that sets up
 * a network, captures on it, starts the programs under trace, and writes what
 * it sees as a trace down a pipe.
 */
#ifndef TCPLAB_STAGE_H
#define TCPLAB_STAGE_H

#include <sys/types.h>

#include "plan.h"

/* "namespace", as --way takes it; and what it is, for a reader. */
extern const char *const way_names[WAYS];
extern const char *const way_sentences[WAYS];

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

/* A key, as holding.h has them. */
void stage_key(const struct stage *stage, const char *key);

/* End the programs, and then the trace. Safe in a signal handler. */
void stage_interrupt(const struct stage *stage);

/* After the trace has ended: take the stage's result, and if there was anything to be
 * ended with it, wait for that. False: it died without one. */
bool stage_end(struct stage *stage, struct stage_result *result);

/* Take "connect" or "client:connect", where holding begins. NULL, or what is
 * wrong with it. */
const char *stage_take_from(struct stage_plan *plan, const char *value);

/* A port of this machine that nobody uses now; 0 with errno. */
uint16_t stage_free_port(void);

#endif
