/* source, stream, trace and readahead: captures from files and pipes. */
#include "claim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "../capture/readahead.h"
#include "../capture/source.h"
#include "packets.h"
#include "scratch.h"

enum {
    MICROSECONDS = 0xa1b2c3d4,
    NANOSECONDS = 0xa1b23c4d,
};

static struct made made;

/* A classic file with the SYN and the SYN-ACK, 1.5 s apart. */
static const char *
classic_file(uint32_t magic, int big_endian)
{
    uint32_t half = magic == NANOSECONDS ? 500000000 : 500000;
    struct packet syn = packet_named(PACKET_SYN);
    struct packet syn_ack = packet_named(PACKET_SYN_ACK);
    made_classic(&made, magic, LINK_ETHERNET, big_endian);
    made_record(&made, 1700000000, 0, syn.octets, syn.captured, syn.original,
                big_endian);
    made_record(&made, 1700000001, half, syn_ack.octets, syn_ack.captured,
                syn_ack.original, big_endian);
    return scratch_file("classic.pcap", made.octets, made.bytes);
}

static struct source *
open_file(const char *path, const char *filter)
{
    struct source_error error;
    struct source *source = source_open_file(path, filter, &error);
    if (!source)
        fail_msg("%s: %s", path, error.text);
    return source;
}

/* The file holds the two packets, and nothing else. */
static void
assert_two_packets(struct source *source)
{
    struct packet first, second;
    assert_int_equal(source_next(source, &first), SOURCE_PACKET);
    assert_int_equal(first.frame, 1);
    assert_int_equal(first.time_ns, 1700000000000000000);
    assert_int_equal(first.captured, named_packets[PACKET_SYN].bytes);
    assert_memory_equal(first.octets, named_packets[PACKET_SYN].octets,
                        first.captured);
    assert_int_equal(source_next(source, &second), SOURCE_PACKET);
    assert_int_equal(second.frame, 2);
    assert_int_equal(second.time_ns, 1700000001500000000);
    assert_int_equal(source_next(source, &first), SOURCE_END);
    source_close(source);
}

static void
classic_files_of_both_orders_and_precisions_are_read(void **state)
{
    (void)state;
    for (int big_endian = 0; big_endian < 2; big_endian++) {
        assert_two_packets(
            open_file(classic_file(MICROSECONDS, big_endian), NULL));
        assert_two_packets(
            open_file(classic_file(NANOSECONDS, big_endian), NULL));
    }
}

static void
gzip_is_unpacked_even_in_two_members(void **state)
{
    (void)state;
    classic_file(MICROSECONDS, 0);
    const char *path = scratch_path("packed.pcap.gz");
    gzFile first = gzopen(path, "wb");
    gzwrite(first, made.octets, 50);
    gzclose(first);
    gzFile second = gzopen(path, "ab");
    gzwrite(second, made.octets + 50, (unsigned)made.bytes - 50);
    gzclose(second);
    assert_two_packets(open_file(path, NULL));
}

