/* datagram: the IP header, both versions. */
#include "datagram.h"

#include "frame.h"

static uint32_t
smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/*
 * RFC 791, 3.1:
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |Version|  IHL  |Type of Service|          Total Length         |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |         Identification        |Flags|      Fragment Offset    |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |  Time to Live |    Protocol   |         Header Checksum       |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                       Source Address                          |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                    Destination Address                        |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                    Options                    |    Padding    |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
static enum parse_result
ipv4_parse(struct reader r, uint32_t original, struct datagram *d,
           const char **why)
{
    const uint8_t *start = r.next;
    uint32_t captured = (uint32_t)reader_left(&r);
    uint8_t version_ihl = reader_u8(&r);
    reader_skip(&r, 1);
    uint32_t total = reader_u16(&r);
    d->identification = reader_u16(&r);
    uint16_t flags_offset = reader_u16(&r);
    d->hops = reader_u8(&r);
    d->protocol = reader_u8(&r);
    reader_skip(&r, 2);
    const uint8_t *addresses = reader_take(&r, 8);
    uint32_t header = (version_ihl & 0x0fu) * 4;
    if (captured > 0 && version_ihl >> 4 != 4) {
        *why = "an IPv4 header whose version is not 4";
        return PARSE_MALFORMED;
    }
    if (captured > 0 && header < 20) {
        *why = "an IPv4 header length below the minimum of 5 words";
        return PARSE_MALFORMED;
    }
    if (!addresses)
        return PARSE_SHORT;
    d->src = address_ipv4(addresses);
    d->dst = address_ipv4(addresses + 4);
    if (total == 0)
        total = original;
    if (total < header) {
        *why = "an IPv4 total length below the header's own length";
        return PARSE_MALFORMED;
    }
    if (captured < header)
        return PARSE_SHORT;
    d->more_fragments = flags_offset & 0x2000;
    d->fragment_offset = (uint16_t)((flags_offset & 0x1fff) * 8);
    d->payload = start + header;
    d->length = total - header;
    d->captured = smaller(captured - header, d->length);
    return PARSE_OK;
}

/*
 * RFC 8200, 4.5, the Fragment header:
 *
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |  Next Header  |   Reserved    |      Fragment Offset    |Res|M|
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                         Identification                        |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
static void
fragment_header_parse(struct reader *r, struct datagram *d)
{
    d->protocol = reader_u8(r);
    reader_skip(r, 1);
    uint16_t offset_more = reader_u16(r);
    d->fragment_offset = offset_more & 0xfff8;
    d->more_fragments = offset_more & 1;
    d->identification = reader_u32(r);
}

/* How an extension header tells its length; 0 marks "not an extension". */
enum extension_length {
    NOT_AN_EXTENSION,
    IN_8_OCTETS, // length field, in units of 8, without the first 8
    IN_4_OCTETS, // length field, in units of 4, less 2 (Authentication)
    FRAGMENT_FIXED,
};

static enum extension_length
extension_length(uint8_t protocol)
{
    switch (protocol) {
    case 0:   // hop-by-hop options
    case 43:  // routing
    case 60:  // destination options
    case 135: // mobility
    case 139: // host identity
    case 140: // shim6
        return IN_8_OCTETS;
    case 51: // authentication
        return IN_4_OCTETS;
    case IP_PROTOCOL_FRAGMENT:
        return FRAGMENT_FIXED;
    default:
        return NOT_AN_EXTENSION;
    }
}

/* Walk the chain of extension headers, up to where a datagram was cut into
 * pieces: what follows there belongs to all of them. */
static void
skip_extensions(struct reader *r, struct datagram *d)
{
    enum extension_length kind;
    while (!r->short_read && !datagram_is_fragment(d) &&
           (kind = extension_length(d->protocol)) != NOT_AN_EXTENSION) {
        if (kind == FRAGMENT_FIXED) {
            fragment_header_parse(r, d);
            continue;
        }
        d->protocol = reader_u8(r);
        uint8_t length = reader_u8(r);
        reader_skip(r,
                    kind == IN_8_OCTETS ? 6u + 8u * length : 6u + 4u * length);
    }
}

