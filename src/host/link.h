/*
 * link: the interfaces of a network namespace, set up by rtnetlink
 * (rtnetlink(7), veth(4)) and the ioctls of netdevice(7).
 */
#ifndef TCPLAB_LINK_H
#define TCPLAB_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "../../capture/endpoint.h"

enum {
    MAC_OCTETS = 6
};

/* The interfaces of one network namespace. */
struct links;

/*
 * The interfaces of the namespace that `netns` refers to (a descriptor of a
 * file in /proc/PID/ns, which stays the caller's). The calling thread is back
 * in its own namespace afterwards. NULL with errno.
 *
 * All that follow return 0, or -1 with errno; an interface is known by its name.
 */
struct links *links_open(int netns);
void links_close(struct links *links);

/* One end of a cable that is to be made. */
struct link_end {
    const char *name;
    int netns;                        // where it stands
    const uint8_t (*mac)[MAC_OCTETS]; // NULL: one of the kernel's choice
};

/* Make a cable of two virtual Ethernet interfaces. */
int links_make_veth(struct links *links, const struct link_end *one,
                    const struct link_end *other);

/* Let it send and receive. `mtu` 0 leaves that as it is. Without `resolves`
 * no address is asked for there, neither by ARP nor by neighbour discovery. */
int links_up(struct links *links, const char *name, uint32_t mtu,
             bool resolves);

/* Give it an address, with the leading `prefix` bits of its network; valid at
 * once, without a look for others who have it. */
int links_address(struct links *links, const char *name,
                  const struct address *address, uint8_t prefix);

/* Who has `address` there has `mac`, for ever. */
int links_neighbour(struct links *links, const char *name,
                    const struct address *address,
                    const uint8_t mac[MAC_OCTETS]);

/* To `address` by this interface, with the congestion control `algorithm`
 * ("cubic"), which this kernel has (ip-route(8), congctl). EINVAL: it has not. */
int links_congestion(struct links *links, const char *name,
                     const struct address *address, const char *algorithm);

/* What is for no network that is near is sent to `gateway`, there. */
int links_gateway(struct links *links, const char *name,
                  const struct address *gateway);

/* Its MAC address. */
int links_mac(struct links *links, const char *name, uint8_t mac[MAC_OCTETS]);

/*
 * Segments leave it as they are on a wire: whole, none longer than the MTU, and
 * with their checksum. What cannot be turned off is an error, EOPNOTSUPP, and
 * `*which` names it (a static string).
 */
int links_offloads_off(struct links *links, const char *name,
                       const char **which);

#endif
