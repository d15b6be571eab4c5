/*
 * wire: what a relayed wire costs, beside a cable without one.
 *
 * usage: wire idle COUNT    a datagram there and back, COUNT times, now and then
 *        wire bulk OCTETS   so many over one connection, and compared
 *        wire apart OCTETS  the same, received on another processor
 *
 * Hosts and relay share one processor, and who reads the trace may use any, as
 * on a stage. What is sent in one direction alone stays in order when its
 * receiver, too, may use another one. Prints a line of JSON. Exit status 3 when there is no private
 * network here.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "../../capture/clock.h"
#include "../../capture/entry.h"
#include "../../capture/source.h"
#include "../../src/host/namespace.h"
#include "../../src/host/pins.h"
#include "../../src/host/processor.h"
#include "../../src/host/topology.h"
#include "../../src/wire/wire.h"

enum {
    PORT = 9,
    INTERVAL_NS = 2000000, // between two datagrams: long enough to be idle
    PART = 65536,
    SNAPLEN = 128,
    LINGER_S = 10,
};

static struct topology topology;
static struct wire wire;
static pid_t reader;
static int overtakings;   // a pipe from the reader: how many frames overtook
static cpu_set_t allowed; // before hosts and relay shared one processor

/* ---- Setting up ----------------------------------------------------------- */

static void
make_hosts(void)
{
    char told[1024];
    struct topology_options options = { .arp = false };
    const char *refused = namespace_enter_user();
    if (!refused)
        refused = topology_make(&topology, &options);
    if (refused)
        err(3, "%s", refused);
    for (int place = 0; place < PLACES; place++) {
        topology_enter(&topology, (enum topology_place)place);
        pins_set(NULL, 0, told, sizeof told);
    }
}

/* Frames have numbers in the order they left: do they arrive in it? */
static void
read_trace(int report)
{
    struct source_error error;
    struct packet packet;
    struct entry entry;
    uint64_t last[DIRECTIONS] = { 0 }, count = 0;
    static uint8_t from[1 << 20]; // of the last frames
    struct source *source = source_open_fd(wire.stream_fd, NULL, &error);
    enum source_result result = source ? SOURCE_WAIT : SOURCE_END;
    for (; result == SOURCE_PACKET || result == SOURCE_WAIT;
         result = source_next(source, &packet)) {
        if (result == SOURCE_WAIT) {
            source_wait(source, -1);
        } else if (packet.link_type != LINK_ENTRY) {
            from[packet.id % sizeof from] = (uint8_t)(packet.interface & 1);
        } else if (entry_read(packet.octets, packet.captured, &entry) &&
                   entry.fate == FATE_ARRIVED) {
            uint64_t *before = &last[from[entry.frame_id % sizeof from]];
            count += entry.frame_id < *before;
            *before = entry.frame_id;
        }
    }
    if (write(report, &count, sizeof count) != sizeof count)
        _exit(1);
    _exit(0);
}

/* The trace is read by somebody, as it would be. */
static void
lay_wire(void)
{
    char why[WIRE_WHY];
    int report[2];
    struct wire_options options = {
        .netns = topology.netns[PLACE_MIDDLE],
        .policy = policy_new(1),
        .snaplen = SNAPLEN,
    };
    if (wire_start(&wire, &options, why) < 0)
        errx(3, "%s", why);
    if (pipe(report) < 0)
        err(3, "a pipe");
    reader = fork();
    if (reader == 0) {
        sched_setaffinity(0, sizeof allowed, &allowed);
        close(wire.control_fd);
        read_trace(report[1]);
    }
    close(report[1]);
    close(wire.stream_fd);
    overtakings = report[0];
}

static struct wire_result
take_wire_away(void)
{
    struct wire_result result;
    char answer[WIRE_WHY];
    if (!wire_tell(&wire, "quit", answer, sizeof answer))
        errx(3, "%s", answer);
    if (!wire_end(&wire, &result) || *result.failure)
        errx(3, "the wire ended: %s", result.failure);
    waitpid(reader, NULL, 0);
    return result;
}

/* A cable without a wire, beside: 198.51.100.1 and .2. */
static void
lay_cable(void)
{
    static const char *const names[2] = { "cable", "cable" };

    enum topology_place places[2] = { PLACE_CLIENT, PLACE_SERVER };
    struct links *links[2];
    struct link_end ends[2];
    const char *which;
    for (int i = 0; i < 2; i++) {
        ends[i] =
            (struct link_end){ names[i], topology.netns[places[i]], NULL };
        links[i] = links_open(ends[i].netns);
    }
    if (!links[0] || !links[1] ||
        links_make_veth(links[0], &ends[0], &ends[1]) < 0)
        err(3, "making a cable");
    for (int i = 0; i < 2; i++) {
        const uint8_t octets[4] = { 198, 51, 100, (uint8_t)(i + 1) };
        struct address address = address_ipv4(octets);
        if (links_offloads_off(links[i], names[i], &which) < 0 ||
            links_up(links[i], names[i], TOPOLOGY_MTU, true) < 0 ||
            links_address(links[i], names[i], &address, 24) < 0)
            err(3, "setting up a cable");
    }
    links_close(links[0]);
    links_close(links[1]);
}

