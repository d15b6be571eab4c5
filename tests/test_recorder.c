/* recorder: what comes out of order is written in order, and nobody waits. */
#include "claim.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../capture/recorder.h"
#include "../capture/source.h"
#include "packets.h"
#include "scratch.h"

static const int64_t start_ns = 1700000000000000000;
static const int64_t millisecond = 1000000;

enum {
    LONG_AGO_MS = 1000 // more than anything is held back
};

struct recording {
    struct recorder *recorder;
    int reading; // the pipe's other end
};

static struct recording
begin(void)
{
    int fds[2];
    struct trace_about about = { .application = "test",
                                 .interfaces = { "lo" },
                                 .link_type = LINK_ETHERNET };
    if (pipe2(fds, O_CLOEXEC) < 0)
        fail_msg("pipe");
    struct recording r = { recorder_new(fds[1], &about), fds[0] };
    assert_non_null(r.recorder);
    return r;
}

static void
tell(const struct recording *r, double ms, const char *words)
{
    struct entry entry = { .kind = ENTRY_OUTPUT,
                           .time_ns =
                               start_ns + (int64_t)(ms * (double)millisecond),
                           .message = span_of(words) };
    recorder_entry(r->recorder, &entry);
}

static void
packet(const struct recording *r, double ms)
{
    struct packet syn = packet_named(PACKET_SYN);
    syn.time_ns = start_ns + (int64_t)(ms * (double)millisecond);
    recorder_packet(r->recorder, &syn);
}

static void
release(const struct recording *r, double ms)
{
    recorder_release(r->recorder,
                     start_ns + (int64_t)(ms * (double)millisecond));
}

/* What the trace says: "a", "b", and "SYN" for the packet, in one string. */
static void
read_all(int fd, char *words, size_t size)
{
    struct source_error error;
    struct packet p;
    struct entry entry;
    struct source *source = source_open_fd(fd, NULL, &error);
    int64_t before_ns = 0;
    assert_non_null(source);
    words[0] = '\0';
    while (source_next(source, &p) == SOURCE_PACKET) {
        size_t used = strlen(words);
        bool is_entry = p.link_type == LINK_ENTRY &&
                        entry_read(p.octets, p.captured, &entry);
        struct span said = is_entry ? entry.message : span_of("SYN");
        int64_t time_ns = is_entry ? entry.time_ns : p.time_ns;
        assert_true(time_ns >= before_ns);
        before_ns = time_ns;
        snprintf(words + used, size - used, "%.*s ", (int)said.bytes, said.at);
    }
    source_close(source);
}

static void
assert_trace(const struct recording *r, const char *expected)
{
    char words[1024];
    recorder_close(r->recorder);
    read_all(r->reading, words, sizeof words);
    assert_string_equal(words, expected);
}

/* ---- Order -------------------------------------------------------------- */

static void
a_packet_that_comes_later_stands_where_its_time_is(void **state)
{
    (void)state;
    struct recording r = begin();
    tell(&r, 1, "connect");
    tell(&r, 3, "return");
    packet(&r, 2);
    release(&r, LONG_AGO_MS);
    assert_trace(&r, "connect SYN return ");
}

static void
what_has_one_time_stays_in_the_order_it_came(void **state)
{
    (void)state;
    struct recording r = begin();
    char expected[256] = "";
    for (int i = 0; i < 50; i++) {
        char words[8];
        snprintf(words, sizeof words, "%d", i);
        tell(&r, 5, words);
        strcat(strcat(expected, words), " ");
    }
    tell(&r, 4, "first");
    char all[300];
    snprintf(all, sizeof all, "first %s", expected);
    release(&r, LONG_AGO_MS);
    assert_trace(&r, all);
}

static void
any_order_becomes_the_order_of_time(void **state)
{
    (void)state;
    srandom(1);
    for (int round = 0; round < 50; round++) {
        struct recording r = begin();
        char expected[1024] = "";
        int numbers[100];
        for (int i = 0; i < 100; i++)
            numbers[i] = i;
        for (int i = 99; i > 0; i--) {
            int j = (int)(random() % (i + 1)), kept = numbers[i];
            numbers[i] = numbers[j];
            numbers[j] = kept;
        }
        for (int i = 0; i < 100; i++) {
            char words[8];
            snprintf(words, sizeof words, "%d", numbers[i]);
            tell(&r, numbers[i], words);
            snprintf(words, sizeof words, "%d ", i);
            strcat(expected, words);
        }
        assert_trace(&r, expected);
    }
}

