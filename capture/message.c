/* message: UDP, ICMP and ARP, as far as a TCP lab meets them. */
#include "message.h"

#include "frame.h"

enum parse_result
udp_parse(const struct datagram *datagram, struct udp *udp, const char **why)
{
    struct reader r = reader_over(datagram->payload, datagram->captured);
    *udp = (struct udp){ .src.address = datagram->src,
                         .dst.address = datagram->dst };
    udp->src.port = reader_u16(&r);
    udp->dst.port = reader_u16(&r);
    uint32_t length = reader_u16(&r);
    if (datagram->length < 8) {
        *why = "a datagram too short for a UDP header of 8 octets";
        return PARSE_MALFORMED;
    }
    if (r.short_read)
        return PARSE_SHORT;
    // 0 is a jumbogram's (RFC 2675, 4) or an offloaded datagram's length.
    if (length == 0)
        length = datagram->length;
    if (length < 8) {
        *why = "a UDP length below the header's own 8 octets";
        return PARSE_MALFORMED;
    }
    udp->data_length = length - 8;
    return PARSE_OK;
}

struct icmp_name {
    uint8_t version, type;
    int code; // -1: any
    const char *name;
};

static const struct icmp_name icmp_names[] = {
    { 4, 0, -1, "echo reply" },
    { 4, 3, 0, "destination unreachable: network" },
    { 4, 3, 1, "destination unreachable: host" },
    { 4, 3, 2, "destination unreachable: protocol" },
    { 4, 3, 3, "destination unreachable: port" },
    { 4, 3, 4, "destination unreachable: fragmentation needed" },
    { 4, 3, 9, "destination unreachable: network prohibited" },
    { 4, 3, 10, "destination unreachable: host prohibited" },
    { 4, 3, 13, "destination unreachable: prohibited by a filter" },
    { 4, 3, -1, "destination unreachable" },
    { 4, 4, -1, "source quench" },
    { 4, 5, -1, "redirect" },
    { 4, 8, -1, "echo request" },
    { 4, 11, 0, "time exceeded: TTL reached 0" },
    { 4, 11, -1, "time exceeded" },
    { 4, 12, -1, "parameter problem" },
    { 6, 1, 0, "destination unreachable: no route" },
    { 6, 1, 1, "destination unreachable: prohibited by a filter" },
    { 6, 1, 3, "destination unreachable: address" },
    { 6, 1, 4, "destination unreachable: port" },
    { 6, 1, 6, "destination unreachable: route rejected" },
    { 6, 1, -1, "destination unreachable" },
    { 6, 2, -1, "packet too big" },
    { 6, 3, 0, "time exceeded: hop limit reached 0" },
    { 6, 3, -1, "time exceeded" },
    { 6, 4, -1, "parameter problem" },
    { 6, 128, -1, "echo request" },
    { 6, 129, -1, "echo reply" },
    { 6, 133, -1, "router solicitation" },
    { 6, 134, -1, "router advertisement" },
    { 6, 135, -1, "neighbor solicitation" },
    { 6, 136, -1, "neighbor advertisement" },
    { 6, 143, -1, "multicast listener report" },
};

static const char *
icmp_name(uint8_t version, uint8_t type, uint8_t code)
{
    for (size_t i = 0; i < sizeof icmp_names / sizeof icmp_names[0]; i++) {
        const struct icmp_name *n = &icmp_names[i];
        if (n->version == version && n->type == type &&
            (n->code < 0 || n->code == code))
            return n->name;
    }
    return NULL;
}

const char *const icmp_errors[] = { "net-unreachable", "host-unreachable",
                                    "port-unreachable", "time-exceeded", NULL };

/* A type and code in each version, for each of icmp_errors. */
static const struct {
    uint8_t version, type, code;
    int error;
} icmp_error_codes[] = {
    { 4, 3, 0, 0 }, { 4, 3, 1, 1 }, { 4, 3, 3, 2 }, { 4, 11, 0, 3 },
    { 6, 1, 0, 0 }, { 6, 1, 3, 1 }, { 6, 1, 4, 2 }, { 6, 3, 0, 3 },
};

