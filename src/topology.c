/* topology: namespaces, cables, addresses. */
#include "topology.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "pins.h"

const char topology_client_ipv4[] = "192.0.2.1";
const char topology_client_ipv6[] = "2001:db8::1";
const char topology_server_ipv4[] = "192.0.2.2";
const char topology_server_ipv6[] = "2001:db8::2";
const char topology_router_ipv4[] = "192.0.2.254";
const char topology_router_ipv6[] = "2001:db8::fe";
const char topology_host_interface[] = "eth0";
const char topology_client_interface[] = "client";
const char topology_server_interface[] = "server";

/* MAC addresses for documentation (RFC 7042, 2.1.2): every run alike. */
static const uint8_t client_mac[MAC_OCTETS] = { 0, 0, 0x5e, 0, 0x53, 1 };
static const uint8_t server_mac[MAC_OCTETS] = { 0, 0, 0x5e, 0, 0x53, 2 };

static const char own_namespace[] = "/proc/thread-self/ns/net";

/* A host and what it has. */
struct host {
    enum topology_place place;
    const char *ipv4, *ipv6;
    const uint8_t (*mac)[MAC_OCTETS];
    const char *end; // the other end of its cable, in the middle
};

static const struct host hosts[2] = {
    { PLACE_CLIENT, topology_client_ipv4, topology_client_ipv6, &client_mac,
      topology_client_interface },
    { PLACE_SERVER, topology_server_ipv4, topology_server_ipv6, &server_mac,
      topology_server_interface },
};

static const struct host *
peer_of(const struct host *host)
{
    return host == &hosts[0] ? &hosts[1] : &hosts[0];
}

/* ---- Namespaces ----------------------------------------------------------- */

/* A host says nothing by itself: it looks for no router, no name and no other
 * who has its address. A kernel without IPv6 has none of these. */
static const char *const quiet[] = {
    "net.ipv6.conf.all.disable_ipv6=0",
    "net.ipv6.conf.default.disable_ipv6=0",
    "net.ipv6.conf.all.accept_ra=0",
    "net.ipv6.conf.default.accept_ra=0",
    "net.ipv6.conf.default.accept_dad=0",
    "net.ipv6.conf.default.dad_transmits=0",
    "net.ipv6.conf.default.router_solicitations=0",
    "net.ipv6.conf.default.addr_gen_mode=1", // no link-local address
    "net.ipv6.conf.default.autoconf=0",
};

/* In the middle nobody is at home. */
static const char *const absent[] = {
    "net.ipv6.conf.all.disable_ipv6=1",
    "net.ipv6.conf.default.disable_ipv6=1",
    "net.ipv4.ip_forward=0",
};

