/*
 * pair_frame: the octets of a frame, made to stand beside those of another
 * capture: with the same link layer, the addresses of the client's capture, and
 * cut as the network card cut it (TSO).
 *
 * What is changed in a segment whose checksum was right, or left to the card,
 * is given a right checksum; a wrong one stays as wrong as it was (RFC 1624).
 */
#ifndef TCPLAB_PAIR_FRAME_H
#define TCPLAB_PAIR_FRAME_H

#include "../../capture/decode.h"

struct frame_change {
    int link_type;            // of the result: the frame's own, or LINK_RAW
    bool readdresses;         // `src` and `dst` are valid
    struct endpoint src, dst; // of the same IP version as those it has
    bool cuts;                // `from`, `to` and `piece` are valid
    uint32_t from, to;        // numbers of the segment kept, as seq + from
    uint16_t piece;           // how many pieces of it are before this one
};

/*
 * Write `packet`, which holds a segment, to `room` of at least packet->captured
 * octets, changed. *changed is the packet there. False: its headers
 * are not whole.
 */
bool frame_change(const struct packet *packet,
                  const struct frame_change *change, uint8_t *room,
                  struct packet *changed);

#endif