static int
socket_at(enum topology_place place, int type)
{
    int fd = -1;
    if (topology_enter(&topology, place) < 0 ||
        (fd = socket(AF_INET, type, 0)) < 0)
        err(3, "a socket");
    return fd;
}

static struct sockaddr_in
address_of(const char *words)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(PORT) };
    inet_pton(AF_INET, words, &address.sin_addr);
    return address;
}

/* ---- Idle ----------------------------------------------------------------- */

static int
by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void
echo(int fd)
{
    char octet;
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    while (recvfrom(fd, &octet, 1, 0, (struct sockaddr *)&from, &size) == 1)
        sendto(fd, &octet, 1, 0, (struct sockaddr *)&from, size);
    _exit(0);
}

/* Until a timer has run for so long. */
static void
await(int timer, long ns)
{
    struct itimerspec at = { .it_value.tv_nsec = ns };
    uint64_t ticks;
    if (timerfd_settime(timer, 0, &at, NULL) < 0 ||
        read(timer, &ticks, sizeof ticks) != sizeof ticks)
        err(3, "a timer");
}

/* The median time there and back, in microseconds. */
static double
there_and_back(const char *server, int count)
{
    struct sockaddr_in to = address_of(server);
    int64_t *took_ns = calloc((size_t)count, sizeof *took_ns);
    int there = socket_at(PLACE_SERVER, SOCK_DGRAM);
    if (!took_ns || bind(there, (struct sockaddr *)&to, sizeof to) < 0)
        err(3, "%s", server);
    pid_t child = fork();
    if (child == 0)
        echo(there);
    close(there);
    int here = socket_at(PLACE_CLIENT, SOCK_DGRAM);
    int pace = timerfd_create(CLOCK_MONOTONIC, 0);
    char octet = 0;
    if (connect(here, (struct sockaddr *)&to, sizeof to) < 0)
        err(3, "%s", server);
    for (int i = 0; i < count; i++) {
        await(pace, INTERVAL_NS);
        int64_t begin_ns = clock_ns(CLOCK_MONOTONIC);
        if (send(here, &octet, 1, 0) != 1 || recv(here, &octet, 1, 0) != 1)
            err(3, "%s", server);
        took_ns[i] = clock_ns(CLOCK_MONOTONIC) - begin_ns;
    }
    close(pace);
    close(here);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    qsort(took_ns, (size_t)count, sizeof *took_ns, by_size);
    double median = (double)took_ns[count / 2] / 1e3;
    free(took_ns);
    return median;
}

static void
idle(int count)
{
    lay_cable();
    lay_wire();
    double cable = there_and_back("198.51.100.2", count);
    double relayed = there_and_back(topology_server_ipv4, count);
    take_wire_away();
    printf("{\"cable_us\":%.1f,\"wire_us\":%.1f,\"added_us\":%.1f}\n", cable,
           relayed, (relayed - cable) / 2);
}

/* ---- Bulk ----------------------------------------------------------------- */

/* Octets that do not repeat, made before the time is taken: both processes have
 * them, and spend it on the wire. */
static uint8_t *
make_octets(uint64_t octets)
{
    uint64_t state = 1;
    uint8_t *made = mmap(NULL, octets + sizeof state, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (made == MAP_FAILED)
        err(3, "%" PRIu64 " octets", octets);
    for (uint64_t i = 0; i < octets; i += sizeof state) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        memcpy(made + i, &state, sizeof state);
    }
    return made;
}

/* Receive all, compare it with what was to come, and say how much was right.
 * The close returns when its FIN is acknowledged: then nothing is on the way. */
static void
compare(int listener, int report, const uint8_t *expected, uint64_t octets)
{
    static uint8_t got[PART];
    uint64_t right = 0;
    ssize_t n;
    struct linger until_acknowledged = { .l_onoff = 1, .l_linger = LINGER_S };
    int fd = accept(listener, NULL, NULL);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &until_acknowledged,
               sizeof until_acknowledged);
    while ((n = recv(fd, got, PART, 0)) > 0 && (uint64_t)n <= octets - right &&
           memcmp(expected + right, got, (size_t)n) == 0)
        right += (uint64_t)n;
    if (n > 0)
        right = 0;
    if (write(report, &right, sizeof right) != sizeof right)
        _exit(1);
    close(fd);
    _exit(0);
}

/* To one of those that hosts and relay do not share; where there is only that,
 * stay. */
static void
leave_processor(void)
{
    cpu_set_t shared, others;
    sched_getaffinity(0, sizeof shared, &shared);
    CPU_XOR(&others, &allowed, &shared);
    if (CPU_COUNT(&others) > 0)
        sched_setaffinity(0, sizeof others, &others);
}