static void
what_is_young_is_held_back(void **state)
{
    (void)state;
    struct recording r = begin();
    tell(&r, 10, "b");
    release(&r, 10.5);
    tell(&r, 9, "a"); // it would be late, had "b" been written
    assert_int_equal(recorder_counts(r.recorder).late, 0);
    assert_in_range(
        recorder_due_ms(r.recorder,
                        start_ns + (int64_t)(10.5 * (double)millisecond)),
        1, LONG_AGO_MS);
    assert_int_equal(
        recorder_due_ms(r.recorder, start_ns + LONG_AGO_MS * millisecond), 0);
    assert_trace(&r, "a b ");
}

static void
what_all_packets_have_come_before_is_not_held_back(void **state)
{
    (void)state;
    struct recording r = begin();
    tell(&r, 10, "a");
    packet(&r, 14);
    recorder_caught_up(r.recorder, start_ns + 14 * millisecond);
    release(&r, 15);
    tell(&r, 15, "c");
    packet(&r, 13); // of another processor, overtaken by the one before
    assert_int_equal(recorder_counts(r.recorder).late, 0);
    release(&r, 16);
    packet(&r, 9); // so "a" is written
    assert_int_equal(recorder_counts(r.recorder).late, 1);
    recorder_close(r.recorder);
    close(r.reading);
}

static void
after_a_late_packet_nothing_is_sure_to_have_come(void **state)
{
    (void)state;
    struct recording r = begin();
    tell(&r, 10, "a");
    recorder_caught_up(r.recorder, start_ns + 14 * millisecond);
    release(&r, 14);
    packet(&r, 9);
    tell(&r, 20, "b");
    recorder_caught_up(r.recorder, start_ns + 30 * millisecond);
    release(&r, 30);
    packet(&r, 19); // "b" is not written
    assert_int_equal(recorder_counts(r.recorder).late, 1);
    recorder_close(r.recorder);
    close(r.reading);
}

static void
nothing_held_back_is_never_due(void **state)
{
    (void)state;
    struct recording r = begin();
    assert_int_equal(recorder_due_ms(r.recorder, start_ns), -1);
    tell(&r, 1, "a");
    release(&r, LONG_AGO_MS);
    assert_int_equal(recorder_due_ms(r.recorder, start_ns), -1);
    assert_trace(&r, "a ");
}

static void
a_packet_that_comes_too_late_is_counted_and_kept(void **state)
{
    (void)state;
    struct recording r = begin();
    struct source_error error;
    struct packet p;
    int count = 0;
    tell(&r, 100, "a");
    release(&r, 100 + LONG_AGO_MS);
    packet(&r, 50);
    assert_int_equal(recorder_counts(r.recorder).late, 1);
    packet(&r, 100);
    assert_int_equal(recorder_counts(r.recorder).late, 1);
    recorder_close(r.recorder);
    struct source *source = source_open_fd(r.reading, NULL, &error);
    while (source_next(source, &p) == SOURCE_PACKET)
        count++;
    assert_int_equal(count, 3);
    source_close(source);
}

static void
after_a_late_packet_all_is_held_back_for_longer(void **state)
{
    (void)state;
    struct recording r = begin();
    tell(&r, 100, "a");
    release(&r, 100 + LONG_AGO_MS);
    packet(&r, 50); // 50 ms behind what was written
    release(&r, 100 + LONG_AGO_MS);
    tell(&r, 2000, "b");
    assert_in_range(recorder_due_ms(r.recorder, start_ns + 2050 * millisecond),
                    1, LONG_AGO_MS);
    recorder_close(r.recorder);
    close(r.reading);
}

/* ---- The pipe ----------------------------------------------------------- */

static double
seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Far more than a pipe holds, and nobody reads. */
static void
tell_much(const struct recording *r, int count)
{
    for (int i = 0; i < count; i++) {
        packet(r, i);
        if (i % 100 == 0)
            release(r, i);
    }
    release(r, count + LONG_AGO_MS);
}

/* A process that reads the pipe into a file, from now on. */
static pid_t
read_into_file(const struct recording *r, const char *path)
{
    short events;
    char octets[65536];
    ssize_t n;
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    close(recorder_fd(r->recorder, &events)); // or it never sees the end
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    while ((n = read(r->reading, octets, sizeof octets)) > 0)
        if (write(fd, octets, (size_t)n) != n)
            _exit(1);
    _exit(0);
}

/* A packet a millisecond, none missing. */
static void
assert_packets(const char *path, int expected)
{
    struct packet p;
    struct source_error error;
    enum source_result result;
    int count = 0;
    struct source *source = source_open_file(path, NULL, &error);
    assert_non_null(source);
    while ((result = source_next(source, &p)) == SOURCE_PACKET)
        assert_int_equal(p.time_ns, start_ns + millisecond * count++);
    assert_int_equal(result, SOURCE_END);
    assert_int_equal(count, expected);
    source_close(source);
}

