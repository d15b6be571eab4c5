/* pair_frame: link layer, addresses and length of a frame, changed. */
#include "pair_frame.h"

#include <string.h>

enum {
    // Where fields stand (RFC 791, 3.1; RFC 8200, 3; RFC 9293, 3.1).
    IPV4_LENGTH = 2,
    IPV4_ID = 4,
    IPV4_CHECKSUM = 10,
    IPV4_SOURCE = 12,
    IPV4_HEADER = 20,
    IPV6_LENGTH = 4,
    IPV6_SOURCE = 8,
    IPV6_HEADER = 40,
    TCP_SEQ = 4,
    TCP_FLAGS = 12,
    TCP_CHECKSUM = 16,
};

/* A frame being changed. */
struct draft {
    uint8_t *ip, *tcp;   // where the headers begin
    uint32_t captured;   // octets from `ip` on
    uint32_t length;     // of the datagram from `ip` on, as sent
    uint32_t tcp_header; // octets
    bool is_ipv4;
    struct segment segment; // as it was
};

static uint16_t
get_u16(const uint8_t *octets)
{
    struct reader r = reader_over(octets, 2);
    return reader_u16(&r);
}

static void
put_u16(uint8_t *octets, uint16_t value)
{
    octets[0] = (uint8_t)(value >> 8);
    octets[1] = (uint8_t)value;
}

static void
put_u32(uint8_t *octets, uint32_t value)
{
    put_u16(octets, (uint16_t)(value >> 16));
    put_u16(octets + 2, (uint16_t)value);
}

