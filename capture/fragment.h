/*
 * fragment: datagrams that came in pieces are put together (RFC 791, 3.2;
 * RFC 8200, 4.5), within bounds of number, size and time.
 */
#ifndef TCPLAB_FRAGMENT_H
#define TCPLAB_FRAGMENT_H

#include "datagram.h"

enum {
    FRAGMENT_DATAGRAMS = 64,    // being put together at once
    FRAGMENT_BYTES_MAX = 65535, // of one datagram
    FRAGMENT_LIFETIME_S = 60,   // RFC 8200, 4.5
};

struct fragments;

/* An empty set; NULL with ENOMEM. */
struct fragments *fragments_new(void);
void fragments_free(struct fragments *fragments);

/* Forget what is not whole. */
void fragments_clear(struct fragments *fragments);

/*
 * Take in `piece`, of which all octets were captured. True: its datagram is
 * whole now; `*whole` is it, borrowed until the next call. A copy
 * of an earlier piece changes nothing; one that overlaps it otherwise makes the
 * datagram unusable (RFC 5722). The oldest datagram gives way when there are
 * too many.
 */
bool fragments_add(struct fragments *fragments, int64_t time_ns,
                   const struct datagram *piece, struct datagram *whole);

#endif