/* The octets of a gzip member that holds `bytes` of a capture. */
static size_t
pack(const uint8_t *octets, size_t bytes, uint8_t *packed, size_t room)
{
    z_stream z = { .next_in = (uint8_t *)(uintptr_t)octets,
                   .avail_in = (unsigned)bytes,
                   .next_out = packed,
                   .avail_out = (unsigned)room };
    assert_int_equal(
        deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t written = room - z.avail_out;
    deflateEnd(&z);
    return written;
}

static void
a_second_gzip_member_may_come_later_through_a_pipe(void **state)
{
    (void)state;
    int ends[2];
    uint8_t packed[4096];
    struct source_error error;
    struct packet packet;
    classic_file(MICROSECONDS, 0);
    size_t first_end = 24 + 16 + named_packets[PACKET_SYN].bytes;
    assert_int_equal(pipe(ends), 0);
    size_t n = pack(made.octets, first_end, packed, sizeof packed);
    assert_int_equal(write(ends[1], packed, n), n);
    struct source *source = source_open_fd(ends[0], NULL, &error);
    assert_non_null(source);
    assert_int_equal(source_next(source, &packet), SOURCE_PACKET);
    n = pack(made.octets + first_end, made.bytes - first_end, packed,
             sizeof packed);
    assert_int_equal(write(ends[1], packed, n), n);
    close(ends[1]);
    source_wait(source, -1);
    assert_int_equal(source_next(source, &packet), SOURCE_PACKET);
    assert_int_equal(source_next(source, &packet), SOURCE_END);
    source_close(source);
}

static void
a_cut_gzip_gives_what_is_whole_and_says_so(void **state)
{
    (void)state;
    size_t bytes = 0;
    struct packet packet;
    classic_file(MICROSECONDS, 0);
    const char *path = scratch_path("packed.pcap.gz");
    gzFile file = gzopen(path, "wb");
    gzwrite(file, made.octets, (unsigned)made.bytes);
    gzclose(file);
    char *octets = scratch_read(path, &bytes);
    struct source *source =
        open_file(scratch_file("cut.gz", octets, bytes - 12), NULL);
    enum source_result result;
    while ((result = source_next(source, &packet)) == SOURCE_PACKET)
        ;
    assert_int_not_equal(result, SOURCE_END);
    source_close(source);
    free(octets);
}

static void
a_file_cut_anywhere_gives_the_whole_records_before(void **state)
{
    (void)state;
    classic_file(MICROSECONDS, 0);
    size_t first_end = 24 + 16 + named_packets[PACKET_SYN].bytes;
    for (size_t n = 24; n < made.bytes; n++) {
        struct packet packet;
        const char *path = scratch_file("cut.pcap", made.octets, n);
        struct source *source = open_file(path, NULL);
        enum source_result result = source_next(source, &packet);
        if (n >= first_end) {
            assert_int_equal(result, SOURCE_PACKET);
            result = source_next(source, &packet);
        }
        bool at_a_boundary = n == 24 || n == first_end;
        assert_int_equal(result, at_a_boundary ? SOURCE_END : SOURCE_CUT);
        source_close(source);
    }
}

static void
what_is_no_capture_is_refused_with_a_reason(void **state)
{
    (void)state;
    struct source_error error;
    const char *path = scratch_file("words", "these are words, no capture", 27);
    assert_null(source_open_file(path, NULL, &error));
    assert_int_equal(error.failure, SOURCE_NOT_ONE);
    path = scratch_file("short", made.octets, 7);
    assert_null(source_open_file(path, NULL, &error));
    assert_int_equal(error.failure, SOURCE_NOT_ONE);
    assert_null(source_open_file(scratch_path("none"), NULL, &error));
    assert_int_equal(error.failure, SOURCE_REFUSED);
    assert_int_equal(error.number, ENOENT);
    assert_null(source_open_file(scratch_folder(), NULL, &error));
    assert_int_equal(error.failure, SOURCE_REFUSED);
}

static void
a_filter_lets_through_what_it_names(void **state)
{
    (void)state;
    struct packet packet;
    struct source_error error;
    const char *path = classic_file(MICROSECONDS, 0);
    struct source *source = open_file(path, "src port 80");
    assert_int_equal(source_next(source, &packet), SOURCE_PACKET);
    assert_int_equal(packet.frame, 2);
    assert_int_equal(source_next(source, &packet), SOURCE_END);
    source_close(source);
    assert_null(source_open_file(path, "no such words", &error));
    assert_int_equal(error.failure, SOURCE_FILTER);
}

static void
a_pipe_gives_what_it_has_and_then_waits(void **state)
{
    (void)state;
    int ends[2];
    struct packet packet;
    struct source_error error;
    classic_file(MICROSECONDS, 0);
    size_t first_end = 24 + 16 + named_packets[PACKET_SYN].bytes;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], made.octets, first_end), first_end);
    struct source *source = source_open_fd(ends[0], NULL, &error);
    assert_non_null(source);
    assert_int_equal(source_next(source, &packet), SOURCE_PACKET);
    assert_int_equal(source_next(source, &packet), SOURCE_WAIT);
    assert_int_equal(
        write(ends[1], made.octets + first_end, made.bytes - first_end),
        made.bytes - first_end);
    close(ends[1]);
    source_wait(source, -1);
    assert_int_equal(source_next(source, &packet), SOURCE_PACKET);
    assert_int_equal(source_next(source, &packet), SOURCE_END);
    source_close(source);
}

