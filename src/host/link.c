/* link: rtnetlink through libmnl; ethtool ioctls. */
#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    REQUEST_ROOM = 1024, // more than any request here takes
};

struct links {
    struct mnl_socket *netlink;
    unsigned sequence;
    int ioctls; // a socket to make them on
};

/* A request being built. */
struct request {
    char room[REQUEST_ROOM] __attribute__((aligned(NLMSG_ALIGNTO)));
    struct nlmsghdr *message;
};

/* ---- Opening ------------------------------------------------------------- */

/* Sockets belong to the namespace they are made in. */
static bool
open_sockets(struct links *links)
{
    links->netlink = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    links->ioctls = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return links->netlink && links->ioctls >= 0 &&
           mnl_socket_bind(links->netlink, 0, MNL_SOCKET_AUTOPID) == 0;
}

struct links *
links_open(int netns)
{
    bool opened = false;
    struct links *links = calloc(1, sizeof *links);
    int here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (links && here >= 0 && setns(netns, CLONE_NEWNET) == 0) {
        links->sequence = (unsigned)time(NULL);
        links->ioctls = -1;
        opened = open_sockets(links);
        int saved = errno;
        opened = setns(here, CLONE_NEWNET) == 0 && opened;
        errno = opened ? errno : saved;
    }
    int saved = errno;
    if (here >= 0)
        close(here);
    if (!opened) {
        links_close(links);
        links = NULL;
    }
    errno = saved;
    return links;
}

void
links_close(struct links *links)
{
    if (!links)
        return;
    if (links->netlink)
        mnl_socket_close(links->netlink);
    if (links->ioctls >= 0)
        close(links->ioctls);
    free(links);
}

/* ---- rtnetlink ----------------------------------------------------------- */

/* Begin a request; the rest of its fixed part, `bytes`, is zero and returned.
 */
static void *
request_begin(struct links *links, struct request *request, uint16_t type,
              uint16_t flags, size_t bytes)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(request->room);
    message->nlmsg_type = type;
    message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
    message->nlmsg_seq = ++links->sequence;
    request->message = message;
    return mnl_nlmsg_put_extra_header(message, bytes);
}

