/*
 * director: the stage's main loop. Programs are started when their time has
 * come, stops of their calls are told, packets are taken, until all is over.
 */
#ifndef TCPLAB_DIRECTOR_H
#define TCPLAB_DIRECTOR_H

#include "../../capture/recorder.h"
#include "../../capture/source.h"
#include "../host/names.h"
#include "../host/topology.h"
#include "descriptor.h"
#include "plan.h"
#include "states.h"
#include "terminal.h"
#include "tracee.h"

enum {
    PASSING = 256,         // frames on the wire that can still be described
    WIRES_MAX = 2,         // the client's, the server's
    DIRECTOR_DRAIN_MS = 5, // for what is still to come, again and again
};

/* What is held until a key lets it go. */
struct stopped {
    struct thread *thread; // at its call; NULL: a segment on the wire
    uint64_t frame;        // and that one's number
    int64_t time_ns;       // of the call, or when the segment left
};

/* A frame that left its sender, in case it is held. */
struct passing {
    uint64_t id;
    int64_t time_ns;  // when it left
    const char *word; // "SYN", "UDP"
    const char *from; // "client", "server"
    bool is_segment;
    struct endpoint src, dst; // if it is one
};

/* A program on the stage. */
struct actor {
    const struct stage_program *program;
    pid_t pid;      // of its first process; 0: not started
    bool is_over;   // that one has ended, or will never start
    bool may_start; // what it waits for has happened
    struct terminal terminal;
};

/* Where programs wait for each other (meeting.c). */
struct meeting {
    struct thread *waiting[PROGRAMS_MAX]; // at the call; NULL: not yet there
    bool is_over;                         // it has begun
};

/* The stage's own view of itself. */
struct director {
    const struct stage_plan *plan;
    enum way way;
    struct actor actors[PROGRAMS_MAX];
    const char *names[PROGRAMS_MAX];
    struct source *sources[WIRES_MAX]; // a wire's; the first: of all packets
    bool source_is_over[WIRES_MAX];
    int source_count;               // 0: no packets
    struct source_opening *opening; // the source is still being opened
    struct recorder *recorder;
    struct topology topology; // not ON_LOOPBACK
    struct names hosts_names; // of its hosts
    struct wire wires[WIRES_MAX];
    int wire_count;
    int public_wire; // the one that the plan is about
    struct sockstate *hosts[STATES_HOSTS];
    int host_count;
    struct states *states;
    struct tracees *tracees;
    struct filter *filter; // for programs
    struct descriptors *descriptors;
    int control;  // keys; readable or hung up
    int children; // signalfd: a thread has stopped or ended
    uint64_t calls;
    int64_t now_ns;      // CLOCK_REALTIME, at the present stop
    int64_t deadline_ns; // CLOCK_MONOTONIC; stands still while a call is held
    int64_t moved_ns;    // CLOCK_MONOTONIC: the last stop, packet or key
    bool has_rested;     // and states were asked for since
    // What is held (holding.c).
    bool steps;           // calls are
    bool let_go;          // nothing any more
    bool awaits_match;    // nothing, until a segment fits
    struct stopped *held; // held_size of them have room
    int held_count, held_size;
    struct passing passing[PASSING];
    bool is_asking; // about the first of them, with a prompt
    int64_t held_since_ns;
    struct meeting meetings[MEETINGS_MAX];
    int64_t newest_ns; // CLOCK_REALTIME: of the packets that were taken last
    int64_t looked_ns; // CLOCK_MONOTONIC: when no packet had come
    int tick_ms;       // of the timer that ends waiting for stops; 0: none
    char pins[1024];   // settings of the network, as they were made
    bool is_ending;    // the server was told to end
    int64_t ending_ns;
    struct stage_result result;
};

/* Run the plan to its end. */
void director_run(struct director *director);

/* Tell of a stop, and let the thread go on or hold it (telling.c). False: it was
 * only somebody waiting. */
bool director_stop(struct director *director, const struct stop *stop);

/* Something moved: there is no rest now. */
void director_moved(struct director *director);

/* ---- director_packets.c ------------------------------------------------- */

/* Wait until packets are captured, before there are any. False: they cannot be,
 * and the run is over. */
bool director_await_capture(struct director *director);

/* Take what has been captured. False: all captures are at their end. */
bool director_take_packets(struct director *director);

/* Take one. False: there is none now. */
bool director_take_packet(struct director *director);

/* The run is over: take what is still to come, until there is no more. */
void director_drain(struct director *director);

/* Has a wire's trace ended, and nobody told it to end? */
bool director_wire_is_over(const struct director *director);

/* Tell every wire, or the one that has the frame `id` (wire_tell()). True: one of
 * them answered yes. */
bool director_tell_wires(struct director *director, const char *command);
void director_tell_wire_of(struct director *director, uint64_t id,
                           const char *command);

/* ---- director.c --------------------------------------------------------- */

/* Tell what a program printed. */
void director_output(struct director *director, int program, uint32_t pid,
                     const char *data, size_t bytes);

/* `program`'s call `name` succeeded, or "exit": who waits for it may start. */
void director_happened(struct director *director, int program,
                       const char *name);

/* Ask whether a held call shall happen; and let it happen. */
void director_prompt_call(struct director *director, struct thread *thread);
void director_make_call(struct director *director, struct thread *thread);

#endif