/* ---- pcapng ------------------------------------------------------------- */

static size_t
block_begin(uint32_t type, int big)
{
    size_t start = made.bytes;
    made_u32(&made, type, big);
    made_u32(&made, 0, big);
    return start;
}

static void
block_end(size_t start, int big)
{
    while (made.bytes % 4)
        made_octets(&made, "", 1);
    uint32_t length = (uint32_t)(made.bytes - start + 4);
    made_u32(&made, length, big);
    size_t end = made.bytes;
    made.bytes = start + 4;
    made_u32(&made, length, big);
    made.bytes = end;
}

static void
section(int big)
{
    size_t start = block_begin(0x0a0d0d0a, big);
    made_u32(&made, 0x1a2b3c4d, big);
    made_u16(&made, 1, big);
    made_u16(&made, 0, big);
    made_u32(&made, UINT32_MAX, big);
    made_u32(&made, UINT32_MAX, big);
    block_end(start, big);
}

static void
interface(int link_type, int resolution, int big)
{
    size_t start = block_begin(1, big);
    made_u16(&made, (uint16_t)link_type, big);
    made_u16(&made, 0, big);
    made_u32(&made, 0, big);
    if (resolution >= 0) {
        made_u16(&made, 9, big);
        made_u16(&made, 1, big);
        made_octets(&made, (uint8_t[]){ (uint8_t)resolution, 0, 0, 0 }, 4);
    }
    block_end(start, big);
}

static void
enhanced(enum packet_name name, uint32_t number, uint64_t units, int big)
{
    struct packet packet = packet_named(name);
    size_t start = block_begin(6, big);
    made_u32(&made, number, big);
    made_u32(&made, (uint32_t)(units >> 32), big);
    made_u32(&made, (uint32_t)units, big);
    made_u32(&made, packet.captured, big);
    made_u32(&made, packet.original, big);
    made_octets(&made, packet.octets, packet.captured);
    block_end(start, big);
}

static void
interfaces_have_their_own_link_type_and_clock(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        struct packet packet;
        made.bytes = 0;
        section(big);
        interface(LINK_ETHERNET, -1, big);   // microseconds
        interface(LINK_RAW, 9, big);         // nanoseconds
        interface(LINK_SLL, 0x80 | 20, big); // 2^-20 s
        enhanced(PACKET_SYN, 0, 1700000000000000, big);
        enhanced(PACKET_ACK_RAW, 1, 1700000000000000007, big);
        size_t journal = block_begin(9, big); // Wireshark counts it
        made_octets(&made, "MESSAGE=hello\n", 14);
        block_end(journal, big);
        size_t unknown = block_begin(0x0bad, big); // and this one not
        block_end(unknown, big);
        enhanced(PACKET_ACK_SLL, 2, (uint64_t)3 << 19, big);
        struct source *source = open_file(
            scratch_file("many.pcapng", made.octets, made.bytes), NULL);
        assert_int_equal(source_next(source, &packet), SOURCE_PACKET);
        assert_int_equal(packet.link_type, LINK_ETHERNET);
        assert_int_equal(packet.time_ns, 1700000000000000000);
        assert_int_equal(source_next(source, &packet), SOURCE_PACKET);
        assert_int_equal(packet.link_type, LINK_RAW);
        assert_int_equal(packet.interface, 1);
        assert_int_equal(packet.time_ns, 1700000000000000007);
        assert_int_equal(source_next(source, &packet), SOURCE_PACKET);
        assert_int_equal(packet.link_type, LINK_ENTRY);
        assert_int_equal(packet.frame, 3);
        assert_int_equal(source_next(source, &packet), SOURCE_PACKET);
        assert_int_equal(packet.link_type, LINK_SLL);
        assert_int_equal(packet.time_ns, 1500000000);
        assert_int_equal(packet.frame, 4);
        assert_int_equal(source_next(source, &packet), SOURCE_END);
        source_close(source);
    }
}