static const char *
icmp_error(uint8_t version, uint8_t type, uint8_t code)
{
    for (size_t i = 0; i < sizeof icmp_error_codes / sizeof *icmp_error_codes;
         i++)
        if (icmp_error_codes[i].version == version &&
            icmp_error_codes[i].type == type &&
            icmp_error_codes[i].code == code)
            return icmp_errors[icmp_error_codes[i].error];
    return NULL;
}

/* Errors quote the datagram they are about; questions and answers do not. */
static bool
is_error(uint8_t version, uint8_t type)
{
    if (version == 6)
        return type < 128;
    return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

/* An error holds at least the IP header and 8 octets more: ports and seq. */
static void
quoted_parse(struct reader *r, uint8_t version, struct icmp *icmp)
{
    struct datagram quoted;
    const char *why;
    uint16_t ethertype = version == 4 ? ETHERTYPE_OF_IPV4 : ETHERTYPE_OF_IPV6;
    uint32_t left = (uint32_t)reader_left(r);
    if (datagram_parse(ethertype, r->next, left, left, &quoted, &why) !=
            PARSE_OK ||
        quoted.fragment_offset != 0)
        return;
    bool tcp = quoted.protocol == IP_PROTOCOL_TCP;
    if (!tcp && quoted.protocol != IP_PROTOCOL_UDP)
        return;
    struct reader header = reader_over(quoted.payload, quoted.captured);
    icmp->quoted_src.address = quoted.src;
    icmp->quoted_dst.address = quoted.dst;
    icmp->quoted_src.port = reader_u16(&header);
    icmp->quoted_dst.port = reader_u16(&header);
    if (tcp)
        icmp->quoted_seq = reader_u32(&header);
    icmp->quotes_segment = tcp && !header.short_read;
    icmp->quotes_datagram = !tcp && !header.short_read;
}

enum parse_result
icmp_parse(const struct datagram *datagram, struct icmp *icmp, const char **why)
{
    struct reader r = reader_over(datagram->payload, datagram->captured);
    *icmp = (struct icmp){ .src = datagram->src, .dst = datagram->dst };
    icmp->type = reader_u8(&r);
    icmp->code = reader_u8(&r);
    reader_skip(&r, 2 + 4); // checksum; pointer, MTU or nothing
    if (datagram->length < 4) {
        *why = "a datagram too short for an ICMP header";
        return PARSE_MALFORMED;
    }
    icmp->name = icmp_name(datagram->version, icmp->type, icmp->code);
    icmp->error = icmp_error(datagram->version, icmp->type, icmp->code);
    if (r.short_read)
        return datagram->captured < 2 ? PARSE_SHORT : PARSE_OK;
    if (is_error(datagram->version, icmp->type))
        quoted_parse(&r, datagram->version, icmp);
    return PARSE_OK;
}

enum parse_result
arp_parse(struct reader reader, struct arp *arp, const char **why)
{
    struct reader *r = &reader;
    uint16_t hardware = reader_u16(r), protocol = reader_u16(r);
    uint16_t lengths = reader_u16(r);
    *arp = (struct arp){ .operation = reader_u16(r) };
    if (r->short_read)
        return PARSE_SHORT;
    if (hardware != 1 || protocol != ETHERTYPE_OF_IPV4 || lengths != 0x0604) {
        *why = "ARP for other than Ethernet and IPv4";
        return PARSE_OTHER;
    }
    const uint8_t *body = reader_take(r, 6 + 4 + 6 + 4);
    if (!body)
        return PARSE_SHORT;
    memcpy(arp->sender_mac, body, 6);
    arp->sender = address_ipv4(body + 6);
    arp->target = address_ipv4(body + 16);
    return PARSE_OK;
}
