/*
 * end: one end of a connection, watched from outside.
 *
 * RFC 9293 tells an implementation what to do when a segment arrives (3.10.7)
 * and what to send. An observer sees both from outside, and for each end by
 * itself: what that end sent, what it received. With one place of capture a
 * segment is sent and received at once; on a wire that holds segments, each has
 * its own time. "Retransmitted" is the sender's word, "out of order" the
 * receiver's.
 *
 * An observer may come late or miss segments. So it takes evidence where an
 * implementation takes decisions: an end that acknowledges a number has
 * received all before it, whether this observer saw it or not.
 */
#ifndef TCPLAB_END_H
#define TCPLAB_END_H

#include "gaps.h"
#include "segment.h"
#include "state.h"

/* What a segment is; several may hold at once. `segment_is_names` has the
 * words. */
enum segment_is {
    IS_SYN = 1 << 0,
    IS_SYN_ACK = 1 << 1,
    IS_HANDSHAKE_ACK = 1 << 2, // completes the handshake
    IS_DATA = 1 << 3,
    IS_ACK = 1 << 4, // a pure one: no data, no SYN, FIN, RST
    IS_FIN = 1 << 5,
    IS_RST = 1 << 6,
    IS_RETRANSMISSION = 1 << 7,
    IS_OUT_OF_ORDER = 1 << 8,
    IS_GAP = 1 << 9, // numbers before it were not seen
    IS_DUPLICATE_ACK = 1 << 10,
    IS_KEEP_ALIVE = 1 << 11,
    IS_ZERO_WINDOW = 1 << 12,
    IS_WINDOW_PROBE = 1 << 13,
    IS_WINDOW_UPDATE = 1 << 14,
    IS_DATA_ON_SYN = 1 << 15,
    IS_PORT_REUSED = 1 << 16,
    IS_LATE = 1 << 17,      // after its connection was let go
    IS_IGNORED = 1 << 18,   // a RST outside the window, which changes nothing
    IS_CHALLENGE = 1 << 19, // a SYN with another number in an open connection
    IS_DUPLICATE = 1 << 20, // its receiver had all of it already
};

enum {
    SEGMENT_IS_NAMES = 21
};

/* "syn", "syn-ack" ... in the order of the bits above. */
extern const char *const segment_is_names[SEGMENT_IS_NAMES];

/* What an observer knows of an end. */
enum end_flag {
    END_ISS_KNOWN = 1 << 0, // iss is this end's initial sequence number
    END_IRS_KNOWN = 1 << 1, // irs is its peer's, as received
    END_SENT = 1 << 2,      // it sent something: snd.nxt is valid
    END_RECEIVED = 1 << 3,  // rcv.nxt is valid
    END_FIN_SENT = 1 << 4,  // fin is valid
    END_FIN_TAKEN = 1 << 5, // the peer's FIN was received in its turn
    END_SYN_ACK_SENT = 1 << 6,
    END_SHIFT_SENT = 1 << 7,     // its SYN offered a window scale
    END_SHIFT_HEARD = 1 << 8,    // its peer's SYN did
    END_RESET = 1 << 9,          // a RST ended it
    END_SYN_SENT = 1 << 10,      // it sent a SYN without ACK
    END_SYN_READ = 1 << 11,      // its SYN was seen with all its options
    END_PEER_SYN_READ = 1 << 12, // so was its peer's
    END_WINDOW_HEARD = 1 << 13,  // snd.wnd is valid
};

/* Kept only while numbers are missing. */
struct end_gaps {
    struct gaps sent, received;
    uint32_t received_top; // the number after the highest received
    uint32_t peer_fin;     // the number after the peer's FIN, if it came early
    bool peer_fin_early;
};

struct end {
    // As in RFC 9293, 3.3.1.
    uint32_t iss, irs;

    struct {
        uint32_t una, nxt, wnd, wl1, wl2;
    } snd;

    struct {
        uint32_t nxt, wnd;
    } rcv;

    // Beside them.
    uint32_t fin;           // the number after its FIN
    uint16_t flags;         // END_...
    uint8_t state;          // enum tcp_state
    uint8_t shift;          // window scale it offered, 0 to 14
    uint8_t peer_shift;     // window scale its peer offered
    uint32_t segments;      // sent
    uint32_t retransmitted; // of them
    uint32_t out_of_order;  // of them, as its peer received them
    uint32_t lost;          // of them, on a wire that tells fates
    uint64_t bytes;         // data octets sent, every copy counted
    struct end_gaps *gaps;  // owned; NULL while nothing is missing
};

/*
 * Note that `end` sent `segment`. Returns what the segment is, in its sender's
 * words (IS_ bits). Changes the end's state where sending shows a change.
 */
uint32_t end_sent(struct end *end, const struct segment *segment);

/*
 * Note that `end` received `segment`. Returns what the segment is, in its
 * receiver's words. RFC 9293, 3.10.7, step by step.
 */
uint32_t end_received(struct end *end, const struct segment *segment);

/* Free what `end` owns, not `end` itself. */
void end_clear(struct end *end);

/*
 * The window that `segment`, sent by `end`, offers, in octets. *known is false
 * when the scale was not seen, and the field is given as it stands.
 */
uint32_t end_window(const struct end *end, const struct segment *segment,
                    bool *known);

static inline bool
end_knows(const struct end *end, enum end_flag flag)
{
    return end->flags & flag;
}

#endif
