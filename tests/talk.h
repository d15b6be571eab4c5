/*
 * talk: a conversation for the tracker, a segment a line.
 *
 *     says(&talk, CLIENT, SEG_SYN, 1000, 0, 0);
 *
 * Where both ends are watched it leaves and arrives, a line each:
 *
 *     int syn = talk_leaves(&talk, CLIENT, SEG_SYN, 1000, 0, 0);
 *     talk_arrives(&talk, syn);
 */
#ifndef TCPLAB_TESTS_TALK_H
#define TCPLAB_TESTS_TALK_H

#include "../capture/tracker.h"

/* What is kept of a connection that was let go. */
struct farewell {
    uint32_t number;
    enum opening opening;
    enum closing closing;
    enum let_go why;
    bool first_fin_known, reset;
    enum role first_fin, reset_by;
    struct end ends[ROLES]; // without their gaps
    int64_t handshake_ns;   // -1: not timed
    enum client_by client_by;
};

enum {
    FAREWELLS = 64,
    TALK_FLIGHTS = 32,
};

/* A segment that left. */
struct talk_flight {
    struct segment segment;
    int64_t left_ns;
    uint32_t connection;
};

struct talk {
    struct tracker *tracker;
    int64_t now_ns; // moves on by 1 ms a segment
    struct endpoint endpoints[ROLES];
    uint32_t connection;     // number of the last segment's; 0: late
    uint32_t late;           // of a late segment: its old connection
    struct observation seen; // what the last segment did
    enum tcp_state states[ROLES];
    int farewells;
    struct farewell farewell[FAREWELLS];
    int flights;
    struct talk_flight flight[TALK_FLIGHTS];
};

enum {
    CLIENT = ROLE_CLIENT,
    SERVER = ROLE_SERVER
};

/* 192.0.2.1:40000 and 198.51.100.2:80, with room for `connections`. */
void talk_begin(struct talk *talk, uint32_t connections);
void talk_free(struct talk *talk);

/* A segment from one of the two. Returns what it is. */
uint32_t says(struct talk *talk, int from, uint16_t flags, uint32_t seq,
              uint32_t ack, uint32_t data_length);

/* The same, with a window. */
uint32_t says_window(struct talk *talk, int from, uint16_t flags, uint32_t seq,
                     uint32_t ack, uint32_t data_length, uint16_t window);

/* A segment leaves one of the two; talk->seen is its sender's word. Returns what
 * the others name it by. */
int talk_leaves(struct talk *talk, int from, uint16_t flags, uint32_t seq,
                uint32_t ack, uint32_t data_length);

/* It arrives, perhaps once more. Returns its receiver's word. */
uint32_t talk_arrives(struct talk *talk, int flight);
void talk_lost(struct talk *talk, int flight);

/* SYN, SYN-ACK, ACK with the initial numbers 1000 and 5000. */
void talk_open(struct talk *talk);

void talk_wait(struct talk *talk, double seconds);

/* The capture ends. Returns the last connection let go. */
const struct farewell *talk_end(struct talk *talk);

#endif