/*
 * RFC 8200, 3:
 *
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |Version| Traffic Class |           Flow Label                  |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |         Payload Length        |  Next Header  |   Hop Limit   |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                 Source Address (16 octets)                    |
 *  |              Destination Address (16 octets)                  |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
static enum parse_result
ipv6_parse(struct reader r, uint32_t original, struct datagram *d,
           const char **why)
{
    bool present = reader_left(&r) > 0;
    uint8_t version = (uint8_t)(reader_u8(&r) >> 4);
    reader_skip(&r, 3);
    uint32_t length = reader_u16(&r);
    d->protocol = reader_u8(&r);
    d->hops = reader_u8(&r);
    const uint8_t *addresses = reader_take(&r, 32);
    if (present && version != 6) {
        *why = "an IPv6 header whose version is not 6";
        return PARSE_MALFORMED;
    }
    if (!addresses)
        return PARSE_SHORT;
    d->src = address_ipv6(addresses);
    d->dst = address_ipv6(addresses + 16);
    if (length == 0 && original > 40)
        length = original - 40;
    const uint8_t *after_header = r.next;
    if (reader_left(&r) > length)
        r.end = r.next + length;
    skip_extensions(&r, d);
    uint32_t extensions = (uint32_t)(r.next - after_header);
    if (r.short_read && (uint32_t)(r.end - after_header) < length)
        return PARSE_SHORT;
    if (r.short_read) {
        *why = "IPv6 extension headers longer than the datagram";
        return PARSE_MALFORMED;
    }
    d->payload = r.next;
    d->length = length - extensions;
    d->captured = (uint32_t)reader_left(&r);
    return PARSE_OK;
}

enum parse_result
datagram_parse(uint16_t ethertype, const uint8_t *octets, uint32_t captured,
               uint32_t original, struct datagram *datagram, const char **why)
{
    struct reader r = reader_over(octets, captured);
    *datagram = (struct datagram){ 0 };
    if (ethertype == ETHERTYPE_OF_IPV4) {
        datagram->version = 4;
        return ipv4_parse(r, original, datagram, why);
    }
    datagram->version = 6;
    return ipv6_parse(r, original, datagram, why);
}

bool
datagram_walk_extensions(struct datagram *datagram)
{
    struct reader r = reader_over(datagram->payload, datagram->captured);
    skip_extensions(&r, datagram);
    uint32_t extensions = (uint32_t)(r.next - datagram->payload);
    datagram->payload = r.next;
    datagram->captured -= extensions;
    datagram->length -= extensions;
    return !r.short_read;
}

struct named_protocol {
    uint8_t number;
    const char *name;
};

static const struct named_protocol named_protocols[] = {
    { 1, "ICMP" },
    { 2, "IGMP" },
    { 4, "IPv4 tunnel" },
    { 6, "TCP" },
    { 17, "UDP" },
    { 33, "DCCP" },
    { 41, "IPv6 tunnel" },
    { 46, "RSVP" },
    { 47, "GRE tunnel" },
    { 50, "ESP (encrypted)" },
    { 51, "AH" },
    { 58, "ICMPv6" },
    { 59, "no next header" },
    { 88, "EIGRP" },
    { 89, "OSPF" },
    { 103, "PIM" },
    { 108, "IPComp" },
    { 112, "VRRP" },
    { 115, "L2TP tunnel" },
    { 132, "SCTP" },
    { 136, "UDP-Lite" },
    { 137, "MPLS in IP" },
};

const char *
ip_protocol_name(uint8_t protocol)
{
    size_t count = sizeof named_protocols / sizeof named_protocols[0];
    for (size_t i = 0; i < count; i++)
        if (named_protocols[i].number == protocol)
            return named_protocols[i].name;
    return NULL;
}
