/*
 * segment: the TCP header (RFC 9293, 3.1), read and measured.
 */
#ifndef TCPLAB_SEGMENT_H
#define TCPLAB_SEGMENT_H

#include "checksum.h"
#include "datagram.h"
#include "endpoint.h"
#include "reader.h"

/* The control bits, as they stand in octets 12 and 13 of the header. */
enum segment_flag {
    SEG_FIN = 0x001,
    SEG_SYN = 0x002,
    SEG_RST = 0x004,
    SEG_PSH = 0x008,
    SEG_ACK = 0x010,
    SEG_URG = 0x020,
    SEG_ECE = 0x040, // RFC 3168
    SEG_CWR = 0x080, // RFC 3168
    SEG_AE = 0x100,  // RFC 9768; the former NS
    SEG_FLAGS = 0x1ff,
};

enum {
    SEGMENT_HEADER = 20,      // octets without options
    SEGMENT_OPTIONS_MAX = 40, // 15 words less the 5 without options
};

struct segment {
    struct endpoint src, dst;
    // From the header.
    uint32_t seq;        // SEG.SEQ
    uint32_t ack;        // SEG.ACK; meaningful when flags has SEG_ACK
    uint16_t wnd;        // SEG.WND as sent, before scaling
    uint16_t up;         // SEG.UP; meaningful when flags has SEG_URG
    uint16_t flags;      // SEG_FIN ... SEG_AE
    uint8_t data_offset; // in 32-bit words
    uint8_t reserved;    // the three bits that must be zero
    uint16_t checksum;   // as sent
    // Derived.
    uint64_t pair_hash;   // of src and dst
    uint32_t len;         // SEG.LEN: data octets, plus 1 for SYN, 1 for FIN
    uint32_t data_length; // data octets sent, by the IP header's length
    bool options_cut;     // the capture ended inside the options
    bool header_cut;      // it ended before: checksum, up and options unknown
    // Borrowed from the packet.
    const uint8_t *header;  // the header's first octet
    uint32_t captured;      // octets present from `header` on
    const uint8_t *options; // options_bytes of them were captured
    uint32_t options_bytes;
    const uint8_t *data; // data_bytes of it were captured
    uint32_t data_bytes;
};

/*
 * Read the segment that a whole `datagram` of protocol TCP carries. PARSE_OK:
 * flags, seq, ack and window are valid; options_cut and header_cut say what is
 * not. PARSE_SHORT: cut before the window; the ports are valid if
 * segment->src.port is not 0. PARSE_MALFORMED: `*why` says which rule of the
 * RFC is broken (a static string), ports, seq and ack are valid.
 */
enum parse_result segment_parse(const struct datagram *datagram,
                                struct segment *segment, const char **why);

/* Judge the checksum; UNKNOWN when not all of the segment was captured. */
enum checksum_answer segment_checksum(const struct segment *segment);

/*
 * The names of flags, by their order in the header from the high bit (AE) to
 * the low (FIN). `flag_names[0].flag` is SEG_AE.
 */
struct flag_name {
    uint16_t flag;
    const char *name;
};

enum {
    FLAG_NAMES = 9
};

extern const struct flag_name flag_names[FLAG_NAMES];

/* The sequence number after the segment's last: SEG.SEQ + SEG.LEN. */
static inline uint32_t
segment_end(const struct segment *segment)
{
    return segment->seq + segment->len;
}

#endif
