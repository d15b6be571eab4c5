/* two_views: frames made of a few numbers, seen at two places. */
#include "two_views.h"

#include <stdlib.h>
#include <string.h>

#include "../capture/checksum.h"
#include "../capture/frame.h"
#include "scratch.h"

enum {
    NANOSECONDS = 0xa1b23c4d,
    ETHERNET = 14,
    IPV4 = 20,
    IPV6 = 40,
    TCP = 20,
    TIMES = 12,
};

void
views_begin(struct views *v)
{
    *v = (struct views){ .now_ns = 1700000000000000000,
                         .begin_ns = 1700000000000000000,
                         .delay_ns = { 40000000, 40000000 },
                         .port = { 40000, 80 },
                         .ip_id = { 100, 20000 } };
    for (int i = 0; i < 2; i++) {
        v->files[i].link_type = LINK_ETHERNET;
        v->files[i].records = calloc(VIEW_RECORDS, sizeof(struct view_record));
        if (!v->files[i].records)
            abort();
    }
}

void
views_end(struct views *v)
{
    for (int i = 0; i < 2; i++) {
        for (uint32_t k = 0; k < v->files[i].count; k++)
            free(v->files[i].records[k].octets);
        free(v->files[i].records);
    }
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

/* ---- Frames -------------------------------------------------------------- */

/* What a segment is made of. */
struct shape {
    int from;
    uint16_t flags;
    uint32_t seq, ack, length;
    uint32_t times[2]; // value and echo
    uint16_t ip_id;
};

static uint32_t
sum_of(const uint8_t *octets, uint32_t bytes)
{
    return checksum_sum(octets, bytes);
}

static void
put_tcp(const struct views *v, const struct shape *s, uint8_t *tcp, int at)
{
    uint32_t options = v->no_times ? 0 : TIMES, header = TCP + options;
    uint16_t ports[2] = { v->port[0], v->port[1] };
    if (v->nat && at == SERVER)
        ports[CLIENT] = (uint16_t)(ports[CLIENT] + 21000);
    put_u16(tcp, ports[s->from]);
    put_u16(tcp + 2, ports[!s->from]);
    put_u32(tcp + 4, s->seq);
    put_u32(tcp + 8, s->ack);
    put_u16(tcp + 12, header / 4 << 12 | s->flags);
    put_u16(tcp + 14, 64240);
    if (!v->no_times) {
        put_u32(tcp + 20, 0x0101080a);
        put_u32(tcp + 24, s->times[0]);
        put_u32(tcp + 28, s->times[1]);
    }
    for (uint32_t i = 0; i < s->length; i++)
        tcp[header + i] = (uint8_t)('a' + (s->seq + i) % 26);
}

static void
put_ipv4(const struct views *v, const struct shape *s, uint8_t *ip, int at,
         uint32_t bytes)
{
    uint8_t ends[2][4] = { { 192, 0, 2, 1 }, { 198, 51, 100, 2 } };
    if (v->nat && at == SERVER)
        memcpy(ends[CLIENT], (uint8_t[]){ 203, 0, 113, 5 }, 4);
    put_u16(ip, 0x4500);
    put_u16(ip + 2, IPV4 + bytes);
    put_u16(ip + 4, v->no_ids ? 0 : s->ip_id);
    put_u16(ip + 6, 0x4000);
    put_u16(ip + 8, (at == s->from ? 64u : 57u) << 8 | IP_PROTOCOL_TCP);
    memcpy(ip + 12, ends[s->from], 4);
    memcpy(ip + 16, ends[!s->from], 4);
    put_u16(ip + 10, 0xffffu ^ checksum_sum(ip, IPV4));
}

static void
put_ipv6(const struct shape *s, uint8_t *ip, uint32_t bytes)
{
    put_u32(ip, 0x60000000);
    put_u16(ip + 4, bytes);
    put_u16(ip + 6, IP_PROTOCOL_TCP << 8 | 64);
    for (int i = 0; i < 2; i++) {
        put_u32(ip + 8 + 16 * (size_t)i, 0x20010db8);
        ip[8 + 16 * i + 15] = (uint8_t)(1 + (i ^ s->from));
    }
}

/* RFC 9293, 3.1; the addresses stand just before the segment's header. */
static void
put_checksum(uint8_t *tcp, uint32_t bytes, uint32_t addresses)
{
    uint32_t sum = sum_of(tcp - addresses, addresses) + IP_PROTOCOL_TCP + bytes;
    sum += sum_of(tcp, bytes);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    put_u16(tcp + 16, 0xffffu ^ sum);
}

static void
see(struct views *v, const struct shape *s, int at, int64_t time_ns)
{
    struct view_file *file = &v->files[at];
    uint32_t link = file->link_type == LINK_ETHERNET ? ETHERNET : 0;
    uint32_t ip = v->is_ipv6 ? IPV6 : IPV4;
    uint32_t options = v->no_times ? 0 : TIMES;
    uint32_t bytes = TCP + options + s->length;
    if (v->off[at])
        return;
    if (file->count == VIEW_RECORDS)
        abort();
    struct view_record *record = &file->records[file->count++];
    record->bytes = link + ip + bytes;
    record->octets = calloc(1, record->bytes);
    uint8_t *network = record->octets + link;
    if (link)
        put_u16(record->octets + 12,
                v->is_ipv6 ? ETHERTYPE_OF_IPV6 : ETHERTYPE_OF_IPV4);
    if (v->is_ipv6)
        put_ipv6(s, network, bytes);
    else
        put_ipv4(v, s, network, at, bytes);
    put_tcp(v, s, network + ip, at);
    put_checksum(network + ip, bytes, v->is_ipv6 ? 32 : 8);
    if (at == SERVER)
        time_ns += v->offset_ns +
                   (int64_t)(v->drift * (double)(time_ns - v->begin_ns));
    record->time_ns = time_ns;
}

static struct shape
leave(struct views *v, int from, uint16_t flags, uint32_t seq, uint32_t ack,
      uint32_t length)
{
    v->now_ns += 1000000;
    uint32_t clock = (uint32_t)(v->now_ns / 1000000);
    return (struct shape){ .from = from,
                           .flags = flags,
                           .seq = seq,
                           .ack = ack,
                           .length = length,
                           .times = { clock, flags & SEG_ACK ? clock - 80 : 0 },
                           .ip_id = ++v->ip_id[from] };
}

/* ---- What becomes of it -------------------------------------------------- */

void
goes_late(struct views *v, int from, uint16_t flags, uint32_t seq, uint32_t ack,
          uint32_t length, double milliseconds)
{
    struct shape s = leave(v, from, flags, seq, ack, length);
    see(v, &s, from, v->now_ns);
    see(v, &s, !from,
        v->now_ns + v->delay_ns[from] + (int64_t)(milliseconds * 1e6));
}

void
goes(struct views *v, int from, uint16_t flags, uint32_t seq, uint32_t ack,
     uint32_t length)
{
    goes_late(v, from, flags, seq, ack, length, 0);
}

void
goes_lost(struct views *v, int from, uint16_t flags, uint32_t seq, uint32_t ack,
          uint32_t length)
{
    struct shape s = leave(v, from, flags, seq, ack, length);
    see(v, &s, from, v->now_ns);
}

void
only_leaves(struct views *v, int from, uint16_t flags, uint32_t seq,
            uint32_t ack, uint32_t length)
{
    goes_lost(v, from, flags, seq, ack, length);
}

void
only_comes(struct views *v, int from, uint16_t flags, uint32_t seq,
           uint32_t ack, uint32_t length)
{
    struct shape s = leave(v, from, flags, seq, ack, length);
    see(v, &s, !from, v->now_ns);
}

void
goes_twice(struct views *v, int from, uint16_t flags, uint32_t seq,
           uint32_t ack, uint32_t length)
{
    struct shape s = leave(v, from, flags, seq, ack, length);
    see(v, &s, from, v->now_ns);
    see(v, &s, !from, v->now_ns + v->delay_ns[from]);
    see(v, &s, !from, v->now_ns + v->delay_ns[from] + 300000);
}

void
goes_cut(struct views *v, int from, uint16_t flags, uint32_t seq, uint32_t ack,
         uint32_t length, uint32_t piece, int lost)
{
    const uint16_t last = SEG_FIN | SEG_PSH;
    struct shape s = leave(v, from, flags, seq, ack, length);
    see(v, &s, from, v->now_ns);
    for (uint32_t at = 0, n = 0; at < length; at += piece, n++) {
        struct shape part = s;
        part.seq = seq + at;
        part.length = length - at < piece ? length - at : piece;
        part.ip_id = (uint16_t)(s.ip_id + n);
        if (at + part.length < length)
            part.flags = (uint16_t)(flags & ~last);
        if ((int)n != lost)
            see(v, &part, !from, v->now_ns + v->delay_ns[from] + n * 12000);
        v->ip_id[from] = part.ip_id;
    }
}

void
go_joined(struct views *v, int from, uint32_t seq, uint32_t ack,
          uint32_t length, int count)
{
    struct shape s = leave(v, from, SEG_ACK, seq, ack, length), whole = s;
    for (int i = 0; i < count; i++) {
        struct shape part = s;
        part.seq = seq + length * (uint32_t)i;
        part.ip_id = (uint16_t)(s.ip_id + i);
        see(v, &part, from, v->now_ns + i * 1000);
    }
    v->ip_id[from] = (uint16_t)(s.ip_id + count);
    whole.length = length * (uint32_t)count;
    see(v, &whole, !from, v->now_ns + v->delay_ns[from] + 20000);
}

void
views_wait(struct views *v, double milliseconds)
{
    v->now_ns += (int64_t)(milliseconds * 1e6);
}

void
views_open(struct views *v)
{
    goes(v, CLIENT, SEG_SYN, 1000, 0, 0);
    views_wait(v, 40);
    goes(v, SERVER, SEG_SYN | SEG_ACK, 5000, 1001, 0);
    views_wait(v, 40);
    goes(v, CLIENT, SEG_ACK, 1001, 5001, 0);
}

void
views_close(struct views *v, uint32_t sent, uint32_t received)
{
    uint32_t a = 1001 + sent, b = 5001 + received;
    views_wait(v, 100);
    goes(v, CLIENT, SEG_FIN | SEG_ACK, a, b, 0);
    views_wait(v, 40);
    goes(v, SERVER, SEG_ACK, b, a + 1, 0);
    goes(v, SERVER, SEG_FIN | SEG_ACK, b, a + 1, 0);
    views_wait(v, 40);
    goes(v, CLIENT, SEG_ACK, a + 1, b + 1, 0);
}

/* ---- Files --------------------------------------------------------------- */

static int
by_time(const void *one, const void *two)
{
    const struct view_record *a = one, *b = two;
    if (a->time_ns != b->time_ns)
        return a->time_ns < b->time_ns ? -1 : 1;
    return a->octets < b->octets ? -1 : a->octets > b->octets;
}

static void
write_u32(FILE *file, uint32_t value)
{
    if (fwrite(&value, 4, 1, file) != 1)
        abort();
}

static void
write_file(struct view_file *view, const char *path)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        abort();
    qsort(view->records, view->count, sizeof *view->records, by_time);
    write_u32(file, NANOSECONDS);
    write_u32(file, 2 | 4 << 16);
    write_u32(file, 0);
    write_u32(file, 0);
    write_u32(file, 262144);
    write_u32(file, (uint32_t)view->link_type);
    for (uint32_t i = 0; i < view->count; i++) {
        const struct view_record *record = &view->records[i];
        write_u32(file, (uint32_t)(record->time_ns / 1000000000));
        write_u32(file, (uint32_t)(record->time_ns % 1000000000));
        write_u32(file, record->bytes);
        write_u32(file, record->bytes);
        if (fwrite(record->octets, record->bytes, 1, file) != 1)
            abort();
    }
    if (fclose(file) != 0)
        abort();
}

void
views_write(struct views *v, const char *client, const char *server,
            const char *paths[2])
{
    paths[CLIENT] = scratch_path(client);
    paths[SERVER] = scratch_path(server);
    for (int i = 0; i < 2; i++)
        write_file(&v->files[i], paths[i]);
}
