/*
 * two_views: a conversation over a way with loss and delay, and the captures
 * that its two ends make of it.
 *
 *     views_begin(&views);
 *     goes(&views, CLIENT, SEG_SYN, 1000, 0, 0);
 *     goes_lost(&views, SERVER, SEG_SYN | SEG_ACK, 5000, 1001, 0);
 *     views_write(&views, "client.pcap", "server.pcap");
 */
#ifndef TCPLAB_TESTS_TWO_VIEWS_H
#define TCPLAB_TESTS_TWO_VIEWS_H

#include <stdbool.h>

#include "../capture/connection.h"

enum {
    CLIENT = ROLE_CLIENT,
    SERVER = ROLE_SERVER,
    VIEW_RECORDS = 40000,
};

/* A record of one capture. */
struct view_record {
    int64_t time_ns;
    uint32_t bytes;
    uint8_t *octets; // owned
};

struct view_file {
    struct view_record *records; // VIEW_RECORDS of them; owned
    uint32_t count;
    int link_type; // LINK_ETHERNET or LINK_RAW
};

struct views {
    int64_t now_ns;      // by the client's clock; moves on by 1 ms
    int64_t delay_ns[2]; // of the way from each end
    int64_t offset_ns;   // of the server's clock
    double drift;        // of it, seconds a second
    bool is_ipv6, no_times, no_ids;
    bool nat; // the client is 203.0.113.5, with other ports, at the server
    uint16_t port[2];
    uint16_t ip_id[2];
    bool off[2]; // the capture there is not running
    int64_t begin_ns;
    struct view_file files[2];
};

/* 192.0.2.1:40000 and 198.51.100.2:80, 40 ms each way. */
void views_begin(struct views *views);
void views_end(struct views *views);

/* Write both captures; where they stand is lent as scratch_path()'s. */
void views_write(struct views *views, const char *client, const char *server,
                 const char *paths[2]);

/* A segment with `length` data octets leaves; what becomes of it. */
void goes(struct views *views, int from, uint16_t flags, uint32_t seq,
          uint32_t ack, uint32_t length);
void goes_lost(struct views *views, int from, uint16_t flags, uint32_t seq,
               uint32_t ack, uint32_t length);
void goes_late(struct views *views, int from, uint16_t flags, uint32_t seq,
               uint32_t ack, uint32_t length, double milliseconds);
void goes_twice(struct views *views, int from, uint16_t flags, uint32_t seq,
                uint32_t ack, uint32_t length);

/* It leaves whole and is cut by the card: pieces of `piece` octets come, but for
 * the `lost`-th (from 0; -1: none). */
void goes_cut(struct views *views, int from, uint16_t flags, uint32_t seq,
              uint32_t ack, uint32_t length, uint32_t piece, int lost);

/* `count` segments of `length` octets leave and come as one. */
void go_joined(struct views *views, int from, uint32_t seq, uint32_t ack,
               uint32_t length, int count);

/* Only one of the captures shows it; it was sent now, or came now. */
void only_leaves(struct views *views, int from, uint16_t flags, uint32_t seq,
                 uint32_t ack, uint32_t length);
void only_comes(struct views *views, int from, uint16_t flags, uint32_t seq,
                uint32_t ack, uint32_t length);

/* SYN, SYN-ACK, ACK with the initial numbers 1000 and 5000; then the close by
 * the client after so many octets from each end. */
void views_open(struct views *views);
void views_close(struct views *views, uint32_t sent, uint32_t received);

void views_wait(struct views *views, double milliseconds);

#endif
