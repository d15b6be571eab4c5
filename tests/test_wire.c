/* wire, relay, topology and link: two hosts, live, in a private network. */
#include "claim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../capture/clock.h"
#include "../src/host/privilege.h"
#include "hosts.h"
#include "netns.h"

static const int64_t millisecond = 1000000;

/* ---- What passes ---------------------------------------------------------- */

static void
a_conversation_passes_with_right_checksums(void **state)
{
    (void)state;
    const int families[] = { AF_INET, AF_INET6 };
    for (int i = 0; i < 2; i++) {
        struct hosts *h = hosts_make();
        hosts_join(h, NULL);
        hosts_talk(h, families[i]);
        hosts_until(h, hosts_have_closed);
        hosts_part(h);
        assert_int_equal(hosts_frame(h, WORD_SYN, 1)->interface, FROM_CLIENT);
        assert_int_equal(hosts_frame(h, WORD_SYN_ACK, 1)->interface,
                         FROM_SERVER);
        for (int n = 0; n < h->frame_count; n++)
            assert_int_equal(h->frames[n].decoded.checksum, CHECKSUM_RIGHT);
        hosts_free(h);
    }
}

static void
each_frame_takes_the_time_asked_for(void **state)
{
    (void)state;
    struct expectation_error error;
    struct hosts *h = hosts_make();
    assert_true(policy_delay(h->policy, "40ms", &error));
    hosts_join(h, NULL);
    hosts_talk(h, AF_INET);
    hosts_until(h, hosts_have_closed);
    hosts_part(h);
    int later = 0; // a busy machine wakes nobody in time
    for (int i = 0; i < h->frame_count; i++) {
        uint64_t id = h->frames[i].id;
        if (hosts_fates(h, id, FATE_LOST))
            continue; // when the wire was taken away
        assert_true(hosts_took_ns(h, id) >= 40 * millisecond);
        later += hosts_took_ns(h, id) > 45 * millisecond;
    }
    assert_true(2 * later < h->frame_count);
    hosts_free(h);
}

static void
many_octets_arrive_as_they_were_sent(void **state)
{
    (void)state;

    enum {
        PART = 65536,
        PARTS = 64
    };

    static char sent[PART], got[PART];
    int sockets[2];
    struct hosts *h = hosts_make();
    struct wire_options options = { .snaplen = 66 };
    hosts_join(h, &options);
    hosts_connection(h, AF_INET, sockets);
    for (int i = 0; i < PARTS; i++) {
        for (int n = 0; n < PART; n++)
            sent[n] = (char)(i * 31 + n % 251 + n / 251);
        assert_int_equal(send(sockets[0], sent, PART, 0), PART);
        assert_int_equal(recv(sockets[1], got, PART, MSG_WAITALL), PART);
        assert_memory_equal(sent, got, PART);
    }
    hosts_part(h);
    assert_int_equal(hosts_fates(h, 0, FATE_LOST), 0);
    assert_in_range(h->result.octets[FROM_CLIENT], PART * PARTS,
                    PART * PARTS * 11 / 10);
    close(sockets[0]);
    close(sockets[1]);
    hosts_free(h);
}

static void
many_on_the_way_keep_their_order(void **state)
{
    (void)state;
    static char part[1 << 16];
    int sockets[2];
    uint64_t before[DIRECTIONS] = { 0, 0 };
    struct expectation_error error;
    struct hosts *h = hosts_make();
    assert_true(policy_delay(h->policy, "20ms:15ms", &error));
    hosts_join(h, NULL);
    hosts_connection(h, AF_INET, sockets);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(send(sockets[0], part, sizeof part, 0), sizeof part);
        assert_int_equal(recv(sockets[1], part, sizeof part, MSG_WAITALL),
                         sizeof part);
    }
    hosts_until(h, hosts_are_quiet);
    hosts_part(h);
    for (int i = 0; i < h->fate_count; i++) {
        const struct told_frame *frame = hosts_frame_of(h, h->fates[i].id);
        uint32_t from = frame->interface;
        assert_int_equal(h->fates[i].fate, FATE_ARRIVED);
        assert_true(h->fates[i].id > before[from]);
        before[from] = h->fates[i].id;
    }
    close(sockets[0]);
    close(sockets[1]);
    hosts_free(h);
}

static void
nothing_is_sent_that_nobody_asked_for(void **state)
{
    (void)state;
    struct hosts *h = hosts_make();
    hosts_join(h, NULL);
    hosts_for(h, 1500);
    hosts_part(h);
    assert_int_equal(h->frame_count, 0);
    hosts_free(h);
}