static void
a_filter_fits_each_link_type(void **state)
{
    (void)state;
    struct packet packet;
    made.bytes = 0;
    section(0);
    interface(LINK_ETHERNET, -1, 0);
    interface(LINK_RAW, -1, 0);
    enhanced(PACKET_SYN, 0, 1, 0);
    enhanced(PACKET_ACK_RAW, 1, 2, 0);
    enhanced(PACKET_UDP, 0, 3, 0);
    struct source *source = open_file(
        scratch_file("many.pcapng", made.octets, made.bytes), "tcp port 80");
    assert_int_equal(source_next(source, &packet), SOURCE_PACKET);
    assert_int_equal(source_next(source, &packet), SOURCE_PACKET);
    assert_int_equal(source_next(source, &packet), SOURCE_END);
    source_close(source);
}

static void
lying_blocks_are_damage_and_not_more(void **state)
{
    (void)state;
    made.bytes = 0;
    section(0);
    interface(LINK_ETHERNET, -1, 0);
    enhanced(PACKET_SYN, 0, 1, 0);
    size_t whole = made.bytes;
    uint8_t original[sizeof made.octets];
    memcpy(original, made.octets, whole);
    static const uint8_t lies[] = { 0, 1, 0x7f, 0xff };
    for (size_t i = 0; i < whole * sizeof lies; i++) {
        struct source_error error;
        struct packet packet;
        memcpy(made.octets, original, whole);
        made.octets[i / sizeof lies] = lies[i % sizeof lies];
        struct source *source = source_open_file(
            scratch_file("lie.pcapng", made.octets, whole), NULL, &error);
        if (!source)
            continue;
        enum source_result result;
        while ((result = source_next(source, &packet)) == SOURCE_PACKET)
            assert_true(packet.captured <= whole);
        assert_int_not_equal(result, SOURCE_WAIT);
        source_close(source);
    }
}

static void
a_trace_in_a_pipe_gives_what_it_has_and_then_waits(void **state)
{
    (void)state;
    int ends[2];
    struct packet packet;
    struct source_error error;
    made.bytes = 0;
    section(0);
    interface(LINK_ETHERNET, -1, 0);
    enhanced(PACKET_SYN, 0, 1, 0);
    size_t first_end = made.bytes;
    enhanced(PACKET_SYN_ACK, 0, 2, 0);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], made.octets, first_end), first_end);
    struct source *source = source_open_fd(ends[0], NULL, &error);
    assert_non_null(source);
    assert_int_equal(source_next(source, &packet), SOURCE_PACKET);
    assert_memory_equal(packet.octets, named_packets[PACKET_SYN].octets,
                        packet.captured);
    assert_int_equal(source_next(source, &packet), SOURCE_WAIT);
    assert_int_equal(
        write(ends[1], made.octets + first_end, made.bytes - first_end),
        made.bytes - first_end);
    source_wait(source, -1);
    assert_int_equal(source_next(source, &packet), SOURCE_PACKET);
    assert_int_equal(source_next(source, &packet), SOURCE_WAIT);
    close(ends[1]);
    assert_int_equal(source_next(source, &packet), SOURCE_END);
    source_close(source);
}

/* ---- Writing ------------------------------------------------------------ */

static const struct trace_about about = { .application = "tcplab test",
                                          .comment = "a comment",
                                          .interfaces = { "lo" },
                                          .link_type = LINK_ETHERNET };