static void
pin_all(const char *const pins[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        pin_set(pins[i]);
}

/* A new namespace, made from within the one the process is in. */
static int
new_namespace(void)
{
    return unshare(CLONE_NEWNET) < 0
               ? -1
               : open(own_namespace, O_RDONLY | O_CLOEXEC);
}

/* The hosts are made from the middle, for the size of their tables
 * (net.ipv4.tcp_child_ehash_entries): asking for all sockets walks them. */
static const char *
make_namespaces(struct topology *t)
{
    t->netns[PLACE_MIDDLE] = new_namespace();
    if (t->netns[PLACE_MIDDLE] < 0)
        return "making a network namespace";
    pin_set("net.ipv4.tcp_child_ehash_entries=256");
    pin_all(absent, sizeof absent / sizeof absent[0]);
    for (int i = 0; i < 2; i++) {
        if (topology_enter(t, PLACE_MIDDLE) < 0)
            return "going between network namespaces";
        int netns = new_namespace();
        if (netns < 0)
            return "making a network namespace";
        t->netns[hosts[i].place] = netns;
        pin_all(quiet, sizeof quiet / sizeof quiet[0]);
    }
    return NULL;
}

/* ---- Cables --------------------------------------------------------------- */

static const char *
make_cable(const struct topology *t, const struct host *host,
           struct links *links, struct links *middle)
{
    struct link_end near = { topology_host_interface, t->netns[host->place],
                             host->mac };
    struct link_end far = { host->end, t->netns[PLACE_MIDDLE], NULL };
    static char refused[128];
    const char *which = "";
    if (links_make_veth(links, &near, &far) < 0)
        return "making a cable (a veth pair)";
    if (links_offloads_off(links, near.name, &which) == 0 &&
        links_offloads_off(middle, far.name, &which) == 0)
        return NULL;
    snprintf(refused, sizeof refused,
             "turning the interface's help off: %s (the other host would get "
             "wrong checksums)",
             which);
    return refused;
}

static bool
parse_address(const char *words, struct address *address)
{
    struct endpoint endpoint = { .port = 0 };
    char text[ENDPOINT_TEXT];
    bool is_ipv6 = words[0] == '2';
    snprintf(text, sizeof text, is_ipv6 ? "[%s]:0" : "%s:0", words);
    bool right = endpoint_from_text(text, &endpoint);
    *address = endpoint.address;
    return right;
}

/* Which congestion control a network has by itself, only the machine's
 * administrator decides (net.ipv4.tcp_allowed_congestion_control). A route may
 * ask for any that the kernel has. */
static int
choose_congestion(struct links *links, const struct address *peer,
                  const char *algorithm)
{
    return algorithm ? links_congestion(links, topology_host_interface, peer,
                                        algorithm)
                     : 0;
}

/* An address of the host, and what it knows of the other's. */
static int
give_address(struct links *links, const char *own, const char *others,
             uint8_t prefix, const struct topology_options *options,
             const uint8_t mac[MAC_OCTETS])
{
    struct address address, peer;
    if (!parse_address(own, &address) || !parse_address(others, &peer)) {
        errno = EINVAL;
        return -1;
    }
    if (links_address(links, topology_host_interface, &address, prefix) < 0 ||
        choose_congestion(links, &peer, options->congestion) < 0)
        return -1;
    return options->arp
               ? 0
               : links_neighbour(links, topology_host_interface, &peer, mac);
}

static bool
has_ipv6(void)
{
    return access("/proc/sys/net/ipv6", F_OK) == 0;
}

/* What was being done. */
static const char *
giving(const char *family, const struct topology_options *options)
{
    static char step[128];
    const char *algorithm = options->congestion;
    snprintf(step, sizeof step, "giving a host its %s address%s%s%s", family,
             algorithm ? ", and the congestion control \"" : "",
             algorithm ? algorithm : "",
             algorithm ? "\" (does this kernel have it?)" : "");
    return step;
}

static const char *
settle_host(const struct host *host, struct links *links,
            const struct topology_options *options,
            const uint8_t mac[MAC_OCTETS])
{
    const struct host *peer = peer_of(host);
    if (links_up(links, "lo", 0, true) < 0)
        return "bringing up the loopback interface";
    if (links_up(links, topology_host_interface, TOPOLOGY_MTU, options->arp) <
        0)
        return "bringing up a host's interface";
    if (give_address(links, host->ipv4, peer->ipv4, 24, options, mac) < 0)
        return giving("IPv4", options);
    if (has_ipv6() &&
        give_address(links, host->ipv6, peer->ipv6, 64, options, mac) < 0)
        return giving("IPv6", options);
    return NULL;
}

static const char *
join(const struct topology *t, struct links *all[PLACES],
     const struct topology_options *options)
{
    const char *refused = NULL;
    uint8_t macs[2][MAC_OCTETS];
    for (int i = 0; i < 2 && !refused; i++)
        refused =
            make_cable(t, &hosts[i], all[hosts[i].place], all[PLACE_MIDDLE]);
    for (int i = 0; i < 2 && !refused; i++) {
        if (links_up(all[PLACE_MIDDLE], hosts[i].end, TOPOLOGY_MTU, true) < 0)
            refused = "bringing up an interface in the middle";
        else if (links_mac(all[hosts[i].place], topology_host_interface,
                           macs[i]) < 0)
            refused = "asking for a host's MAC address";
    }
    for (int i = 0; i < 2 && !refused; i++)
        refused =
            settle_host(&hosts[i], all[hosts[i].place], options, macs[1 - i]);
    return refused;
}

static const char *
make_cables(const struct topology *t, const struct topology_options *options)
{
    struct links *all[PLACES] = { NULL };
    const char *refused = NULL;
    for (int i = 0; i < PLACES && !refused; i++)
        if (!(all[i] = links_open(t->netns[i])))
            refused = "opening rtnetlink";
    if (!refused)
        refused = join(t, all, options);
    int saved = errno;
    for (int i = 0; i < PLACES; i++)
        links_close(all[i]);
    errno = saved;
    return refused;
}

/* ---- All of it ------------------------------------------------------------ */

const char *
topology_make(struct topology *t, const struct topology_options *options)
{
    *t = (struct topology){ .netns = { -1, -1, -1 } };
    int here = open(own_namespace, O_RDONLY | O_CLOEXEC);
    if (here < 0)
        return "looking at the own network namespace (is /proc there?)";
    const char *refused = make_namespaces(t);
    int saved = errno;
    if (setns(here, CLONE_NEWNET) < 0 && !refused) {
        refused = "coming back to the own network namespace";
        saved = errno;
    }
    close(here);
    if (!refused) {
        refused = make_cables(t, options);
        saved = errno;
    }
    if (refused)
        topology_close(t);
    errno = saved;
    return refused;
}

void
topology_close(struct topology *t)
{
    for (int i = 0; i < PLACES; i++) {
        if (t->netns[i] >= 0)
            close(t->netns[i]);
        t->netns[i] = -1;
    }
}

int
topology_enter(const struct topology *t, enum topology_place place)
{
    return setns(t->netns[place], CLONE_NEWNET);
}