static void
hosts_that_do_not_know_each_other_ask(void **state)
{
    (void)state;
    struct topology_options options = { .arp = true };
    struct hosts *h = hosts_make();
    topology_close(&h->topology);
    assert_null(topology_make(&h->topology, &options));
    hosts_rule(h, "any #1..2 drop"); // what is asked for so is not lost
    hosts_join(h, NULL);
    hosts_talk(h, AF_INET);
    hosts_talk(h, AF_INET6);
    hosts_part(h);
    int arps = 0, discoveries = 0;
    for (int i = 0; i < h->frame_count; i++) {
        const struct decoded *decoded = &h->frames[i].decoded;
        if (!policy_spares(decoded))
            continue;
        assert_int_equal(hosts_fates(h, h->frames[i].id, FATE_LOST), 0);
        arps += decoded->kind == DECODED_ARP;
        discoveries += decoded->kind == DECODED_ICMP;
    }
    assert_true(arps >= 2 && discoveries >= 2);
    hosts_free(h);
}

static void
a_frame_longer_than_the_mtu_is_lost(void **state)
{
    (void)state;
    struct hosts *h = hosts_make();
    struct wire_options options = { .mtu = 1000 };
    hosts_join(h, &options);
    hosts_datagrams(h, 1, 1000 - 28); // fits, with its two headers
    hosts_datagrams(h, 1, 1000 - 27);
    hosts_await(h, FATE_LOST, 1);
    hosts_part(h);
    assert_int_equal(hosts_fates(h, 1, FATE_ARRIVED), 1);
    assert_string_equal(hosts_fate(h, 2, FATE_LOST)->why,
                        "longer than the MTU of 1000");
    hosts_free(h);
}

/* ---- The process ---------------------------------------------------------- */

static void
at_the_end_nothing_is_left(void **state)
{
    (void)state;
    struct hosts *h = hosts_make();
    hosts_rule(h, "any hold");
    hosts_join(h, NULL);
    hosts_datagrams(h, 2, 100);
    hosts_await(h, FATE_HELD, 2);
    assert_int_equal(kill(h->wire.pid, 0), 0);
    hosts_part(h);
    assert_int_equal(kill(h->wire.pid, 0), -1);
    assert_int_equal(errno, ESRCH);
    assert_string_equal(hosts_fate(h, 2, FATE_LOST)->why,
                        "the wire was taken away");
    hosts_free(h);
}

/* The wire's process after what is done to it: it ends, and is waited for. */
static void
assert_ends(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
}

static void
after_quit_nobody_waits_for_an_answer(void **state)
{
    (void)state;
    char answer[WIRE_WHY] = "";
    struct wire_result result;
    struct hosts *h = hosts_make();
    hosts_join(h, NULL);
    hosts_tell(h, "quit", 0);
    assert_false(wire_tell(&h->wire, "deliver 1", answer, sizeof answer));
    assert_string_equal(answer, "The wire has ended.");
    source_close(h->trace);
    assert_true(wire_end(&h->wire, &result));
    hosts_free(h);
}

static void
without_a_reader_or_a_voice_it_ends(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        struct hosts *h = hosts_make();
        hosts_join(h, NULL);
        if (round == 0)
            close(h->wire.control_fd);
        source_close(h->trace); // and its pipe
        assert_ends(h->wire.pid);
        if (round == 1)
            close(h->wire.control_fd);
        close(h->wire.result_fd);
        hosts_free(h);
    }
}

/* In a process of its own: lay a wire, say its number, and wait to be killed. */
static void
lay_a_wire_and_wait(int tell)
{
    struct hosts *h = hosts_make();
    hosts_join(h, NULL);
    if (write(tell, &h->wire.pid, sizeof h->wire.pid) < 0)
        _exit(1);
    pause();
    _exit(0);
}

static void
it_dies_with_who_started_it(void **state)
{
    (void)state;
    int told[2], status;
    pid_t wire = -1;
    hosts_free(hosts_make());
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    assert_int_equal(pipe(told), 0);
    pid_t pid = fork();
    if (pid == 0)
        lay_a_wire_and_wait(told[1]);
    assert_int_equal(read(told[0], &wire, sizeof wire), sizeof wire);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_ends(wire); // it is ours to wait for now
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    close(told[0]);
    close(told[1]);
}

/* In a process without privileges, like a program on a host: what comes of taking
 * the descriptors of the wire's process. */
static void
take_descriptors(pid_t wire)
{
    if (privilege_drop() < 0)
        _exit(1);
    int process = (int)syscall(SYS_pidfd_open, wire, 0);
    for (int fd = 0; fd < 64; fd++)
        if (syscall(SYS_pidfd_getfd, process, fd, 0) >= 0 || errno != EPERM)
            _exit(2);
    _exit(0);
}

static void
no_program_takes_the_middles_sockets_out_of_it(void **state)
{
    (void)state;
    int status;
    struct hosts *h = hosts_make();
    hosts_join(h, NULL);
    pid_t pid = fork();
    if (pid == 0)
        take_descriptors(h->wire.pid);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    hosts_part(h);
    hosts_free(h);
}

