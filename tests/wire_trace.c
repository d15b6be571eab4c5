/* wire_trace: frames made of a few numbers, written as the wire writes them. */
#include "wire_trace.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "../capture/checksum.h"
#include "../capture/frame.h"

enum {
    ETHERNET = 14,
    IPV4 = 20,
    ROOM = 2048
};

void
wire_trace_begin(struct wire_trace *wire, const char *path)
{
    static const struct trace_about about = { .application = "tcplab test",
                                              .interfaces = { "client",
                                                              "server" },
                                              .link_type = LINK_ETHERNET };
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0644);
    *wire = (struct wire_trace){ .now_ns = 1700000000000000000,
                                 .ports = { 40000, 7000 } };
    wire->writer = fd < 0 ? NULL : trace_writer_new(fd, &about);
    if (!wire->writer)
        abort();
}

void
wire_trace_end(struct wire_trace *wire)
{
    if (trace_writer_close(wire->writer) < 0)
        abort();
}

void
wire_trace_wait(struct wire_trace *wire, double milliseconds)
{
    wire->now_ns += (int64_t)(milliseconds * 1e6);
}

static void
write_packet(struct wire_trace *wire, struct packet *packet)
{
    wire->now_ns += 10000;
    packet->time_ns = wire->now_ns;
    if (trace_write(wire->writer, packet) < 0)
        abort();
}

static void
put_u16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void
put_u32(uint8_t *at, uint32_t value)
{
    put_u16(at, value >> 16);
    put_u16(at + 2, value & 0xffff);
}

/* The link's header and the datagram's; its length is filled in. */
static void
put_headers(uint8_t *frame, int from, uint32_t length)
{
    static const uint8_t datagram[IPV4] = { 0x45, 0,  0,   0, 0, 0,   0x40,
                                            0,    64, 6,   0, 0, 192, 0,
                                            2,    0,  192, 0, 2, 0 };
    memset(frame, 0, ETHERNET);
    frame[0] = frame[6] = 2; // addresses of their own
    frame[5] = (uint8_t)(2 - from);
    frame[11] = (uint8_t)(1 + from);
    put_u16(frame + 12, ETHERTYPE_OF_IPV4);
    uint8_t *ip = frame + ETHERNET;
    memcpy(ip, datagram, IPV4);
    ip[15] = (uint8_t)(1 + from);
    ip[19] = (uint8_t)(2 - from);
    put_u16(ip + 2, IPV4 + length);
    put_u16(ip + 10, 0xffffu ^ checksum_sum(ip, IPV4));
}

/* RFC 9293, 3.1: over the addresses, the protocol, the length, the segment. */
static void
put_checksum(uint8_t *frame, uint32_t length)
{
    uint8_t covered[ROOM] = { 0 };
    uint8_t *tcp = frame + ETHERNET + IPV4;
    memcpy(covered, tcp - 8, 8);
    covered[9] = 6;
    put_u16(covered + 10, length);
    memcpy(covered + 12, tcp, length);
    put_u16(tcp + 16, 0xffffu ^ checksum_sum(covered, 12 + length));
}

static uint64_t
frame_leaves(struct wire_trace *wire, int from, const uint8_t *octets,
             uint32_t bytes)
{
    struct packet packet = { .link_type = LINK_ETHERNET,
                             .interface = (uint32_t)from,
                             .id = wire->unnumbered ? 0 : ++wire->frames,
                             .captured = bytes,
                             .original = bytes,
                             .octets = octets };
    write_packet(wire, &packet);
    return packet.id;
}

uint64_t
leaves(struct wire_trace *wire, int from, uint16_t flags, uint32_t seq,
       uint32_t ack, const char *data)
{
    static const uint8_t options[] = { 2, 4, 5, 180, 1, 3, 3, 7 };
    uint8_t frame[ROOM] = { 0 };
    uint8_t *tcp = frame + ETHERNET + IPV4;
    uint32_t header = flags & SEG_SYN ? 20 + sizeof options : 20;
    uint32_t length = header + (uint32_t)strlen(data);
    put_u16(tcp, wire->ports[from]);
    put_u16(tcp + 2, wire->ports[!from]);
    put_u32(tcp + 4, seq);
    put_u32(tcp + 8, ack);
    put_u16(tcp + 12, header / 4 << 12 | flags);
    put_u16(tcp + 14, 64240);
    memcpy(tcp + 20, options, header - 20);
    memcpy(tcp + header, data, strlen(data));
    put_headers(frame, from, length);
    put_checksum(frame, length);
    return frame_leaves(wire, from, frame, ETHERNET + IPV4 + length);
}

uint64_t
other_leaves(struct wire_trace *wire, int from)
{
    static const uint8_t lldp[60] = { [12] = 0x88, 0xcc };
    return frame_leaves(wire, from, lldp, sizeof lldp);
}

void
wire_trace_number(struct wire_trace *wire, uint64_t number)
{
    wire->unnumbered = number == 0;
    wire->frames = number - 1;
}

void
wire_trace_tells(struct wire_trace *wire, struct entry *entry)
{
    char octets[ROOM];
    entry->time_ns = wire->now_ns + 10000;
    size_t bytes = entry_write(entry, octets, sizeof octets);
    if (bytes > sizeof octets)
        abort();
    struct packet packet = { .link_type = LINK_ENTRY,
                             .captured = (uint32_t)bytes,
                             .original = (uint32_t)bytes,
                             .octets = (const uint8_t *)octets };
    write_packet(wire, &packet);
}

void
fate(struct wire_trace *wire, uint64_t id, enum fate what, const char *why)
{
    struct entry entry = { .kind = ENTRY_FATE,
                           .message = span_of(fate_names[what]),
                           .has_fate = true,
                           .fate = what,
                           .frame_id = id,
                           .why = span_of(why) };
    wire_trace_tells(wire, &entry);
}

void
arrives(struct wire_trace *wire, uint64_t id)
{
    fate(wire, id, FATE_ARRIVED, "");
}

void
is_lost(struct wire_trace *wire, uint64_t id, const char *why)
{
    fate(wire, id, FATE_LOST, why);
}

void
passes(struct wire_trace *wire, int from, uint16_t flags, uint32_t seq,
       uint32_t ack, const char *data)
{
    arrives(wire, leaves(wire, from, flags, seq, ack, data));
}

void
wire_trace_open(struct wire_trace *wire)
{
    passes(wire, CLIENT, SEG_SYN, 1000, 0, "");
    passes(wire, SERVER, SEG_SYN | SEG_ACK, 5000, 1001, "");
    passes(wire, CLIENT, SEG_ACK, 1001, 5001, "");
}
