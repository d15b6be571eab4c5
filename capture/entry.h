/*
 * entry: what a stage tells of a run beside its packets: calls, states, output.
 *
 * In a trace an entry is a systemd journal entry (systemd.journal-fields(7), in
 * the Journal Export Format), which Wireshark shows as a row between the
 * packets and readers that know only packets pass over.
 */
#ifndef TCPLAB_ENTRY_H
#define TCPLAB_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "endpoint.h"
#include "state.h"

enum entry_kind {
    ENTRY_RUN,    // the stamp: what was run, where and how
    ENTRY_CALL,   // a thread enters a system call
    ENTRY_RETURN, // and comes back
    ENTRY_STATE,  // the kernel's state of a socket
    ENTRY_OUTPUT, // a program printed
    ENTRY_SIGNAL, // a signal reached a program
    ENTRY_FORK,   // a process or thread was made
    ENTRY_EXIT,   // a process or thread is about to end
    ENTRY_FATE,   // what became of a frame on the wire
    ENTRY_PROMPT, // a call is held until it is let go; never saved
    ENTRY_KINDS,
};

/* "call", as TCPLAB_KIND and the JSON have it. */
extern const char *const entry_kind_names[ENTRY_KINDS];

/* Octets lent, without a zero at their end. `at` NULL: there are none. */
struct span {
    const char *at;
    size_t bytes;
};

/* What becomes of a frame that left its sender. Each copy arrives, or the frame
 * is lost; the other three come before that, and say why it is not at once. */
enum fate {
    FATE_ARRIVED,
    FATE_LOST,
    FATE_DOUBLED,
    FATE_HELD, // until somebody lets it go
    FATE_CORRUPTED,
    FATES,
};

/* "arrived", as TCPLAB_FATE and the JSON have it. */
extern const char *const fate_names[FATES];

enum {
    ENTRY_ARGUMENTS = 6
};

/* Numbers that are 0 and spans that are empty say nothing. */
struct entry {
    enum entry_kind kind;
    int64_t time_ns;     // since 1970, UTC
    struct span message; // the whole of it, for a reader
    struct span who;     // "client", "client2", "server"; RUN: none
    uint32_t pid, tid;   // the process, the thread

    // CALL, RETURN and PROMPT.
    uint64_t call;    // the call's number in the run, from 1
    struct span name; // "connect"
    struct span arguments[ENTRY_ARGUMENTS];
    uint32_t argument_count;
    struct span file; // where in the program: "client.c", and the line
    uint32_t line;

    // RETURN.
    bool has_result;   // else it did not come back, or was interrupted
    int64_t result;    // as C sees it: -1 with an error
    struct span error; // "ECONNREFUSED"
    bool interrupted;  // by a signal; the kernel will begin it again

    // CALL, RETURN and STATE: the socket, as far as it is known.
    uint64_t inode;                // its number; 0: not known
    bool has_local, has_remote;    // these are valid
    struct endpoint local, remote; // remote: also what is to be connected to

    // STATE.
    bool has_state;
    enum tcp_state state;
    uint32_t cwnd;          // segments that may be on their way; 0: not asked
    uint32_t ssthresh;      // where slow start ends; 0: nowhere yet
    uint32_t receive_queue; // octets; LISTEN: connections to be accepted
    uint32_t send_queue;    // octets; LISTEN: the backlog
    struct span timer;      // "TIME-WAIT", "retransmission"
    uint32_t timer_ms;      // left
    bool at_rest;           // nothing was moving when it was asked for

    struct span data; // OUTPUT: what was printed
    uint32_t child;   // FORK: the new one
    bool is_thread;   // FORK, EXIT: of a process that goes on
    bool is_first;    // EXIT: of the process that the program began as
    uint32_t number;  // SIGNAL: the signal
    uint32_t status;  // EXIT: as wait(2) gives it

    // FATE.
    bool has_fate;
    enum fate fate;
    uint64_t frame_id; // whose: its packet's `id`
    struct span why;   // "rule 1: drop"; empty: nothing but the way itself

    // RUN.
    struct span version, lab, variant, kernel, way, pins;
    struct span wire;    // what was asked of it: "delay 250ms"; empty: none
    struct span network; // what lay between the programs: "wire", "nat"
};

/* A string as a span. */
struct span span_of(const char *string);

bool span_is(struct span span, const char *string);

/*
 * Write `entry` to `room`, as a journal entry. Returns the octets it takes;
 * when that is more than `size`, it was not written whole.
 */
size_t entry_write(const struct entry *entry, char *room, size_t size);

/*
 * Read a journal entry of `bytes` octets. True: it is one of ours, and `entry`
 * is filled in; what it borrows lasts as long as the octets. What is unknown in
 * it is passed over; what is wrong in it counts as absent.
 */
bool entry_read(const uint8_t *octets, size_t bytes, struct entry *entry);

#endif