static void
what_is_written_is_read_again(void **state)
{
    (void)state;
    const char *path = scratch_path("out.pcapng");
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    struct trace_writer *writer = trace_writer_new(fd, &about);
    struct packet syn = packet_named(PACKET_SYN);
    struct packet syn_ack = packet_named(PACKET_SYN_ACK);
    syn_ack.time_ns += 1500000000;
    assert_int_equal(trace_write(writer, &syn), 0);
    assert_int_equal(trace_write(writer, &syn_ack), 0);
    assert_int_equal(trace_writer_close(writer), 0);
    assert_two_packets(open_file(path, NULL));
}

/* What fates name a frame by is an option behind octets of any length. */
static void
interfaces_and_numbers_of_frames_are_read_again(void **state)
{
    (void)state;
    const char *path = scratch_path("two.pcapng");
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    struct trace_about wire = about;
    wire.interfaces[1] = "eth1";
    struct trace_writer *writer = trace_writer_new(fd, &wire);
    struct packet packet = packet_named(PACKET_SYN), read;
    for (uint32_t i = 0; i < 4; i++) {
        packet.interface = i % 2;
        packet.id = i * 0x100000001;
        packet.captured = packet.original - i;
        assert_int_equal(trace_write(writer, &packet), 0);
    }
    assert_int_equal(trace_writer_close(writer), 0);
    struct source *source = open_file(path, NULL);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(source_next(source, &read), SOURCE_PACKET);
        assert_int_equal(read.interface, i % 2);
        assert_int_equal(read.id, i * 0x100000001);
        assert_int_equal(read.captured, packet.original - i);
    }
    assert_int_equal(source_next(source, &read), SOURCE_END);
    source_close(source);
}

static void
a_trace_cut_at_any_octet_gives_the_whole_packets_before(void **state)
{
    (void)state;
    size_t bytes = 0;
    what_is_written_is_read_again(state);
    char *octets = scratch_read(scratch_path("out.pcapng"), &bytes);
    int last = 0;
    for (size_t n = 12; n < bytes; n++) {
        struct packet packet;
        struct source_error error;
        struct source *source = source_open_file(
            scratch_file("cut.pcapng", octets, n), NULL, &error);
        assert_non_null(source);
        int packets = 0;
        enum source_result result;
        while ((result = source_next(source, &packet)) == SOURCE_PACKET)
            packets++;
        assert_true(packets >= last);
        assert_true(result == SOURCE_CUT || result == SOURCE_END);
        last = packets;
        source_close(source);
    }
    assert_int_equal(last, 1);
    free(octets);
}

/* In a process of its own: a file may grow to `limit`, then the disk is full.
 * Returns 0 when writing failed as it should. */
static int
write_until_full(const char *path, rlim_t limit)
{
    struct rlimit full = { limit, limit };
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &full);
    struct trace_writer *writer = trace_writer_new(fd, &about);
    struct packet packet = packet_named(PACKET_SYN);
    int failed = 0;
    for (int i = 0; i < 2000; i++)
        failed |= trace_write(writer, &packet) < 0 && errno == EFBIG;
    failed |= trace_writer_close(writer) < 0 && errno == EFBIG;
    return failed ? 0 : 1;
}

static void
a_full_disk_is_told_and_leaves_whole_blocks(void **state)
{
    (void)state;
    const char *path = scratch_path("full.pcapng");
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(write_until_full(path, 100001));
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
    struct packet packet;
    struct source *source = open_file(path, NULL);
    enum source_result result;
    uint64_t packets = 0;
    while ((result = source_next(source, &packet)) == SOURCE_PACKET)
        packets++;
    assert_int_equal(result, SOURCE_END);
    assert_true(packets > 500);
    source_close(source);
}

/* ---- Reading ahead ------------------------------------------------------ */

static const char *
large_file(int packets)
{
    const char *path = scratch_path("large.pcap");
    FILE *file = fopen(path, "wb");
    struct packet data = packet_named(PACKET_DATA);
    made_classic(&made, MICROSECONDS, LINK_ETHERNET, 0);
    fwrite(made.octets, 1, made.bytes, file);
    for (int i = 0; i < packets; i++) {
        made.bytes = 0;
        made_record(&made, 1700000000 + (uint32_t)i, 0, data.octets,
                    data.captured, data.original, 0);
        fwrite(made.octets, 1, made.bytes, file);
    }
    fclose(file);
    return path;
}