static void
a_reader_that_does_not_read_holds_up_nothing(void **state)
{
    (void)state;
    static char part[1 << 16];
    int sockets[2];
    struct hosts *h = hosts_make();
    hosts_join(h, NULL);
    hosts_connection(h, AF_INET, sockets);
    for (int i = 0; i < 32; i++) { // 2 MB: more than a pipe holds
        assert_int_equal(send(sockets[0], part, sizeof part, 0), sizeof part);
        assert_int_equal(recv(sockets[1], part, sizeof part, MSG_WAITALL),
                         sizeof part);
    }
    hosts_part(h);
    assert_true(h->frame_count > 32 * 45);
    close(sockets[0]);
    close(sockets[1]);
    hosts_free(h);
}

static void
a_wire_without_a_middle_is_refused(void **state)
{
    (void)state;
    char why[WIRE_WHY];
    struct wire wire;
    struct hosts *h = hosts_make();
    struct wire_options options = { .netns = h->topology.netns[PLACE_CLIENT],
                                    .policy = h->policy };
    assert_int_equal(wire_start(&wire, &options, why), -1);
    assert_non_null(strstr(why, "client: no such interface"));
    options.netns = -1;
    assert_int_equal(wire_start(&wire, &options, why), -1);
    assert_non_null(strstr(why, "going to the middle: Bad file"));
    hosts_free(h);
}

/* Which congestion control a socket to the server has got. */
static void
chosen_congestion(struct topology *topology, char *name, socklen_t size)
{
    struct sockaddr_in server = { .sin_family = AF_INET, .sin_port = 1 };
    inet_pton(AF_INET, topology_server_ipv4, &server.sin_addr);
    assert_int_equal(topology_enter(topology, PLACE_CLIENT), 0);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&server, sizeof server),
                     -1);
    assert_int_equal(errno, EINPROGRESS);
    assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &size),
                     0);
    close(fd);
}

static void
a_topology_may_ask_for_a_congestion_control(void **state)
{
    (void)state;
    static const char *const asked[] = { "reno", "cubic" };
    char name[16] = "";
    struct topology topology;
    hosts_free(hosts_make());
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    for (int i = 0; i < 2; i++) {
        struct topology_options options = { .congestion = asked[i] };
        const char *refused = topology_make(&topology, &options);
        if (refused && i > 0)
            break; // not every kernel has cubic
        assert_null(refused);
        chosen_congestion(&topology, name, sizeof name);
        assert_string_equal(name, asked[i]);
        topology_close(&topology);
        assert_int_equal(setns(home, CLONE_NEWNET), 0);
    }
    struct topology_options options = { .congestion = "none-such" };
    const char *refused = topology_make(&topology, &options);
    assert_non_null(refused);
    assert_non_null(
        strstr(refused, "\"none-such\" (does this kernel have it?)"));
    close(home);
}

static void
the_network_of_who_makes_it_stays_as_it_is(void **state)
{
    (void)state;
    char before[64], after[64];
    ssize_t n, m;
    struct topology topology;
    struct topology_options options = { .arp = false };
    hosts_free(hosts_make());
    n = readlink("/proc/self/ns/net", before, sizeof before);
    assert_null(topology_make(&topology, &options));
    m = readlink("/proc/self/ns/net", after, sizeof after);
    assert_int_equal(n, m);
    assert_memory_equal(before, after, (size_t)n);
    assert_int_equal(if_nametoindex("eth0"), 0);
    assert_int_equal(if_nametoindex("client"), 0);
    for (int i = 0; i < PLACE_ROUTER; i++) { // a wire has none
        assert_int_equal(topology_enter(&topology, (enum topology_place)i), 0);
        assert_int_equal(if_nametoindex("eth0") != 0, i != PLACE_MIDDLE);
        assert_int_equal(if_nametoindex("client") != 0, i == PLACE_MIDDLE);
    }
    topology_close(&topology);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_conversation_passes_with_right_checksums),
        cmocka_unit_test(each_frame_takes_the_time_asked_for),
        cmocka_unit_test(many_octets_arrive_as_they_were_sent),
        cmocka_unit_test(many_on_the_way_keep_their_order),
        cmocka_unit_test(nothing_is_sent_that_nobody_asked_for),
        cmocka_unit_test(hosts_that_do_not_know_each_other_ask),
        cmocka_unit_test(a_frame_longer_than_the_mtu_is_lost),
        cmocka_unit_test(at_the_end_nothing_is_left),
        cmocka_unit_test(after_quit_nobody_waits_for_an_answer),
        cmocka_unit_test(without_a_reader_or_a_voice_it_ends),
        cmocka_unit_test(it_dies_with_who_started_it),
        cmocka_unit_test(no_program_takes_the_middles_sockets_out_of_it),
        cmocka_unit_test(a_reader_that_does_not_read_holds_up_nothing),
        cmocka_unit_test(a_wire_without_a_middle_is_refused),
        cmocka_unit_test(a_topology_may_ask_for_a_congestion_control),
        cmocka_unit_test(the_network_of_who_makes_it_stays_as_it_is),
    };
    return cmocka_run_group_tests(tests, netns_enter, NULL);
}