static uint16_t
fold(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

/* ---- Checksums ---------------------------------------------------------- */

/* RFC 1624, 3: the sum without what stood there, and with what stands there. */
static void
checksum_adjust(uint8_t *at, const uint8_t *before, const uint8_t *after,
                size_t bytes)
{
    uint32_t sum = (uint16_t)~get_u16(at);
    sum += (uint16_t)~checksum_sum(before, bytes);
    sum += checksum_sum(after, bytes);
    put_u16(at, (uint16_t)~fold(sum));
}

/* Replace octets which a checksum at `at` covers; NULL: it is not there. */
static void
replace(uint8_t *octets, const uint8_t *with, size_t bytes, uint8_t *at)
{
    if (at)
        checksum_adjust(at, octets, with, bytes);
    memcpy(octets, with, bytes);
}

static void
ipv4_checksum_renew(struct draft *d)
{
    uint16_t before = get_u16(d->ip + IPV4_CHECKSUM);
    if (!d->is_ipv4 || before == 0) // 0: left to the card
        return;
    put_u16(d->ip + IPV4_CHECKSUM, 0);
    put_u16(d->ip + IPV4_CHECKSUM,
            (uint16_t)~checksum_sum(d->ip, (size_t)(d->ip[0] & 15) * 4));
}

static uint8_t *
tcp_checksum(const struct draft *d)
{
    return d->tcp + TCP_CHECKSUM + 2 <= d->ip + d->captured
               ? d->tcp + TCP_CHECKSUM
               : NULL;
}

/* The sum of the pseudo-header (RFC 9293, 3.1; RFC 8200, 8.1). */
static uint32_t
pseudo_header_sum(const struct draft *d, uint32_t bytes)
{
    const uint8_t *addresses = d->ip + (d->is_ipv4 ? IPV4_SOURCE : IPV6_SOURCE);
    return checksum_sum(addresses, d->is_ipv4 ? 8 : 32) + IP_PROTOCOL_TCP +
           bytes;
}

static void
tcp_checksum_renew(struct draft *d, enum checksum_answer was)
{
    uint32_t bytes = d->length - (uint32_t)(d->tcp - d->ip);
    if (was != CHECKSUM_RIGHT && was != CHECKSUM_PARTIAL)
        return;
    put_u16(d->tcp + TCP_CHECKSUM, 0);
    uint32_t sum = pseudo_header_sum(d, bytes) + checksum_sum(d->tcp, bytes);
    put_u16(d->tcp + TCP_CHECKSUM, (uint16_t)~fold(sum));
}

/* ---- Changes ------------------------------------------------------------ */

static void
set_address(struct draft *d, int which, const struct address *address)
{
    uint8_t *ip_checksum = d->is_ipv4 ? d->ip + IPV4_CHECKSUM : NULL;
    size_t bytes = d->is_ipv4 ? 4 : 16;
    uint8_t *at = d->ip + (d->is_ipv4 ? IPV4_SOURCE : IPV6_SOURCE) +
                  (size_t)which * bytes;
    const uint8_t *octets = address->octets + 16 - bytes;
    if (tcp_checksum(d))
        checksum_adjust(tcp_checksum(d), at, octets, bytes);
    replace(at, octets, bytes, ip_checksum);
}

static void
set_port(struct draft *d, int which, uint16_t port)
{
    uint8_t octets[2];
    put_u16(octets, port);
    replace(d->tcp + (size_t)which * 2, octets, 2, tcp_checksum(d));
}

static void
readdress(struct draft *d, const struct frame_change *change)
{
    set_address(d, 0, &change->src.address);
    set_address(d, 1, &change->dst.address);
    set_port(d, 0, change->src.port);
    set_port(d, 1, change->dst.port);
}

static void
set_lengths(struct draft *d, uint16_t piece)
{
    if (d->is_ipv4) {
        put_u16(d->ip + IPV4_LENGTH, (uint16_t)d->length);
        put_u16(d->ip + IPV4_ID, (uint16_t)(get_u16(d->ip + IPV4_ID) + piece));
    } else {
        put_u16(d->ip + IPV6_LENGTH, (uint16_t)(d->length - IPV6_HEADER));
    }
}

/* Each piece has the header; SYN and CWR stand in the first, FIN and PSH in the
 * last. */
static void
set_numbers(struct draft *d, const struct frame_change *change)
{
    uint16_t bits = get_u16(d->tcp + TCP_FLAGS);
    if (change->from > 0)
        bits &= (uint16_t) ~(SEG_SYN | SEG_CWR);
    if (change->to < d->segment.len)
        bits &= (uint16_t) ~(SEG_FIN | SEG_PSH);
    put_u16(d->tcp + TCP_FLAGS, bits);
    put_u32(d->tcp + TCP_SEQ, d->segment.seq + change->from);
}

static void
cut(struct draft *d, const struct frame_change *change)
{
    const struct segment *s = &d->segment;
    uint32_t syn = (s->flags & SEG_SYN) != 0;
    uint32_t first = change->from > syn ? change->from - syn : 0;
    uint32_t last = change->to > syn ? change->to - syn : 0;
    if (last > s->data_length)
        last = s->data_length;
    if (first > last)
        first = last;
    uint8_t *data = d->tcp + d->tcp_header;
    uint32_t before = (uint32_t)(data - d->ip);
    uint32_t present = d->captured > before ? d->captured - before : 0;
    uint32_t end = last < present ? last : present;
    uint32_t kept = end > first ? end - first : 0;
    memmove(data, data + first, kept);
    if (d->captured > before)
        d->captured = before + kept;
    d->length = before + last - first;
    set_lengths(d, change->piece);
    set_numbers(d, change);
}

/* ---- The frame ---------------------------------------------------------- */

/* Find the headers in `packet`; the draft stands on its own octets still. */
static bool
find_headers(const struct packet *packet, struct draft *d)
{
    struct frame frame;
    struct datagram datagram;
    const char *why;
    if (frame_parse(packet, &frame, &why) != PARSE_OK ||
        datagram_parse(frame.ethertype, frame.payload, frame.captured,
                       frame.original, &datagram, &why) != PARSE_OK ||
        segment_parse(&datagram, &d->segment, &why) != PARSE_OK)
        return false;
    d->is_ipv4 = datagram.version == 4;
    d->ip = (uint8_t *)(uintptr_t)frame.payload;
    d->tcp = (uint8_t *)(uintptr_t)datagram.payload;
    d->captured =
        (uint32_t)(datagram.payload - frame.payload) + datagram.captured;
    d->length = (uint32_t)(datagram.payload - frame.payload) + datagram.length;
    d->tcp_header = d->segment.data_offset * 4u;
    return true;
}

bool
frame_change(const struct packet *packet, const struct frame_change *change,
             uint8_t *room, struct packet *changed)
{
    struct draft d;
    if (!find_headers(packet, &d))
        return false;
    uint32_t link = (uint32_t)(d.ip - packet->octets);
    uint32_t kept_link = change->link_type == packet->link_type ? link : 0;
    enum checksum_answer was = segment_checksum(&d.segment);
    uint32_t header = (uint32_t)(d.tcp - d.ip);
    memcpy(room, packet->octets + link - kept_link, kept_link + d.captured);
    d.ip = room + kept_link;
    d.tcp = d.ip + header;
    if (change->readdresses)
        readdress(&d, change);
    if (change->cuts)
        cut(&d, change);
    if (change->cuts)
        ipv4_checksum_renew(&d);
    if (change->readdresses || change->cuts)
        tcp_checksum_renew(&d, was);
    *changed = *packet;
    changed->link_type = change->link_type;
    changed->octets = room;
    changed->captured = kept_link + d.captured;
    changed->original = kept_link + d.length;
    return true;
}
