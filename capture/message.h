/*
 * message: what stands beside TCP in the labs, read as far as they need it:
 * UDP (RFC 768), ICMP (RFC 792), ICMPv6 (RFC 4443), ARP (RFC 826).
 */
#ifndef TCPLAB_MESSAGE_H
#define TCPLAB_MESSAGE_H

#include "datagram.h"

struct udp {
    struct endpoint src, dst;
    uint32_t data_length; // octets of data, by the UDP header
};

struct icmp {
    struct address src, dst;
    uint8_t type, code;
    const char *name;  // "destination unreachable: port"; NULL when not known
    const char *error; // one of icmp_errors; NULL: another message
    // What an error quotes: the first octets of the TCP segment or of the UDP
    // datagram that was refused.
    bool quotes_segment, quotes_datagram;
    struct endpoint quoted_src, quoted_dst; // with either
    uint32_t quoted_seq;                    // with quotes_segment
};

/* The errors that a lab can name, "port-unreachable"; NULL behind the last. */
extern const char *const icmp_errors[];

struct arp {
    uint16_t operation; // 1 request, 2 reply
    struct address sender, target;
    uint8_t sender_mac[6];
};

/*
 * Each reads a payload; PARSE_SHORT, PARSE_MALFORMED and PARSE_OTHER as in
 * frame_parse(). Nothing is borrowed.
 */
enum parse_result udp_parse(const struct datagram *datagram, struct udp *udp,
                            const char **why);
enum parse_result icmp_parse(const struct datagram *datagram, struct icmp *icmp,
                             const char **why);
enum parse_result arp_parse(struct reader reader, struct arp *arp,
                            const char **why);

#endif
