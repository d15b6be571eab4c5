/*
 * connection: two ends, and the names of how they opened and closed.
 */
#ifndef TCPLAB_CONNECTION_H
#define TCPLAB_CONNECTION_H

#include "end.h"

enum role {
    ROLE_CLIENT,
    ROLE_SERVER,
    ROLES
};

static inline enum role
role_other(enum role role)
{
    return role == ROLE_CLIENT ? ROLE_SERVER : ROLE_CLIENT;
}

extern const char *const role_names[ROLES];

/* Which rule said who the client is. */
enum client_by {
    CLIENT_BY_FIRST_SYN,
    CLIENT_BY_SYN_ACK,        // the first segment seen was a SYN-ACK
    CLIENT_BY_LISTENING_PORT, // the other port answered a SYN before
    CLIENT_BY_LOWER_PORT,     // the other port is lower
    CLIENT_BY_FIRST_SEGMENT,  // equal ports: who was seen first
    CLIENT_BY_RULES,
};

extern const char *const client_by_names[CLIENT_BY_RULES];

enum opening {
    OPENING_THREE_WAY,
    OPENING_SIMULTANEOUS,
    OPENING_REFUSED,    // a RST answered the SYN
    OPENING_UNANSWERED, // only SYNs
    OPENING_INCOMPLETE, // a SYN-ACK, and the handshake never ended
    OPENING_NOT_SEEN,   // the capture began later
    OPENINGS,
};

extern const char *const opening_names[OPENINGS];

enum closing {
    CLOSING_FOUR_SEGMENT,
    CLOSING_THREE_SEGMENT, // the ACK rides on the second FIN
    CLOSING_HALF_CLOSE,    // data flowed after the first FIN
    CLOSING_SIMULTANEOUS,  // the FINs crossed
    CLOSING_RESET,         // after the opening
    CLOSING_UNFINISHED,    // one FIN only
    CLOSING_NONE,
    CLOSINGS,
};

extern const char *const closing_names[CLOSINGS];

enum connection_flag {
    CONNECTION_OPENED = 1 << 0,     // both ends were ESTABLISHED
    CONNECTION_FIRST_FIN = 1 << 1,  // first_fin is valid
    CONNECTION_SECOND_FIN = 1 << 2, // both ends sent a FIN
    CONNECTION_FINS_CROSSED = 1 << 3,
    CONNECTION_FIN_ACKED_ALONE = 1 << 4, // before the second FIN came
    CONNECTION_DATA_AFTER_FIN = 1 << 5,
    CONNECTION_RESET = 1 << 6,       // a RST was sent: reset_by is valid
    CONNECTION_RESET_CLOSE = 1 << 7, // the RST came before the close ended
    CONNECTION_SELF = 1 << 8,        // one socket connected to itself
    CONNECTION_CHALLENGED = 1 << 9,  // a SYN with another number is pending
    CONNECTION_HANDSHAKE_TIMED = 1 << 10, // handshake_ns is the round trip
    CONNECTION_PORT_REUSED = 1 << 11,
    CONNECTION_RESET_DOUBTED = 1 << 12, // the RST was not at RCV.NXT
    CONNECTION_FATES = 1 << 13,         // both ends are watched
    CONNECTION_RESET_HEARD = 1 << 14,   // the RST reached the other end
};

struct connection {
    struct endpoint endpoints[ROLES];
    uint32_t number;        // from 1
    uint16_t flags;         // CONNECTION_...
    uint8_t first_fin;      // enum role, who sent the first FIN
    uint8_t reset_by;       // enum role, who sent the first RST that counted
    uint8_t client_by;      // enum client_by
    uint8_t queue;          // the tracker's: which queue it stands in
    uint8_t unreset[ROLES]; // enum tcp_state before the RST
    // The tracker's queues, by index.
    uint32_t next, previous;
    int64_t last_ns; // of its last segment
    struct end ends[ROLES];
    int64_t start_ns;     // of its first segment
    int64_t handshake_ns; // time of the last SYN; once CONNECTION_HANDSHAKE_
                          // TIMED, from there to the ACK that completed it,
                          // both as they left
};

/* What one segment did. */
struct observation {
    uint32_t is;    // IS_ bits
    bool begins;    // it is the first segment of its connection
    enum role from; // who sent it
    uint8_t before[ROLES], after[ROLES]; // enum tcp_state
};

/*
 * Take in a segment that `from` sent and the other end received, at one place
 * of capture, at `time_ns`.
 */
struct observation connection_segment(struct connection *connection,
                                      enum role from, int64_t time_ns,
                                      const struct segment *segment);

/*
 * The same where both ends are watched. The segment leaves `from` at `time_ns`:
 * what is told is the sender's word, and only the sender's state moves.
 */
struct observation connection_sent(struct connection *connection,
                                   enum role from, int64_t time_ns,
                                   const struct segment *segment);

/*
 * The segment, which left `from` at `left_ns`, reaches the other end at
 * `time_ns`: the receiver's word, and the receiver's state.
 */
struct observation connection_arrived(struct connection *connection,
                                      enum role from, int64_t time_ns,
                                      int64_t left_ns,
                                      const struct segment *segment);

/*
 * A SYN refused may be sent again, and answered then; a forged RST may come
 * before the real answer. Does `segment` from `from` open such a connection
 * again? Then connection_open_again() takes back what the RST did.
 */
bool connection_opens_again(const struct connection *connection, enum role from,
                            const struct segment *segment);
void connection_open_again(struct connection *connection);

enum opening connection_opening(const struct connection *connection);
enum closing connection_closing(const struct connection *connection);

/* Is it over: reset, or closed from both sides with both FINs acknowledged? */
bool connection_is_over(const struct connection *connection);

/* Was it never answered: no end has left the opening? */
bool connection_is_opening(const struct connection *connection);

/* Nothing more comes: what was only supposed until an answer came is taken back.
 * A SYN that nobody answered was not received by a socket. */
void connection_quiet(struct connection *connection);

/* Free what it owns, not `connection` itself. */
void connection_clear(struct connection *connection);

static inline bool
connection_has(const struct connection *connection, enum connection_flag flag)
{
    return connection->flags & flag;
}

#endif
