/*
 * endpoint: an IP address and a port; two of them name a connection.
 *
 * An IPv4 address is kept in its IPv4-mapped form (::ffff:192.0.2.1, RFC 4291,
 * 2.5.5.2), so that an address is 16 octets whatever its family, and a
 * dual-stack socket's name for a peer equals the peer's own.
 */
#ifndef TCPLAB_ENDPOINT_H
#define TCPLAB_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct address {
    uint8_t octets[16];
};

struct endpoint {
    struct address address;
    uint16_t port; // in host order
};

enum {
    ADDRESS_TEXT = 46,      // room for any address as text, and its NUL
    ENDPOINT_TEXT = 46 + 8, // room for "[address]:port", and its NUL
};

/* An address from the 4 octets of an IPv4 header, or the 16 of an IPv6 one. */
struct address address_ipv4(const uint8_t octets[4]);
struct address address_ipv6(const uint8_t octets[16]);

bool address_is_ipv4(const struct address *address);

/*
 * Write "192.0.2.1" or "2001:db8::1" (RFC 5952) to `text`, which has room for
 * ADDRESS_TEXT. Returns the length without the NUL.
 */
size_t address_to_text(const struct address *address, char *text);

/*
 * Write "192.0.2.1:80" or "[2001:db8::1]:80" to `text`, which has room for
 * ENDPOINT_TEXT. Returns the length without the NUL.
 */
size_t endpoint_to_text(const struct endpoint *endpoint, char *text);

/* Read what endpoint_to_text() writes. False: it is something else. */
bool endpoint_from_text(const char *text, struct endpoint *endpoint);

/*
 * A number for a pair of endpoints, the same whichever comes first. Its bits
 * are well mixed, and differ from one run of the program to the next, so that
 * nobody can choose endpoints that collide.
 */
uint64_t endpoint_pair_hash(const struct endpoint *a, const struct endpoint *b);

static inline bool
address_equal(const struct address *a, const struct address *b)
{
    return memcmp(a->octets, b->octets, sizeof a->octets) == 0;
}

static inline bool
endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
    return a->port == b->port && address_equal(&a->address, &b->address);
}

#endif
