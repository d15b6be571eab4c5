/* frame: the link layer, one small function a link type. */
#include "frame.h"

#include "endpoint.h"

const char frame_unknown_link[] = "link type";

/* What is behind a link header is either one version of IP or none. */
static enum parse_result
ip_by_version(struct reader *r, struct frame *frame, const char **why)
{
    if (reader_left(r) == 0)
        return PARSE_SHORT;
    switch (r->next[0] >> 4) {
    case 4:
        frame->ethertype = ETHERTYPE_OF_IPV4;
        return PARSE_OK;
    case 6:
        frame->ethertype = ETHERTYPE_OF_IPV6;
        return PARSE_OK;
    default:
        *why = "the IP version is neither 4 nor 6";
        return PARSE_MALFORMED;
    }
}

/* IEEE 802.1Q and 802.1ad, and two numbers older switches used for them. */
static bool
is_vlan_tag(uint16_t ethertype)
{
    return ethertype == 0x8100 || ethertype == 0x88a8 || ethertype == 0x9100 ||
           ethertype == 0x9200;
}

/*
 * A VLAN tag is the EtherType that announced it, then:
 *
 *   +---+-+------------+----------------+
 *   |PCP|D|  VLAN (12) | next EtherType |
 *   +---+-+------------+----------------+
 */
static void
skip_vlan_tags(struct reader *r, struct frame *frame)
{
    while (is_vlan_tag(frame->ethertype) && !r->short_read) {
        frame->vlan = reader_u16(r) & 0x0fff;
        frame->ethertype = reader_u16(r);
        frame->vlan_tags++;
    }
}

/* IEEE 802.2: the EtherType field holds a length, and SNAP may bring a type. */
static enum parse_result
llc_parse(struct reader *r, struct frame *frame, const char **why)
{
    uint16_t access_points = reader_u16(r);
    uint8_t control = reader_u8(r);
    if (r->short_read)
        return PARSE_SHORT;
    if (access_points == 0x4242) {
        *why = "802.2 LLC: spanning tree";
        return PARSE_OTHER;
    }
    if (access_points == 0x0606 && control == 3) {
        frame->ethertype = ETHERTYPE_OF_IPV4;
        return PARSE_OK;
    }
    if (access_points != 0xaaaa || control != 3) {
        *why = "802.2 LLC";
        return PARSE_OTHER;
    }
    bool is_ethertype = reader_u16(r) == 0 && reader_u8(r) == 0;
    frame->ethertype = reader_u16(r);
    if (r->short_read)
        return PARSE_SHORT;
    if (!is_ethertype) {
        *why = "802.2 SNAP, a vendor's own protocol";
        return PARSE_OTHER;
    }
    return PARSE_OK;
}

/* The EtherType is read; take what stands between it and the payload. */
static enum parse_result
after_ethertype(struct reader *r, struct frame *frame, const char **why)
{
    skip_vlan_tags(r, frame);
    if (r->short_read)
        return PARSE_SHORT;
    // Below 0x0600 it is a length (IEEE 802.3, 3.2.6).
    if (frame->ethertype < 0x0600)
        return llc_parse(r, frame, why);
    return PARSE_OK;
}

static enum parse_result
ethernet_parse(struct reader *r, struct frame *frame, const char **why)
{
    reader_skip(r, 6 + 6); // destination, source
    frame->ethertype = reader_u16(r);
    return after_ethertype(r, frame, why);
}

/* What Linux cooked captures say instead of an EtherType: ARPHRD types whose
 * "protocol" is not one. */
static bool
is_not_a_network(uint16_t arphrd)
{
    return arphrd == 824 /* netlink */ || arphrd == 801 || arphrd == 802 ||
           arphrd == 803 /* IEEE 802.11 in its forms */;
}

/* LINKTYPE_LINUX_SLL: packet type, ARPHRD, address length, address, protocol.
 */
static enum parse_result
sll_parse(struct reader *r, struct frame *frame, const char **why)
{
    reader_skip(r, 2);
    uint16_t arphrd = reader_u16(r);
    reader_skip(r, 2 + 8);
    frame->ethertype = reader_u16(r);
    if (is_not_a_network(arphrd) && !r->short_read) {
        *why = "Linux cooked capture of something that is no network protocol";
        return PARSE_OTHER;
    }
    return after_ethertype(r, frame, why);
}

/* LINKTYPE_LINUX_SLL2: protocol first, then the interface's number. */
static enum parse_result
sll2_parse(struct reader *r, struct frame *frame, const char **why)
{
    frame->ethertype = reader_u16(r);
    reader_skip(r, 2 + 4);
    uint16_t arphrd = reader_u16(r);
    reader_skip(r, 1 + 1 + 8);
    if (is_not_a_network(arphrd) && !r->short_read) {
        *why = "Linux cooked capture of something that is no network protocol";
        return PARSE_OTHER;
    }
    return after_ethertype(r, frame, why);
}

