/* segment: from octets to a TCP header. */
#include "segment.h"

const struct flag_name flag_names[FLAG_NAMES] = {
    { SEG_AE, "AE" },   { SEG_CWR, "CWR" }, { SEG_ECE, "ECE" },
    { SEG_URG, "URG" }, { SEG_ACK, "ACK" }, { SEG_PSH, "PSH" },
    { SEG_RST, "RST" }, { SEG_SYN, "SYN" }, { SEG_FIN, "FIN" },
};

/*
 * RFC 9293, 3.1:
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |          Source Port          |       Destination Port        |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                        Sequence Number                        |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                    Acknowledgment Number                      |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |  Data |     |A|C|E|U|A|P|R|S|F|                               |
 *  | Offset| Rsr |E|W|C|R|C|S|S|Y|I|            Window             |
 *  |       |     | |R|E|G|K|H|T|N|N|                               |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |           Checksum            |         Urgent Pointer        |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                           [Options]                           |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
static bool
header_parse(struct reader *r, struct segment *s)
{
    s->src.port = reader_u16(r);
    s->dst.port = reader_u16(r);
    s->seq = reader_u32(r);
    s->ack = reader_u32(r);
    uint16_t offset_flags = reader_u16(r);
    s->data_offset = (uint8_t)(offset_flags >> 12);
    s->reserved = (offset_flags >> 9) & 7;
    s->flags = offset_flags & SEG_FLAGS;
    s->wnd = reader_u16(r);
    bool has_window = !r->short_read;
    s->checksum = reader_u16(r);
    s->up = reader_u16(r);
    s->header_cut = r->short_read;
    return has_window;
}

/* Where the options and the data begin and end, captured and sent. */
static void
measure(struct reader *r, struct segment *s, uint32_t length)
{
    uint32_t header = s->data_offset * 4u;
    size_t options = header - SEGMENT_HEADER;
    size_t left = reader_left(r);
    s->options_cut = left < options;
    s->options_bytes = (uint32_t)(s->options_cut ? left : options);
    s->options = reader_take(r, s->options_bytes);
    s->data = r->next;
    s->data_bytes = (uint32_t)reader_left(r);
    s->data_length = length - header;
    s->len = s->data_length + ((s->flags & SEG_SYN) != 0) +
             ((s->flags & SEG_FIN) != 0);
}

enum parse_result
segment_parse(const struct datagram *datagram, struct segment *segment,
              const char **why)
{
    struct reader r = reader_over(datagram->payload, datagram->captured);
    *segment = (struct segment){ .src.address = datagram->src,
                                 .dst.address = datagram->dst,
                                 .header = datagram->payload,
                                 .captured = datagram->captured };
    bool has_window = header_parse(&r, segment);
    if (datagram->length < SEGMENT_HEADER) {
        *why = "a datagram too short for a TCP header of 20 octets";
        return PARSE_MALFORMED;
    }
    if (!has_window)
        return PARSE_SHORT;
    if (segment->data_offset < 5) {
        *why = "a data offset below the minimum of 5 words";
        return PARSE_MALFORMED;
    }
    if (segment->data_offset * 4u > datagram->length) {
        *why = "a data offset beyond the end of the segment";
        return PARSE_MALFORMED;
    }
    measure(&r, segment, datagram->length);
    segment->pair_hash = endpoint_pair_hash(&segment->src, &segment->dst);
    return PARSE_OK;
}

enum checksum_answer
segment_checksum(const struct segment *segment)
{
    uint32_t sent = segment->data_offset * 4u + segment->data_length;
    if (segment->captured < sent)
        return CHECKSUM_UNKNOWN;
    return checksum_judge(&segment->src.address, &segment->dst.address,
                          IP_PROTOCOL_TCP, segment->header, sent, 16);
}