static void
send_all(int fd, const uint8_t *made, uint64_t octets)
{
    for (uint64_t sent = 0; sent < octets;) {
        size_t part = octets - sent < PART ? (size_t)(octets - sent) : PART;
        ssize_t n = send(fd, made + sent, part, 0);
        if (n < 0)
            err(3, "sending");
        sent += (uint64_t)n;
    }
    shutdown(fd, SHUT_WR);
}

/* A counter of /proc/net/snmp ("Tcp:") or netstat ("TcpExt:"), on one of the
 * hosts. */
static int64_t
counter(enum topology_place place, const char *group, const char *name)
{
    static char names[8192], values[8192];
    int64_t value = -1;
    topology_enter(&topology, place);
    FILE *lines = fopen(group[3] == ':' ? "/proc/self/net/snmp"
                                        : "/proc/self/net/netstat",
                        "r");
    while (lines && fgets(names, sizeof names, lines) &&
           fgets(values, sizeof values, lines)) {
        char *n, *v, *at = strtok_r(names, " \n", &n),
                     *number = strtok_r(values, " \n", &v);
        if (!at || strcmp(at, group) != 0)
            continue;
        while (at && number && strcmp(at, name) != 0) {
            at = strtok_r(NULL, " \n", &n);
            number = strtok_r(NULL, " \n", &v);
        }
        value = at && number ? strtoll(number, NULL, 10) : -1;
    }
    if (lines)
        fclose(lines);
    if (value < 0)
        errx(1, "this kernel does not count %s %s", group, name);
    return value;
}

static int64_t
on_both_hosts(const char *group, const char *name)
{
    return counter(PLACE_CLIENT, group, name) +
           counter(PLACE_SERVER, group, name);
}

/* What both kernels counted. With offloads off a segment is a frame, and what
 * is sent again does not count as sent. */
static void
print_counters(void)
{
    int64_t again = on_both_hosts("Tcp:", "RetransSegs");
    int64_t lost = on_both_hosts("Tcp:", "OutSegs") + again -
                   on_both_hosts("Tcp:", "InSegs");
    int64_t dsacks = on_both_hosts("TcpExt:", "TCPDSACKOldSent") +
                     on_both_hosts("TcpExt:", "TCPDSACKOfoSent");
    printf(",\"lost\":%" PRId64 ",\"sent_again\":%" PRId64
           ",\"out_of_order\":%" PRId64 ",\"dsacks\":%" PRId64 "}\n",
           lost, again, on_both_hosts("TcpExt:", "TCPOFOQueue"), dsacks);
}

static void
bulk(uint64_t octets, bool apart)
{
    struct sockaddr_in to = address_of(topology_server_ipv4);
    int report[2];
    uint64_t right = 0;
    const uint8_t *made = make_octets(octets);
    lay_wire();
    int listener = socket_at(PLACE_SERVER, SOCK_STREAM);
    if (bind(listener, (struct sockaddr *)&to, sizeof to) < 0 ||
        listen(listener, 1) < 0 || pipe(report) < 0)
        err(3, "listening");
    pid_t child = fork();
    if (child == 0) {
        if (apart)
            leave_processor();
        compare(listener, report[1], made, octets);
    }
    int fd = socket_at(PLACE_CLIENT, SOCK_STREAM);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        err(3, "connecting");
    int64_t begin_ns = clock_ns(CLOCK_MONOTONIC);
    send_all(fd, made, octets);
    if (read(report[0], &right, sizeof right) != sizeof right)
        err(3, "the other host");
    double seconds = (double)(clock_ns(CLOCK_MONOTONIC) - begin_ns) / 1e9;
    waitpid(child, NULL, 0);
    struct wire_result result = take_wire_away();
    uint64_t overtaking = UINT64_MAX;
    if (read(overtakings, &overtaking, sizeof overtaking) < 0)
        err(3, "the reader of the trace");
    printf("{\"seconds\":%.3f,\"gbit_per_second\":%.3f,\"equal\":%s,"
           "\"frames\":%" PRIu64 ",\"unseen\":%" PRIu64
           ",\"overtaking\":%" PRIu64,
           seconds, (double)result.octets[FROM_CLIENT] * 8 / seconds / 1e9,
           right == octets ? "true" : "false",
           result.frames[FROM_CLIENT] + result.frames[FROM_SERVER],
           result.unseen, overtaking);
    print_counters();
}

int
main(int argc, char **argv)
{
    if (argc != 3)
        errx(2, "usage: wire idle COUNT | bulk OCTETS | apart OCTETS");
    processor_share((size_t)getpid(), &allowed);
    make_hosts();
    if (!strcmp(argv[1], "idle"))
        idle(atoi(argv[2]));
    else
        bulk(strtoull(argv[2], NULL, 10), !strcmp(argv[1], "apart"));
    return 0;
}