/* The address family of NULL and LOOP: the number of AF_INET6 differs from
 * system to system (10 Linux, 24 NetBSD, 28 FreeBSD, 30 macOS). */
static enum parse_result
address_family(uint32_t family, struct frame *frame, const char **why)
{
    switch (family) {
    case 2:
        frame->ethertype = ETHERTYPE_OF_IPV4;
        return PARSE_OK;
    case 10:
    case 24:
    case 28:
    case 30:
        frame->ethertype = ETHERTYPE_OF_IPV6;
        return PARSE_OK;
    default:
        *why = "BSD loopback, an address family that is not IP";
        return PARSE_OTHER;
    }
}

/* NULL has its family in the order of the machine that captured. */
static enum parse_result
null_parse(struct reader *r, struct frame *frame, const char **why)
{
    uint32_t family = reader_u32(r);
    if (r->short_read)
        return PARSE_SHORT;
    if (family > 0xffff)
        family = __builtin_bswap32(family);
    return address_family(family, frame, why);
}

/* LOOP has it in network order. */
static enum parse_result
loop_parse(struct reader *r, struct frame *frame, const char **why)
{
    uint32_t family = reader_u32(r);
    if (r->short_read)
        return PARSE_SHORT;
    return address_family(family, frame, why);
}

static enum parse_result
ipv4_link_parse(struct reader *r, struct frame *frame, const char **why)
{
    (void)r, (void)why;
    frame->ethertype = ETHERTYPE_OF_IPV4;
    return PARSE_OK;
}

static enum parse_result
ipv6_link_parse(struct reader *r, struct frame *frame, const char **why)
{
    (void)r, (void)why;
    frame->ethertype = ETHERTYPE_OF_IPV6;
    return PARSE_OK;
}

struct link {
    int type;
    enum parse_result (*parse)(struct reader *, struct frame *, const char **);
};

static const struct link links[] = {
    { LINK_ETHERNET, ethernet_parse }, { LINK_SLL, sll_parse },
    { LINK_SLL2, sll2_parse },         { LINK_RAW, ip_by_version },
    { LINK_RAW_BSD, ip_by_version },   { LINK_RAW_OPENBSD, ip_by_version },
    { LINK_IPV4, ipv4_link_parse },    { LINK_IPV6, ipv6_link_parse },
    { LINK_NULL, null_parse },         { LINK_LOOP, loop_parse },
};

static const struct link *
link_find(int type)
{
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
        if (links[i].type == type)
            return &links[i];
    return NULL;
}

enum parse_result
frame_parse(const struct packet *packet, struct frame *frame, const char **why)
{
    const struct link *link = link_find(packet->link_type);
    *frame = (struct frame){ 0 };
    if (!link) {
        *why = frame_unknown_link;
        return PARSE_OTHER;
    }
    struct reader r = reader_over(packet->octets, packet->captured);
    enum parse_result result = link->parse(&r, frame, why);
    uint32_t header = (uint32_t)(r.next - packet->octets);
    frame->payload = r.next;
    frame->captured = packet->captured - header;
    frame->original = packet->original > header ? packet->original - header : 0;
    return result;
}

struct named_ethertype {
    uint16_t ethertype;
    const char *name;
};

static const struct named_ethertype named_ethertypes[] = {
    { ETHERTYPE_OF_IPV4, "IPv4" },
    { ETHERTYPE_OF_ARP, "ARP" },
    { ETHERTYPE_OF_IPV6, "IPv6" },
    { 0x0842, "Wake-on-LAN" },
    { 0x2000, "CDP" },
    { 0x6558, "Ethernet in GRE" },
    { 0x8035, "RARP" },
    { 0x809b, "AppleTalk" },
    { 0x80f3, "AARP" },
    { 0x8137, "IPX" },
    { 0x8809, "Slow protocols (LACP)" },
    { 0x880b, "PPP" },
    { 0x8847, "MPLS" },
    { 0x8848, "MPLS multicast" },
    { 0x8863, "PPPoE discovery" },
    { 0x8864, "PPPoE session" },
    { 0x888e, "802.1X" },
    { 0x8892, "PROFINET" },
    { 0x88a4, "EtherCAT" },
    { 0x88cc, "LLDP" },
    { 0x88e5, "MACsec" },
    { 0x88f7, "PTP" },
    { 0x8902, "Ethernet OAM" },
    { 0x8903, "Cisco FabricPath" },
    { 0x9000, "Ethernet loopback test" },
};

const char *
ethertype_name(uint16_t ethertype)
{
    size_t count = sizeof named_ethertypes / sizeof named_ethertypes[0];
    for (size_t i = 0; i < count; i++)
        if (named_ethertypes[i].ethertype == ethertype)
            return named_ethertypes[i].name;
    return NULL;
}
