/* director_packets: what was captured, on one interface or on wires. */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "director.h"
#include "holding.h"

enum {
    LAST_OCTETS = 60000,
    LAST_PACKETS = 6, // more than a block: libpcap's have 256 KiB
};

bool
director_await_capture(struct director *d)
{
    struct source_error error;
    if (d->opening) {
        d->sources[0] = source_opened(d->opening, &error);
        d->source_count = d->sources[0] != NULL;
        d->opening = NULL;
        if (!d->sources[0])
            snprintf(d->result.uncaptured, sizeof d->result.uncaptured, "%s",
                     error.text);
    }
    return !d->result.uncaptured[0];
}

/* When what a wire tells happened stands in it. */
static void
take_fate(struct director *d, struct packet *packet)
{
    struct entry entry;
    if (!entry_read(packet->octets, packet->captured, &entry))
        return;
    packet->time_ns = entry.time_ns;
    recorder_packet(d->recorder, packet);
    holding_fate(d, &entry);
}

/* Which interface of the run's trace a source's is: the hosts' own come first,
 * and behind them the router's, towards the client and the server. */
static uint32_t
interface_of(const struct director *d, int source, uint32_t interface)
{
    static const uint32_t routed[WIRES_MAX][DIRECTIONS] = { { 0, 2 },
                                                            { 3, 1 } };
    if (d->source_count < WIRES_MAX)
        return interface;
    return routed[source][interface == FROM_SERVER];
}

static void
take_frame(struct director *d, int source, struct packet *packet)
{
    d->newest_ns = packet->time_ns;
    packet->interface = interface_of(d, source, packet->interface);
    recorder_packet(d->recorder, packet);
    if (packet->id)
        holding_frame(d, packet);
}

/* False: there is none now. */
static bool
take_packet_of(struct director *d, int source)
{
    struct packet packet;
    if (d->source_is_over[source])
        return false;
    enum source_result result = source_next(d->sources[source], &packet);
    if (result == SOURCE_WAIT && d->wire_count == 0 && d->newest_ns)
        recorder_caught_up(d->recorder, d->newest_ns);
    if (result != SOURCE_PACKET) {
        d->source_is_over[source] = result != SOURCE_WAIT;
        return false;
    }
    if (packet.link_type == LINK_ENTRY)
        take_fate(d, &packet);
    else
        take_frame(d, source, &packet);
    director_moved(d);
    return true;
}

bool
director_take_packet(struct director *d)
{
    for (int i = 0; i < d->source_count; i++)
        if (take_packet_of(d, i))
            return true;
    return false;
}

/* False: all captures are at their end. */
bool
director_take_packets(struct director *d)
{
    bool more = false;
    int64_t moved_ns = d->moved_ns;
    while (director_take_packet(d))
        ;
    for (int i = 0; i < d->source_count; i++)
        more |= !d->source_is_over[i];
    if (d->plan->shows_cwnd && d->moved_ns != moved_ns)
        states_watch_cwnd(d->states); // what has come may have opened it
    return more;
}

/*
 * A packet newer than the end shows that all older ones have come: datagrams to
 * nobody, as large as the interface takes them. The kernel hands over a block of
 * the ring when it is full, which saves waiting until it is old.
 */
static void
send_last_packets(void)
{
    static const char octets[LAST_OCTETS];
    const struct sockaddr_in nobody = { .sin_family = AF_INET,
                                        .sin_port = htons(9),
                                        .sin_addr.s_addr =
                                            htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;                            // then the end is waited for
    for (int i = 0; i < LAST_PACKETS; i++) // errors come back from there
        sendto(fd, octets, sizeof octets, 0, (const struct sockaddr *)&nobody,
               sizeof nobody);
    close(fd);
}

bool
director_wire_is_over(const struct director *d)
{
    for (int i = 0; i < d->wire_count; i++)
        if (d->source_is_over[i])
            return true;
    return false;
}

bool
director_tell_wires(struct director *d, const char *command)
{
    char answer[WIRE_WHY];
    bool yes = false;
    for (int i = 0; i < d->wire_count; i++)
        yes |= wire_tell(&d->wires[i], command, answer, sizeof answer);
    return yes;
}

void
director_tell_wire_of(struct director *d, uint64_t id, const char *command)
{
    char answer[WIRE_WHY];
    uint64_t wire = (id - 1) % (uint64_t)d->wire_count;
    wire_tell(&d->wires[wire], command, answer, sizeof answer);
}

/* Take what is there until nothing more comes. */
static void
take_all_packets(struct director *d)
{
    while (director_take_packets(d))
        for (int i = 0; i < d->source_count; i++)
            if (!d->source_is_over[i])
                source_wait(d->sources[i], DIRECTOR_DRAIN_MS);
}

/* What wires still have is lost; what they told is taken to its end. */
static void
drain_wires(struct director *d)
{
    director_tell_wires(d, "quit");
    take_all_packets(d);
    for (int i = 0; i < d->wire_count; i++) {
        struct wire_result result = { 0 };
        bool whole = wire_end(&d->wires[i], &result);
        d->result.dropped += whole ? result.unseen : 0;
        d->result.wire_died |= !whole;
        if (i != d->public_wire)
            continue;
        d->result.has_wire = whole;
        d->result.wire = result;
    }
}

void
director_drain(struct director *d)
{
    if (!director_await_capture(d) || d->source_count == 0)
        return;
    if (d->wire_count > 0) {
        drain_wires(d);
        return;
    }
    source_stop(d->sources[0]);
    director_take_packets(d);
    send_last_packets();
    take_all_packets(d);
    d->result.dropped = source_counts(d->sources[0]).dropped;
}
