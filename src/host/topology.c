/* topology: namespaces, cables, addresses. */
#include "topology.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "namespace.h"
#include "pins.h"
#include "router.h"

const char topology_client_ipv4[] = "192.0.2.1";
const char topology_client_ipv6[] = "2001:db8::1";
const char topology_server_ipv4[] = "192.0.2.2";
const char topology_server_ipv6[] = "2001:db8::2";
const char topology_router_ipv4[] = "192.0.2.254";
const char topology_router_ipv6[] = "2001:db8::fe";
const char topology_host_interface[] = "eth0";
const char topology_client_interface[] = "client";
const char topology_server_interface[] = "server";

const char topology_private_ipv4[] = "192.168.1.2";
const char topology_neighbour_ipv4[] = "192.168.1.3";
const char topology_router_client_interface[] = "router-client";
const char topology_router_server_interface[] = "router-server";

static const char gateway_ipv4[] = "192.168.1.1"; // the router's private side

/* MAC addresses for documentation (RFC 7042, 2.1.2): every run alike. */
static const uint8_t client_mac[MAC_OCTETS] = { 0, 0, 0x5e, 0, 0x53, 1 };
static const uint8_t server_mac[MAC_OCTETS] = { 0, 0, 0x5e, 0, 0x53, 2 };
static const uint8_t near_mac[MAC_OCTETS] = { 0, 0, 0x5e, 0, 0x53, 3 };
static const uint8_t far_mac[MAC_OCTETS] = { 0, 0, 0x5e, 0, 0x53, 4 };

enum {
    STATIONS_MAX = 4
};

/* An interface of a host's, and its cable. */
struct station {
    enum topology_place place;
    const char *interface;
    const char *ipv4, *ipv6; // ipv6 NULL: none
    const char *more_ipv4;   // a second address; NULL: none
    const uint8_t (*mac)[MAC_OCTETS];
    const char *end;     // the other end of its cable, in the middle
    const char *gateway; // what is not near is sent there; NULL: nothing is
};

/* On each wire two of them face each other: 0 and 1, 2 and 3. */
static const struct station wire_stations[] = {
    { PLACE_CLIENT, topology_host_interface, topology_client_ipv4,
      topology_client_ipv6, NULL, &client_mac, topology_client_interface,
      NULL },
    { PLACE_SERVER, topology_host_interface, topology_server_ipv4,
      topology_server_ipv6, NULL, &server_mac, topology_server_interface,
      NULL },
};

static const struct station nat_stations[STATIONS_MAX] = {
    { PLACE_CLIENT, topology_host_interface, topology_private_ipv4, NULL,
      topology_neighbour_ipv4, &client_mac, topology_client_interface,
      gateway_ipv4 },
    { PLACE_ROUTER, router_inside_interface, gateway_ipv4, NULL, NULL,
      &near_mac, topology_router_client_interface, NULL },
    { PLACE_ROUTER, router_outside_interface, topology_client_ipv4, NULL, NULL,
      &far_mac, topology_router_server_interface, NULL },
    { PLACE_SERVER, topology_host_interface, topology_server_ipv4, NULL, NULL,
      &server_mac, topology_server_interface, NULL },
};

static const struct station forward_stations[STATIONS_MAX] = {
    { PLACE_CLIENT, topology_host_interface, topology_client_ipv4, NULL, NULL,
      &client_mac, topology_client_interface, NULL },
    { PLACE_ROUTER, router_outside_interface, topology_server_ipv4, NULL, NULL,
      &near_mac, topology_router_client_interface, NULL },
    { PLACE_ROUTER, router_inside_interface, gateway_ipv4, NULL, NULL, &far_mac,
      topology_router_server_interface, NULL },
    { PLACE_SERVER, topology_host_interface, topology_private_ipv4, NULL, NULL,
      &server_mac, topology_server_interface, gateway_ipv4 },
};

static const struct {
    const struct station *stations;
    int count;
} kinds[] = {
    [TOPOLOGY_WIRE] = { wire_stations, 2 },
    [TOPOLOGY_NAT] = { nat_stations, STATIONS_MAX },
    [TOPOLOGY_FORWARD] = { forward_stations, STATIONS_MAX },
};

