/*
 * director: the stage's main loop. Programs are started when their time has
 * come, stops of their calls are told, packets are taken, until all is over.
 */
#ifndef TCPLAB_DIRECTOR_H
#define TCPLAB_DIRECTOR_H

#include "../capture/source.h"
#include "descriptor.h"
#include "plan.h"
#include "recorder.h"
#include "states.h"
#include "terminal.h"
#include "topology.h"
#include "tracee.h"

enum {
    HELD_MAX = 64 // calls held at once
};

/* A program on the stage. */
struct actor {
    const struct stage_program *program;
    pid_t pid;      // of its first process; 0: not started
    bool is_over;   // that one has ended, or will never start
    bool may_start; // what it waits for has happened
    struct terminal terminal;
};

/* The stage's own view of itself. */
struct director {
    const struct stage_plan *plan;
    enum way way;
    struct actor actors[PROGRAMS_MAX];
    const char *names[PROGRAMS_MAX];
    struct source *source; // NULL: no packets
    bool source_is_over;
    struct recorder *recorder;
    struct topology topology; // ON_WIRE
    struct wire wire;
    struct sockstate *hosts[STATES_HOSTS];
    int host_count;
    struct states *states;
    struct tracees *tracees;
    struct descriptors *descriptors;
    int control;  // keys; readable or hung up
    int children; // signalfd: a thread has stopped or ended
    uint64_t calls;
    int64_t now_ns;      // CLOCK_REALTIME, at the present stop
    int64_t deadline_ns; // CLOCK_MONOTONIC; stands still while a call is held
    int64_t moved_ns;    // CLOCK_MONOTONIC: the last stop, packet or key
    bool has_rested;     // and states were asked for since
    bool steps;          // calls are held
    bool let_go;         // all of them, for good
    struct thread *held[HELD_MAX]; // in the order they came
    int held_count;
    bool is_asking; // the first of them, with a prompt
    int64_t held_since_ns;
    int tick_ms;     // of the timer that ends waiting for stops; 0: none
    char pins[1024]; // settings of the network, as they were made
    bool is_ending;  // the server was told to end
    int64_t ending_ns;
    struct stage_result result;
};

/* Run the plan to its end. */
void director_run(struct director *director);

/* Tell of a stop, and let the thread go on or hold it (telling.c). False: it was
 * only somebody waiting. */
bool director_stop(struct director *director, const struct stop *stop);

/* Tell what a program printed. */
void director_output(struct director *director, int program, uint32_t pid,
                     const char *data, size_t bytes);

/* `program`'s call `name` succeeded, or "exit": who waits for it may start. */
void director_happened(struct director *director, int program,
                       const char *name);

/* Ask whether the first of the held calls shall go on; and let it go on. */
void director_prompt(struct director *director);
void director_release(struct director *director);

#endif