static void
nobody_waits_for_a_reader_that_stands_still(void **state)
{
    (void)state;
    struct recording r = begin();
    const char *path = scratch_path("read.pcapng");
    short events;
    int status;
    double begun = seconds();
    tell_much(&r, 100000);
    assert_true(seconds() - begun < 5);
    assert_false(recorder_is_over(r.recorder));
    assert_true(recorder_fd(r.recorder, &events) >= 0);
    assert_true(events != 0);
    pid_t pid = read_into_file(&r, path);
    recorder_close(r.recorder);
    close(r.reading);
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
    assert_packets(path, 100000);
}

static void
read_some(int from, int to, size_t most)
{
    char octets[65536];
    ssize_t n = read(from, octets, most < sizeof octets ? most : sizeof octets);
    if (n > 0)
        assert_int_equal(write(to, octets, (size_t)n), n);
}

/* Of any size: larger ones than the writer gathers, too. */
static void
packet_of(const struct recording *r, int ms, uint32_t octets)
{
    static const uint8_t room[1 << 18];
    struct packet large = { .time_ns = start_ns + ms * millisecond,
                            .link_type = LINK_ETHERNET,
                            .captured = octets,
                            .original = octets,
                            .octets = room };
    recorder_packet(r->recorder, &large);
}

/* What the pipe takes goes there, the rest into the file, and so on. */
static void
a_reader_that_reads_now_and_then_misses_nothing(void **state)
{
    (void)state;

    enum {
        TOLD = 20000,
        SELDOM = 20 // so much as the pipe takes has come by then
    };
    struct recording r = begin();
    const char *path = scratch_path("now.pcapng");
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
    uint32_t random = 1;
    fcntl(r.reading, F_SETFL, O_NONBLOCK);
    for (int i = 0; i < TOLD; i++) {
        random = random * 1103515245 + 12345;
        packet_of(&r, i, 60 + ((random >> 16) % 50 ? 100 : random >> 15));
        if (i % 16 == 0)
            release(&r, i);
        if ((random >> 8) % SELDOM == 0)
            read_some(r.reading, fd, random >> 12);
    }
    fcntl(r.reading, F_SETFL, 0);
    pid_t pid = fork();
    if (pid == 0) {
        short events;
        close(recorder_fd(r.recorder, &events));
        for (off_t had = -1, has = 0; has > had; has = lseek(fd, 0, SEEK_END)) {
            had = has;
            read_some(r.reading, fd, SIZE_MAX);
        }
        _exit(0);
    }
    recorder_close(r.recorder);
    waitpid(pid, NULL, 0);
    close(r.reading);
    close(fd);
    assert_packets(path, TOLD);
}

static void
a_reader_that_leaves_is_noticed(void **state)
{
    (void)state;
    struct recording r = begin();
    signal(SIGPIPE, SIG_IGN);
    tell(&r, 1, "a");
    release(&r, LONG_AGO_MS);
    assert_false(recorder_is_over(r.recorder));
    close(r.reading);
    tell(&r, 2, "b");
    release(&r, 2 * LONG_AGO_MS);
    assert_true(recorder_is_over(r.recorder));
    tell_much(&r, 10); // and does no harm
    recorder_close(r.recorder);
}

/* What is told is copied: who told it may go on at once. */
static void
what_is_told_is_copied(void **state)
{
    (void)state;
    struct recording r = begin();
    char words[] = "before";
    tell(&r, 1, words);
    memcpy(words, "behind", 6);
    assert_trace(&r, "before ");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packet_that_comes_later_stands_where_its_time_is),
        cmocka_unit_test(what_has_one_time_stays_in_the_order_it_came),
        cmocka_unit_test(any_order_becomes_the_order_of_time),
        cmocka_unit_test(what_is_young_is_held_back),
        cmocka_unit_test(what_all_packets_have_come_before_is_not_held_back),
        cmocka_unit_test(after_a_late_packet_nothing_is_sure_to_have_come),
        cmocka_unit_test(nothing_held_back_is_never_due),
        cmocka_unit_test(after_a_late_packet_all_is_held_back_for_longer),
        cmocka_unit_test(a_packet_that_comes_too_late_is_counted_and_kept),
        cmocka_unit_test(nobody_waits_for_a_reader_that_stands_still),
        cmocka_unit_test(a_reader_that_reads_now_and_then_misses_nothing),
        cmocka_unit_test(a_reader_that_leaves_is_noticed),
        cmocka_unit_test(what_is_told_is_copied),
    };
    return RUN(tests);
}
