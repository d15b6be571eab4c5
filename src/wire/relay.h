/*
 * relay: what a wire does with frames, turn by turn: take what came, judge it,
 * send on what is due, and record both.
 */
#ifndef TCPLAB_RELAY_H
#define TCPLAB_RELAY_H

#include "../../capture/recorder.h"
#include "../../capture/source.h"
#include "transit.h"
#include "wire.h"

struct relay {
    struct source *sources[DIRECTIONS]; // by whose frames come there
    struct packet next[DIRECTIONS];     // what came there, not taken yet
    bool has_next[DIRECTIONS];
    struct policy *policy;
    struct transit *transit;
    struct recorder *recorder;
    uint32_t snaplen;    // octets of a frame that are recorded
    uint32_t mtu;        // octets of a datagram, at most
    uint32_t frame_most; // of a frame, at most
    bool resent;         // what is sent again while it is held is not lost
    bool holding;        // what can be stepped through, when it comes
    bool over;           // told to end, or it cannot go on
    uint64_t id;         // of the last frame
    uint64_t id_step;    // from one to the next
    uint64_t frames[DIRECTIONS], octets[DIRECTIONS];
    char failure[WIRE_WHY]; // why it cannot go on
};

/* Do what can be done now. Never waits. */
void relay_turn(struct relay *relay);

/* When there is something to do again, in ns from now; -1: when a frame comes. */
int64_t relay_due_ns(const struct relay *relay);

/* What has not arrived is lost. */
void relay_finish(struct relay *relay, struct wire_result *result);

/* A command of wire_tell(). False: `answer` (of `size`) says why not. */
bool relay_command(struct relay *relay, const char *command, char *answer,
                   size_t size);

/* ---- relay_router.c ------------------------------------------------------- */

/*
 * Tell the sender of a frame that its datagram's destination cannot be reached:
 * an ICMP error comes to it at once, from a router on the way (RFC 792; RFC 1812,
 * 4.3.2; RFC 4443, 3.1). Nothing is told of what is itself ICMP.
 */
void relay_refuse(struct relay *relay, enum direction from,
                  const struct packet *packet, const struct decoded *decoded);

/* ---- For the others of it ------------------------------------------------- */

/* A frame left, with the next number. */
void relay_record(struct relay *relay, enum direction from,
                  const struct packet *packet);

/* What came from one side leaves by the other, and that is told. False: it is
 * lost. */
bool relay_send_on(struct relay *relay, enum direction from, uint64_t id,
                   const uint8_t *octets, uint32_t bytes, const char *why);

/* A frame arrives now, and those it was the last to overtake; it is gone. */
void relay_deliver(struct relay *relay, struct flying *flying);

/* A frame is lost; it is gone. */
void relay_lose(struct relay *relay, struct flying *flying, const char *why);

void relay_tell(struct relay *relay, uint64_t id, enum fate fate,
                const char *why);

#endif
