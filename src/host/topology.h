/*
 * topology: two hosts and, between them, whoever relays their frames; or a
 * router too, which has a cable to each of them.
 *
 *        client                 middle                 server
 *   +-------------+     +--------------------+     +-------------+
 *   | lo     eth0 +-----+ client      server +-----+ eth0     lo |
 *   +-------------+     +--------------------+     +-------------+
 *      192.0.2.1                                      192.0.2.2
 *     2001:db8::1                                    2001:db8::2
 *
 * Each is a network namespace (network_namespaces(7)), each line a cable of two
 * virtual interfaces (veth(4)). Nothing joins the two cables: a `wire` does.
 *
 * With a router, one host has a private address (RFC 1918) and the other is
 * public; there are four cables in the middle, and two wires:
 *
 *      client              router                       server
 *   192.168.1.2    192.168.1.1  192.0.2.1            192.0.2.2      NAT
 *   192.168.1.3
 *   192.0.2.1        192.0.2.2  192.168.1.1        192.168.1.2      FORWARD
 *
 * The router rewrites addresses (router.h). There is no IPv6 then.
 */
#ifndef TCPLAB_TOPOLOGY_H
#define TCPLAB_TOPOLOGY_H

#include <stdbool.h>
#include <stdint.h>

#include "link.h"

enum topology_place {
    PLACE_CLIENT,
    PLACE_MIDDLE,
    PLACE_SERVER,
    PLACE_ROUTER, // none on a plain wire
    PLACES,
};

enum topology_kind {
    TOPOLOGY_WIRE,    // two hosts, one cable
    TOPOLOGY_NAT,     // a router between a private client and a public server
    TOPOLOGY_FORWARD, // between a public client and a private server
};

enum {
    TOPOLOGY_MTU = 1500
};

extern const char topology_client_ipv4[]; // "192.0.2.1"
extern const char topology_client_ipv6[]; // "2001:db8::1"
extern const char topology_server_ipv4[];
extern const char topology_server_ipv6[];
/* Of a router on the way, where a rule makes one; it is no host. */
extern const char topology_router_ipv4[];  // "192.0.2.254"
extern const char topology_router_ipv6[];  // "2001:db8::fe"
extern const char topology_private_ipv4[]; // "192.168.1.2": behind a router
extern const char
    topology_neighbour_ipv4[]; // "192.168.1.3": the client's second
                               // one there, as of another host

/* The names of the interfaces: of a host's own, and of those in the middle: towards
 * the two hosts, and towards the router for either of them. */
extern const char topology_host_interface[];   // "eth0"
extern const char topology_client_interface[]; // "client"
extern const char topology_server_interface[];
extern const char topology_router_client_interface[]; // "router-client"
extern const char topology_router_server_interface[];

struct topology {
    int netns[PLACES]; // descriptors of the namespaces; -1: not there
};

struct topology_options {
    enum topology_kind kind;
    uint16_t port; // FORWARD: what comes to the router for it is the server's
    bool arp; // the hosts ask for each other's MAC address; else they know it
    const char *congestion; // "cubic": the hosts' congestion control; NULL: the
                            // namespace's (net.ipv4.tcp_congestion_control)
    const char *const *more; // WIRE: IPv4 addresses of the client beyond its
    int more_count;          // own, "192.0.2.66": the server knows their way
};

/*
 * Make all that. The calling process has CAP_SYS_ADMIN in its user namespace,
 * as after namespace_enter_user(), and one thread; it stays where it is. Without
 * `arp` nothing is sent but what programs cause. Returns NULL, or the step that
 * was refused, with errno (lent until the next call). What was made is gone when
 * the descriptors are closed and nobody is left there.
 */
const char *topology_make(struct topology *topology,
                          const struct topology_options *options);
void topology_close(struct topology *topology);

/* Move the calling thread to one of them. Returns 0, or -1 with errno. */
int topology_enter(const struct topology *topology, enum topology_place place);

#endif