static void
reading_ahead_gives_the_same_packets_in_order(void **state)
{
    (void)state;

    enum {
        MANY = 20000
    };
    const struct packet *packet = NULL;
    const struct decoded *decoded = NULL;
    struct source *source = open_file(large_file(MANY), NULL);
    assert_true(source_is_large(source));
    struct readahead *readahead = readahead_new(source);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(readahead_next(readahead, &packet, &decoded),
                         SOURCE_PACKET);
        assert_int_equal(packet->frame, i + 1);
        assert_int_equal(decoded->kind, DECODED_SEGMENT);
        assert_memory_equal(decoded->segment.data, "hello\r\n", 7);
        assert_int_equal(decoded->checksum, CHECKSUM_RIGHT);
    }
    assert_int_equal(readahead_next(readahead, &packet, &decoded), SOURCE_END);
    assert_int_equal(readahead_next(readahead, &packet, &decoded), SOURCE_END);
    readahead_free(readahead);
    source_close(source);
}

static void
reading_ahead_takes_empty_packets(void **state)
{
    (void)state;

    enum {
        MANY = 70000
    };
    const struct packet *packet;
    const struct decoded *decoded;
    const char *path = scratch_path("empty.pcap");
    FILE *file = fopen(path, "wb");
    made_classic(&made, MICROSECONDS, LINK_ETHERNET, 0);
    fwrite(made.octets, 1, made.bytes, file);
    made.bytes = 0;
    made_record(&made, 1, 0, "", 0, 60, 0);
    for (int i = 0; i < MANY; i++)
        fwrite(made.octets, 1, made.bytes, file);
    fclose(file);
    struct source *source = open_file(path, NULL);
    struct readahead *readahead = readahead_new(source);
    int packets = 0;
    while (readahead_next(readahead, &packet, &decoded) == SOURCE_PACKET)
        packets++;
    assert_int_equal(packets, MANY);
    readahead_free(readahead);
    source_close(source);
}

static void
reading_ahead_may_be_ended_at_any_time(void **state)
{
    (void)state;
    const char *path = large_file(20000);
    for (int stop_at = 0; stop_at < 5000; stop_at += 999) {
        const struct packet *packet = NULL;
        const struct decoded *decoded = NULL;
        struct source *source = open_file(path, NULL);
        struct readahead *readahead = readahead_new(source);
        for (int i = 0; i < stop_at; i++)
            readahead_next(readahead, &packet, &decoded);
        readahead_free(readahead);
        source_close(source);
    }
}

static void
tick(int signal)
{
    (void)signal;
}

/* In a process of its own, that ends when it waits for what does not come: signals
 * come all the time, and the pipe stays open. */
static int
look_at_pipe(int fd)
{
    struct sigaction ticks = { .sa_handler = tick }; // without SA_RESTART
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
                              .sigev_signo = SIGUSR1 };
    struct itimerspec often = { .it_interval.tv_nsec = 20000,
                                .it_value.tv_nsec = 20000 };
    timer_t timer;
    struct packet packet;
    struct source_error error;
    struct source *source = source_open_fd(fd, NULL, &error);
    sigaction(SIGUSR1, &ticks, NULL);
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0 ||
        timer_settime(timer, 0, &often, NULL) < 0)
        return 1;
    alarm(20);
    for (int i = 0; i < 200000; i++)
        if (source_next(source, &packet) != SOURCE_WAIT)
            return 1;
    return 0;
}

static void
a_signal_is_no_packet(void **state)
{
    (void)state;
    int fds[2], status;
    assert_int_equal(pipe(fds), 0);
    struct trace_writer *writer = trace_writer_new(dup(fds[1]), &about);
    assert_non_null(writer);
    pid_t pid = fork();
    if (pid == 0)
        _exit(look_at_pipe(fds[0]));
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
    trace_writer_close(writer);
    close(fds[0]);
    close(fds[1]);
}

