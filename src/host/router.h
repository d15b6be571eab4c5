/*
 * router: what makes a host with two interfaces a router that rewrites
 * addresses (NAT, RFC 3022), as those in homes do.
 *
 * What goes from inside to outside leaves with the router's own public address.
 * It remembers each connection, and gives what comes back its private address
 * again. A port may be forwarded: what comes from outside for it goes to a host
 * inside. For all else that comes from outside the router itself is the end.
 */
#ifndef TCPLAB_ROUTER_H
#define TCPLAB_ROUTER_H

#include <stdbool.h>
#include <stdint.h>

extern const char router_inside_interface[];  // "inside"
extern const char router_outside_interface[]; // "outside"

/* Was this kit built with what a router needs (libnftables)? */
bool router_is_possible(void);

/*
 * Make the network namespace that the calling thread is in a router. Its two
 * interfaces may come later. With `forward_to` ("192.168.1.2"), what comes from
 * outside for `port` goes there. Returns NULL, or the step that was refused,
 * with errno, 0 when the step says why (lent until the next call).
 */
const char *router_begin(const char *forward_to, uint16_t port);

#endif