static const char own_namespace[] = "/proc/thread-self/ns/net";

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
    return namespace_new_network() < 0
               ? -1
               : open(own_namespace, O_RDONLY | O_CLOEXEC);
}

static const char *
make_namespace(struct topology *t, enum topology_place place)
{
    if (topology_enter(t, PLACE_MIDDLE) < 0)
        return "going between network namespaces";
    t->netns[place] = new_namespace();
    if (t->netns[place] < 0)
        return "making a network namespace";
    pin_all(quiet, sizeof quiet / sizeof quiet[0]);
    return NULL;
}

/* The hosts are made from the middle, for the size of their tables
 * (net.ipv4.tcp_child_ehash_entries): asking for all sockets walks them. */
static const char *
make_namespaces(struct topology *t, const struct topology_options *options)
{
    const char *refused;
    t->netns[PLACE_MIDDLE] = new_namespace();
    if (t->netns[PLACE_MIDDLE] < 0)
        return "making a network namespace";
    pin_set("net.ipv4.tcp_child_ehash_entries=256");
    pin_all(absent, sizeof absent / sizeof absent[0]);
    refused = make_namespace(t, PLACE_CLIENT);
    if (!refused)
        refused = make_namespace(t, PLACE_SERVER);
    if (refused || options->kind == TOPOLOGY_WIRE)
        return refused;
    refused = make_namespace(t, PLACE_ROUTER);
    return refused ? refused
                   : router_begin(options->kind == TOPOLOGY_FORWARD
                                      ? topology_private_ipv4
                                      : NULL,
                                  options->port);
}

/* ---- Cables --------------------------------------------------------------- */

static const char *
make_cable(const struct topology *t, const struct station *station,
           struct links *links, struct links *middle)
{
    struct link_end near = { station->interface, t->netns[station->place],
                             station->mac };
    struct link_end far = { station->end, t->netns[PLACE_MIDDLE], NULL };
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
    bool is_ipv6 = strchr(words, ':');
    snprintf(text, sizeof text, is_ipv6 ? "[%s]:0" : "%s:0", words);
    bool right = endpoint_from_text(text, &endpoint);
    *address = endpoint.address;
    return right;
}

/* Which congestion control a network has by itself, only the machine's
 * administrator decides (net.ipv4.tcp_allowed_congestion_control). A route may
 * ask for any that the kernel has. */
static int
choose_congestion(struct links *links, const char *interface,
                  const struct address *peer, const char *algorithm)
{
    return algorithm ? links_congestion(links, interface, peer, algorithm) : 0;
}

/* What a station's peer is, for it. */
struct nearby {
    const uint8_t *mac;     // NULL: it asks for that
    const char *congestion; // or NULL
};

/* An address of the station, and what it knows of the other's. */
static int
give_address(struct links *links, const char *interface, const char *own,
             const char *others, uint8_t prefix, const struct nearby *nearby)
{
    struct address address, peer;
    if (!parse_address(own, &address) || !parse_address(others, &peer)) {
        errno = EINVAL;
        return -1;
    }
    if (links_address(links, interface, &address, prefix) < 0 ||
        choose_congestion(links, interface, &peer, nearby->congestion) < 0)
        return -1;
    return nearby->mac ? links_neighbour(links, interface, &peer, nearby->mac)
                       : 0;
}

/* The station's second address; its peer knows that too. */
static int
give_more(const struct station *station, const struct station *peer,
          struct links *links, const struct nearby *nearby)
{
    const struct nearby nobody = { 0 };
    struct address more;
    const char *own = station->more_ipv4, *known = peer->more_ipv4;
    if (own && give_address(links, station->interface, own, peer->ipv4, 24,
                            &nobody) < 0)
        return -1;
    if (!known || !nearby->mac)
        return 0;
    if (parse_address(known, &more))
        return links_neighbour(links, station->interface, &more, nearby->mac);
    errno = EINVAL;
    return -1;
}

static int
give_gateway(struct links *links, const struct station *station)
{
    struct address gateway;
    if (!station->gateway)
        return 0;
    if (parse_address(station->gateway, &gateway))
        return links_gateway(links, station->interface, &gateway);
    errno = EINVAL;
    return -1;
}

