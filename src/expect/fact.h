/*
 * fact: what is kept of an event to compare it with an expected line.
 *
 * Events are lent for a call; facts stay. They stand in the order of events.
 *
 * UDP has no connections. The datagrams between two endpoints, both ways, are a
 * flow, which stands among the connections. Its server has a port that a program
 * asked bind() for; when both ends have, or none, it got the first datagram.
 */
#ifndef TCPLAB_FACT_H
#define TCPLAB_FACT_H

#include "../event/event.h"

enum fact_kind {
    FACT_CALL,
    FACT_RETURN,
    FACT_SEGMENT,
    FACT_ARRIVAL,  // of a segment, where its fate is told; for its states alone
    FACT_DATAGRAM, // UDP, or an ICMP error
    FACT_STATE,    // as the kernel said
    FACT_OUTPUT,
    FACT_EXIT,
};

enum {
    FACT_NONE = -1,
    FACT_FLOWS = 1 << 30, // numbers of flows are above this one
};

/* What became of a segment on the wire. */
struct fact_fate {
    bool told;        // it is told at all
    bool lost;        // a copy, or it
    uint32_t arrived; // copies
    int64_t took_ns;  // until the first of them arrived
    int arrival;      // that one's fact; 0: none
};

/* What a fact of a segment keeps beside its numbers. `is` has its receiver's
 * words too. */
struct fact_segment {
    uint32_t seq, ack, data_length, is;
    uint16_t flags, window;
    uint8_t before[ROLES], after[ROLES]; // enum tcp_state
    uint8_t option_count;
    struct fact_fate fate;

    struct {
        uint8_t kind;
        uint16_t value; // of MSS and window scale
    } options[8];
};

struct fact {
    enum fact_kind kind;
    uint64_t number; // the event's
    int64_t time_ns;
    uint32_t connection; // 0: none, or not known
    enum role role;      // SEGMENT, DATAGRAM: who sent it; else whose it is
    bool has_role;
    struct span who; // the program; SEGMENT, DATAGRAM: see facts_who()
    uint32_t pid, tid;

    struct fact_segment segment; // DATAGRAM: its data's length, and its fate
    bool is_icmp;                // DATAGRAM
    const char *icmp_error;      // of icmp_errors; NULL: another one

    // CALL, RETURN
    struct span name;
    struct span arguments[ENTRY_ARGUMENTS];
    uint32_t argument_count;
    struct endpoint local, remote;
    bool has_local, has_remote;
    uint64_t call;  // the number of the call's event; 0: not known
    int pair;       // index of the call's return, or of the return's call
    bool restarted; // interrupted, or the entry after that
    int64_t result; // with has_result
    bool has_result;
    struct span error; // "ECONNREFUSED"

    enum tcp_state state; // STATE
    struct span data;     // OUTPUT
    bool is_first;        // EXIT: of the process the program began as
    uint32_t status;      // EXIT
};

/* What is known of a connection by the last event about it. */
struct fact_connection {
    uint32_t number;
    struct span who[ROLES]; // empty: not known
    struct endpoint endpoints[ROLES];
    uint32_t isn[ROLES];
    bool isn_known[ROLES];
};

struct fact_chunk;

struct facts {
    struct fact *items;
    size_t count, room;
    struct fact_connection *connections; // by number
    size_t connection_count, connection_room;
    struct fact_chunk *chunks; // of copied words
    bool failed;               // there was no memory
    bool has_calls, has_packets, has_states, has_fates;
};

/* Keep what is needed of `event`. */
void facts_add(struct facts *facts, const struct event *event);

/* When all are there: join returns to calls, and segments that stand before
 * their SYN to the connection that it opens. */
void facts_join(struct facts *facts);

void facts_clear(struct facts *facts);

/* NULL for 0, and for a number that no event had. */
struct fact_connection *facts_connection(const struct facts *facts,
                                         uint32_t number);

/* Room for a connection that is not there yet; NULL: there is no memory. */
struct fact_connection *facts_new_connection(struct facts *facts,
                                             uint32_t number);

/* Is an event of this kind one that facts_add_datagram() takes? */
bool facts_is_datagram(const struct event *event);

/* `fact` is about a datagram, or an ICMP error: fill it in. */
void facts_add_datagram(struct facts *facts, struct fact *fact,
                        const struct event *event);

/* A part of facts_join(): the ends of flows. */
void facts_join_flows(struct facts *facts);

/* The program at an end of a connection: its name, or else its role's. */
struct span facts_end(const struct fact_connection *connection, enum role role);

/* Who made a call, or sent a segment or datagram. */
struct span facts_who(const struct facts *facts, const struct fact *fact);

bool span_equal(struct span a, struct span b);

#endif
