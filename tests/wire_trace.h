/*
 * wire_trace: a trace of two hosts on a wire, a line for each leaving and each
 * fate.
 *
 *     uint64_t syn = leaves(&wire, CLIENT, SEG_SYN, 1000, 0, "");
 *     wire_trace_wait(&wire, 250);
 *     arrives(&wire, syn);
 */
#ifndef TCPLAB_TESTS_WIRE_TRACE_H
#define TCPLAB_TESTS_WIRE_TRACE_H

#include "../capture/connection.h"
#include "../capture/entry.h"
#include "../capture/trace.h"

enum {
    CLIENT = ROLE_CLIENT,
    SERVER = ROLE_SERVER,
};

struct wire_trace {
    struct trace_writer *writer;
    int64_t now_ns;  // moves on by 0.01 ms a record
    uint64_t frames; // the number of the last one
    bool unnumbered; // the next ones have none
    uint16_t ports[ROLES];
};

/* A new trace at `path`, of 192.0.2.1:40000 and 192.0.2.2:7000. */
void wire_trace_begin(struct wire_trace *wire, const char *path);
void wire_trace_end(struct wire_trace *wire);

void wire_trace_wait(struct wire_trace *wire, double milliseconds);

/* A segment leaves; a SYN has the options MSS and window scale. Returns the
 * number of its frame. */
uint64_t leaves(struct wire_trace *wire, int from, uint16_t flags, uint32_t seq,
                uint32_t ack, const char *data);

/* A frame leaves that holds no IP. */
uint64_t other_leaves(struct wire_trace *wire, int from);

/* The next frame that leaves has this number; 0: none has any more. */
void wire_trace_number(struct wire_trace *wire, uint64_t number);

/* What becomes of a frame. */
void fate(struct wire_trace *wire, uint64_t id, enum fate fate,
          const char *why);
void arrives(struct wire_trace *wire, uint64_t id);
void is_lost(struct wire_trace *wire, uint64_t id, const char *why);

/* A segment leaves, and nothing happens to it. */
void passes(struct wire_trace *wire, int from, uint16_t flags, uint32_t seq,
            uint32_t ack, const char *data);

/* SYN, SYN-ACK, ACK with the initial numbers 1000 and 5000. */
void wire_trace_open(struct wire_trace *wire);

/* An entry of another kind, as a stage tells it. */
void wire_trace_tells(struct wire_trace *wire, struct entry *entry);

#endif