/* Send it, and wait for the kernel's answer. */
static int
request_end(struct links *links, struct request *request)
{
    char answer[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
    if (mnl_socket_sendto(links->netlink, request->message,
                          request->message->nlmsg_len) < 0)
        return -1;
    ssize_t n = mnl_socket_recvfrom(links->netlink, answer, sizeof answer);
    if (n < 0)
        return -1;
    int status = mnl_cb_run(answer, (size_t)n, links->sequence,
                            mnl_socket_get_portid(links->netlink), NULL, NULL);
    return status < 0 ? -1 : 0;
}

static void
put_end(struct nlmsghdr *message, const struct link_end *end)
{
    mnl_attr_put_strz(message, IFLA_IFNAME, end->name);
    mnl_attr_put_u32(message, IFLA_NET_NS_FD, (uint32_t)end->netns);
    if (end->mac)
        mnl_attr_put(message, IFLA_ADDRESS, MAC_OCTETS, *end->mac);
}

int
links_make_veth(struct links *links, const struct link_end *one,
                const struct link_end *other)
{
    struct request request;
    request_begin(links, &request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
                  sizeof(struct ifinfomsg));
    struct nlmsghdr *message = request.message;
    put_end(message, one);
    struct nlattr *about = mnl_attr_nest_start(message, IFLA_LINKINFO);
    mnl_attr_put_strz(message, IFLA_INFO_KIND, "veth");
    struct nlattr *data = mnl_attr_nest_start(message, IFLA_INFO_DATA);
    struct nlattr *peer = mnl_attr_nest_start(message, VETH_INFO_PEER);
    mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
    put_end(message, other);
    mnl_attr_nest_end(message, peer);
    mnl_attr_nest_end(message, data);
    mnl_attr_nest_end(message, about);
    return request_end(links, &request);
}

/* ---- One interface -------------------------------------------------------- */

static struct ifreq
about(const char *name)
{
    struct ifreq request = { 0 };
    strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
    return request;
}

static int
index_of(struct links *links, const char *name)
{
    struct ifreq request = about(name);
    return ioctl(links->ioctls, SIOCGIFINDEX, &request) < 0
               ? -1
               : request.ifr_ifindex;
}

int
links_up(struct links *links, const char *name, uint32_t mtu, bool resolves)
{
    struct request request;
    int index = index_of(links, name);
    if (index < 0)
        return -1;
    struct ifinfomsg *link =
        request_begin(links, &request, RTM_NEWLINK, 0, sizeof *link);
    link->ifi_index = index;
    link->ifi_flags = IFF_UP | (resolves ? 0 : IFF_NOARP);
    link->ifi_change = IFF_UP | IFF_NOARP;
    if (mtu)
        mnl_attr_put_u32(request.message, IFLA_MTU, mtu);
    return request_end(links, &request);
}

/* The octets of an address in its own family. */
static void
put_address(struct nlmsghdr *message, uint16_t type,
            const struct address *address)
{
    size_t skipped = address_is_ipv4(address) ? 12 : 0;
    mnl_attr_put(message, type, 16 - skipped, address->octets + skipped);
}

static uint8_t
family_of(const struct address *address)
{
    return address_is_ipv4(address) ? AF_INET : AF_INET6;
}

int
links_address(struct links *links, const char *name,
              const struct address *address, uint8_t prefix)
{
    struct request request;
    int index = index_of(links, name);
    if (index < 0)
        return -1;
    struct ifaddrmsg *message =
        request_begin(links, &request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL,
                      sizeof *message);
    message->ifa_family = family_of(address);
    message->ifa_prefixlen = prefix;
    message->ifa_flags = IFA_F_NODAD;
    message->ifa_index = (uint32_t)index;
    put_address(request.message, IFA_LOCAL, address);
    put_address(request.message, IFA_ADDRESS, address);
    return request_end(links, &request);
}

int
links_neighbour(struct links *links, const char *name,
                const struct address *address, const uint8_t mac[MAC_OCTETS])
{
    struct request request;
    int index = index_of(links, name);
    if (index < 0)
        return -1;
    struct ndmsg *message =
        request_begin(links, &request, RTM_NEWNEIGH,
                      NLM_F_CREATE | NLM_F_REPLACE, sizeof *message);
    message->ndm_family = family_of(address);
    message->ndm_ifindex = index;
    message->ndm_state = NUD_PERMANENT;
    put_address(request.message, NDA_DST, address);
    mnl_attr_put(request.message, NDA_LLADDR, MAC_OCTETS, mac);
    return request_end(links, &request);
}

int
links_congestion(struct links *links, const char *name,
                 const struct address *address, const char *algorithm)
{
    struct request request;
    int index = index_of(links, name);
    if (index < 0)
        return -1;
    struct rtmsg *message =
        request_begin(links, &request, RTM_NEWROUTE,
                      NLM_F_CREATE | NLM_F_REPLACE, sizeof *message);
    message->rtm_family = family_of(address);
    message->rtm_dst_len = address_is_ipv4(address) ? 32 : 128;
    message->rtm_table = RT_TABLE_MAIN;
    message->rtm_protocol = RTPROT_STATIC;
    message->rtm_scope = RT_SCOPE_LINK;
    message->rtm_type = RTN_UNICAST;
    put_address(request.message, RTA_DST, address);
    mnl_attr_put_u32(request.message, RTA_OIF, (uint32_t)index);
    struct nlattr *metrics = mnl_attr_nest_start(request.message, RTA_METRICS);
    mnl_attr_put_strz(request.message, RTAX_CC_ALGO, algorithm);
    mnl_attr_nest_end(request.message, metrics);
    return request_end(links, &request);
}

int
links_gateway(struct links *links, const char *name,
              const struct address *gateway)
{
    struct request request;
    int index = index_of(links, name);
    if (index < 0)
        return -1;
    struct rtmsg *message =
        request_begin(links, &request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL,
                      sizeof *message);
    message->rtm_family = family_of(gateway);
    message->rtm_table = RT_TABLE_MAIN;
    message->rtm_protocol = RTPROT_STATIC;
    message->rtm_scope = RT_SCOPE_UNIVERSE;
    message->rtm_type = RTN_UNICAST;
    put_address(request.message, RTA_GATEWAY, gateway);
    mnl_attr_put_u32(request.message, RTA_OIF, (uint32_t)index);
    return request_end(links, &request);
}

int
links_mac(struct links *links, const char *name, uint8_t mac[MAC_OCTETS])
{
    struct ifreq request = about(name);
    if (ioctl(links->ioctls, SIOCGIFHWADDR, &request) < 0)
        return -1;
    memcpy(mac, request.ifr_hwaddr.sa_data, MAC_OCTETS);
    return 0;
}

/* ---- Offloads ------------------------------------------------------------- */

/* In an order the kernel likes: without checksums it cannot split segments. */
static const struct {
    const char *name;
    uint32_t get, set;
} offloads[] = {
    { "checksums of what is sent", ETHTOOL_GTXCSUM, ETHTOOL_STXCSUM },
    { "segmentation (TSO)", ETHTOOL_GTSO, ETHTOOL_STSO },
    { "segmentation (GSO)", ETHTOOL_GGSO, ETHTOOL_SGSO },
    { "putting segments together (GRO)", ETHTOOL_GGRO, ETHTOOL_SGRO },
};

static int
offload_off(struct links *links, const char *name, size_t i)
{
    struct ethtool_value value = { .cmd = offloads[i].set };
    struct ifreq request = about(name);
    request.ifr_data = (char *)&value;
    if (ioctl(links->ioctls, SIOCETHTOOL, &request) < 0)
        return -1;
    value = (struct ethtool_value){ .cmd = offloads[i].get };
    if (ioctl(links->ioctls, SIOCETHTOOL, &request) < 0)
        return -1;
    errno = EOPNOTSUPP;
    return value.data == 0 ? 0 : -1;
}

int
links_offloads_off(struct links *links, const char *name, const char **which)
{
    for (size_t i = 0; i < sizeof offloads / sizeof offloads[0]; i++) {
        *which = offloads[i].name;
        if (offload_off(links, name, i) < 0)
            return -1;
    }
    return 0;
}
