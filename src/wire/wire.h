/*
 * wire: a process that relays frames between the two interfaces in the middle
 * of a topology, as a policy says, and tells what it sees and does.
 *
 * What it tells is a trace (pcapng) down a pipe: interface 0 is the client's, 1
 * the server's (or the router's, where that takes one's place). A frame stands there once, on its sender's interface, with the
 * time at which it left (the kernel's) and a number (packet.id: 1, 2, 3 ...; of
 * two wires one has the odd numbers, and the other the even).
 * Behind it come its fates (ENTRY_FATE), by that number: one `arrived` for
 * each copy, with the time at which it was sent on, or one `lost`; before these
 * `doubled`, `held` and `corrupted` when that is decided. The trace is in order of
 * time but for some milliseconds.
 *
 * Its own part is bounded: the frames that are kept by the options, the trace to
 * a gibibyte, and what the pipe does not take of that waits in a file without a
 * name. A wire whose trace is full goes on, and wire_result says so.
 */
#ifndef TCPLAB_WIRE_H
#define TCPLAB_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "policy.h"

enum {
    WIRE_WHY = 640,
    WIRE_FRAMES = 16384,    // frames kept, when nothing else is said
    WIRE_OCTETS = 32 << 20, // and their octets
    WIRE_SNAPLEN = 65535,
};

struct wire_options {
    int netns; // of the middle; stays the caller's
    const char
        *ends[DIRECTIONS]; // its interfaces there; NULL: named after hosts
    // Which of how many wires it is, from 0: so frames have different numbers.
    uint32_t number, count; // count 0: the only one
    struct policy *policy;  // as it is now; stays the caller's
    uint32_t snaplen; // octets of a frame that the trace has; 0: WIRE_SNAPLEN
    uint32_t mtu;     // 0: TOPOLOGY_MTU
    uint32_t frames, octets; // kept at most; 0: WIRE_FRAMES, WIRE_OCTETS
    bool resent; // what is sent again while a segment is held is not lost
};

struct wire {
    pid_t pid;
    int stream_fd;  // the trace, to be read to its end; the caller's to close
    int control_fd; // commands; closing it ends the wire
    int result_fd;
};

/*
 * Start it. It dies with the thread that started it. Returns 0 when it relays;
 * -1 with the reason in `why`: a refusal of the system's.
 */
int wire_start(struct wire *wire, const struct wire_options *options,
               char why[WIRE_WHY]);

/*
 * Tell it something. Frames are named by their numbers.
 *
 *   deliver ID    let it arrive, now     deliver all   all that are held
 *   drop ID       lose it                double ID     let it arrive twice, now
 *   pass ID       let the next one of its direction overtake it
 *   hold on       hold all segments, datagrams and messages of ICMP when
 *                 they come; hold off: no more
 *   until MATCH   hold nothing more, until a segment fits: it, and every later one
 *   policy TEXT   a rule more, asked behind the others; the caller's own policy
 *                 does not change
 *   coming        is a frame on its way that arrives when its time has come, and
 *                 waits for nobody?
 *   quit          what has not arrived is lost, and the trace ends
 *
 * Waits for the answer, which comes at once; a wire that gives none for ten
 * seconds is ended. True: done. False: `answer` (of
 * `size`) says why not.
 */
bool wire_tell(const struct wire *wire, const char *command, char *answer,
               size_t size);

struct wire_result {
    uint64_t frames[DIRECTIONS], octets[DIRECTIONS]; // that left their sender
    uint64_t unseen; // frames that came faster than they were read: lost
    int trace_error; // errno: the trace is not whole; EFBIG: it is too long
    uint32_t rules;
    uint64_t matched[POLICY_RULES], acted[POLICY_RULES]; // of each rule
    char failure[WIRE_WHY]; // why it ended by itself; empty: it was told to
};

/*
 * After the trace has been read to its end: wait for the process, close the
 * other two descriptors, take its result. False: it died without one.
 */
bool wire_end(struct wire *wire, struct wire_result *result);

#endif