/* In a process of its own: what was gathered goes down a pipe up to the middle of a
 * block, and the rest into a file, up to a full disk. Returns 0 if it does. */
static int
hand_over_until_full(struct trace_writer *writer, int pipe, rlim_t limit)
{
    struct rlimit full = { limit, limit };
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &full);
    bool handed = trace_hand_over(writer, pipe) > 0 &&
                  trace_hand_over(writer, pipe) < 0 && errno == EAGAIN;
    bool failed = trace_writer_close(writer) < 0 && errno == EFBIG;
    return handed && failed ? 0 : 1;
}

static void
what_was_handed_over_is_continued_in_the_file(void **state)
{
    (void)state;
    char octets[65536];
    int fds[2], status, packets = 0;
    const char *path = scratch_path("rest");
    struct packet packet = packet_named(PACKET_SYN);
    struct trace_writer *writer =
        trace_writer_new(open(path, O_RDWR | O_CREAT | O_TRUNC, 0600), &about);
    size_t head = (size_t)trace_written(writer), rest;
    for (int i = 0; i < 200; i++)
        assert_int_equal(trace_write(writer, &packet), 0);
    assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
    assert_true(fcntl(fds[1], F_SETPIPE_SZ, 4096) >= 4096);
    pid_t pid = fork();
    if (pid == 0)
        _exit(hand_over_until_full(writer, fds[1], head + 5001));
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
    char *file = scratch_read(path, &rest);
    memcpy(octets, file, head);
    ssize_t n = read(fds[0], octets + head, 32768);
    assert_true(n > 0 && rest > head + 4000);
    memcpy(octets + head + n, file + head, rest - head);
    free(file);
    struct source *source =
        open_file(scratch_file("all.pcapng", octets, rest + (size_t)n), NULL);
    enum source_result result;
    while ((result = source_next(source, &packet)) == SOURCE_PACKET)
        packets++;
    assert_int_equal(result, SOURCE_END);
    assert_in_range(packets, 50, 199);
    source_close(source);
    trace_writer_close(writer); // ours, which handed nothing over
    close(fds[0]);
    close(fds[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classic_files_of_both_orders_and_precisions_are_read),
        cmocka_unit_test(gzip_is_unpacked_even_in_two_members),
        cmocka_unit_test(a_second_gzip_member_may_come_later_through_a_pipe),
        cmocka_unit_test(a_cut_gzip_gives_what_is_whole_and_says_so),
        cmocka_unit_test(a_file_cut_anywhere_gives_the_whole_records_before),
        cmocka_unit_test(what_is_no_capture_is_refused_with_a_reason),
        cmocka_unit_test(a_filter_lets_through_what_it_names),
        cmocka_unit_test(a_pipe_gives_what_it_has_and_then_waits),
        cmocka_unit_test(interfaces_have_their_own_link_type_and_clock),
        cmocka_unit_test(a_filter_fits_each_link_type),
        cmocka_unit_test(lying_blocks_are_damage_and_not_more),
        cmocka_unit_test(a_trace_in_a_pipe_gives_what_it_has_and_then_waits),
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(interfaces_and_numbers_of_frames_are_read_again),
        cmocka_unit_test(
            a_trace_cut_at_any_octet_gives_the_whole_packets_before),
        cmocka_unit_test(a_full_disk_is_told_and_leaves_whole_blocks),
        cmocka_unit_test(a_signal_is_no_packet),
        cmocka_unit_test(what_was_handed_over_is_continued_in_the_file),
        cmocka_unit_test(reading_ahead_gives_the_same_packets_in_order),
        cmocka_unit_test(reading_ahead_takes_empty_packets),
        cmocka_unit_test(reading_ahead_may_be_ended_at_any_time),
    };
    return RUN(tests);
}