static bool
has_ipv6(void)
{
    return access("/proc/sys/net/ipv6", F_OK) == 0;
}

/* What was being done. */
static const char *
giving(const char *family, const char *algorithm)
{
    static char step[128];
    snprintf(step, sizeof step, "giving a host its %s address%s%s%s", family,
             algorithm ? ", and the congestion control \"" : "",
             algorithm ? algorithm : "",
             algorithm ? "\" (does this kernel have it?)" : "");
    return step;
}

static const char *
settle_station(const struct station *station, const struct station *peer,
               struct links *links, const struct nearby *nearby)
{
    const char *interface = station->interface;
    if (links_up(links, "lo", 0, true) < 0)
        return "bringing up the loopback interface";
    if (links_up(links, interface, TOPOLOGY_MTU, !nearby->mac) < 0)
        return "bringing up a host's interface";
    if (give_address(links, interface, station->ipv4, peer->ipv4, 24, nearby) <
        0)
        return giving("IPv4", nearby->congestion);
    if (give_more(station, peer, links, nearby) < 0)
        return "giving a host its second address";
    if (station->ipv6 && has_ipv6() &&
        give_address(links, interface, station->ipv6, peer->ipv6, 64, nearby) <
            0)
        return giving("IPv6", nearby->congestion);
    if (give_gateway(links, station) < 0)
        return "telling a host who its router is";
    return NULL;
}

/* The client's further addresses. With a second one of IPv6, Linux would choose
 * between both for who asks for neither. */
static int
add_more(struct links *all[PLACES], const struct topology_options *options,
         const uint8_t *mac)
{
    const struct nearby nobody = { 0 };
    struct address more;
    for (int i = 0; i < options->more_count; i++) {
        const char *own = options->more[i];
        if (options->kind != TOPOLOGY_WIRE || !parse_address(own, &more) ||
            !address_is_ipv4(&more)) {
            errno = EINVAL;
            return -1;
        }
        if (give_address(all[PLACE_CLIENT], topology_host_interface, own,
                         topology_server_ipv4, 24, &nobody) < 0)
            return -1;
        if (!options->arp &&
            links_neighbour(all[PLACE_SERVER], topology_host_interface, &more,
                            mac) < 0)
            return -1;
    }
    return 0;
}

static const char *
join(const struct topology *t, struct links *all[PLACES],
     const struct topology_options *options)
{
    const struct station *stations = kinds[options->kind].stations;
    int count = kinds[options->kind].count;
    const char *refused = NULL;
    uint8_t macs[STATIONS_MAX][MAC_OCTETS];
    for (int i = 0; i < count && !refused; i++)
        refused = make_cable(t, &stations[i], all[stations[i].place],
                             all[PLACE_MIDDLE]);
    for (int i = 0; i < count && !refused; i++) {
        if (links_up(all[PLACE_MIDDLE], stations[i].end, TOPOLOGY_MTU, true) <
            0)
            refused = "bringing up an interface in the middle";
        else if (links_mac(all[stations[i].place], stations[i].interface,
                           macs[i]) < 0)
            refused = "asking for a host's MAC address";
    }
    for (int i = 0; i < count && !refused; i++) {
        struct nearby nearby = { options->arp ? NULL : macs[i ^ 1],
                                 options->congestion };
        refused = settle_station(&stations[i], &stations[i ^ 1],
                                 all[stations[i].place], &nearby);
    }
    if (!refused && add_more(all, options, macs[0]) < 0)
        refused = "giving the client a further address (IPv4, on a plain wire)";
    return refused;
}

static const char *
make_cables(const struct topology *t, const struct topology_options *options)
{
    struct links *all[PLACES] = { NULL };
    const char *refused = NULL;
    for (int i = 0; i < PLACES && !refused; i++)
        if (t->netns[i] >= 0 && !(all[i] = links_open(t->netns[i])))
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
    *t = (struct topology){ .netns = { -1, -1, -1, -1 } };
    int here = open(own_namespace, O_RDONLY | O_CLOEXEC);
    if (here < 0)
        return "looking at the own network namespace (is /proc there?)";
    const char *refused = make_namespaces(t, options);
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
