/* decode: link, network, transport; a function a layer. */
#include "decode.h"

static void
other(struct decoded *d, const char *what, int number)
{
    d->kind = DECODED_OTHER;
    d->what = what;
    d->number = number;
}

static void
malformed(struct decoded *d, const char *what)
{
    d->kind = DECODED_MALFORMED;
    d->what = what;
    d->number = -1;
}

/* What a parser said of a layer, when it was not PARSE_OK. */
static void
give_up(struct decoded *d, enum parse_result result, const char *cut,
        const char *why)
{
    switch (result) {
    case PARSE_OK:
        break;
    case PARSE_SHORT:
        malformed(d, cut);
        break;
    case PARSE_MALFORMED:
        malformed(d, why);
        break;
    case PARSE_OTHER:
        other(d, why, -1);
        break;
    }
}

static void
decode_segment(const struct datagram *datagram, struct decoded *d)
{
    const char *why = NULL;
    enum parse_result result = segment_parse(datagram, &d->segment, &why);
    d->kind = DECODED_SEGMENT;
    if (result == PARSE_OK) {
        d->checksum = segment_checksum(&d->segment);
        return;
    }
    give_up(d, result, "the capture is cut inside the TCP header", why);
    d->has_ports = datagram->captured >= 4;
}

static void
decode_udp(const struct datagram *datagram, struct decoded *d)
{
    const char *why = NULL;
    enum parse_result result = udp_parse(datagram, &d->udp, &why);
    d->kind = DECODED_DATAGRAM;
    give_up(d, result, "the capture is cut inside the UDP header", why);
}

static void
decode_icmp(const struct datagram *datagram, struct decoded *d)
{
    const char *why = NULL;
    enum parse_result result = icmp_parse(datagram, &d->icmp, &why);
    d->kind = DECODED_ICMP;
    give_up(d, result, "the capture is cut inside the ICMP header", why);
}

void
decode_datagram(const struct datagram *datagram, struct decoded *d)
{
    const char *name;
    switch (datagram->protocol) {
    case IP_PROTOCOL_TCP:
        decode_segment(datagram, d);
        break;
    case IP_PROTOCOL_UDP:
        decode_udp(datagram, d);
        break;
    case IP_PROTOCOL_ICMP:
    case IP_PROTOCOL_ICMPV6:
        decode_icmp(datagram, d);
        break;
    default:
        name = ip_protocol_name(datagram->protocol);
        if (name)
            other(d, name, -1);
        else
            other(d, "IP protocol", datagram->protocol);
    }
}

static void
decode_ip(const struct frame *frame, struct decoded *d)
{
    struct datagram datagram;
    const char *why = NULL;
    enum parse_result result =
        datagram_parse(frame->ethertype, frame->payload, frame->captured,
                       frame->original, &datagram, &why);
    if (result != PARSE_OK) {
        give_up(d, result, "the capture is cut inside the IP header", why);
    } else if (datagram_is_fragment(&datagram)) {
        d->kind = DECODED_FRAGMENT;
        d->fragment = datagram;
    } else {
        decode_datagram(&datagram, d);
    }
}

static void
decode_arp(const struct frame *frame, struct decoded *d)
{
    const char *why = NULL;
    enum parse_result result =
        arp_parse(reader_over(frame->payload, frame->captured), &d->arp, &why);
    d->kind = DECODED_ARP;
    give_up(d, result, "the capture is cut inside the ARP message", why);
}

static void
decode_ethertype(const struct frame *frame, struct decoded *d)
{
    const char *name = ethertype_name(frame->ethertype);
    if (name)
        other(d, name, -1);
    else
        other(d, "EtherType", frame->ethertype);
}

void
decode_packet(const struct packet *packet, struct decoded *decoded)
{
    struct frame frame;
    const char *why = NULL;
    decoded->has_ports = false;
    if (packet->link_type == LINK_ENTRY || packet->link_type == LINK_PROMPT) {
        decoded->kind = DECODED_ENTRY;
        return;
    }
    enum parse_result result = frame_parse(packet, &frame, &why);
    if (result != PARSE_OK) {
        give_up(decoded, result, "the capture is cut inside the link header",
                why);
        if (result == PARSE_OTHER && why == frame_unknown_link)
            decoded->number = packet->link_type;
        return;
    }
    switch (frame.ethertype) {
    case ETHERTYPE_OF_IPV4:
    case ETHERTYPE_OF_IPV6:
        decode_ip(&frame, decoded);
        break;
    case ETHERTYPE_OF_ARP:
        decode_arp(&frame, decoded);
        break;
    default:
        decode_ethertype(&frame, decoded);
    }
}
