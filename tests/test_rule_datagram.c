/* Rules about UDP and ICMP: which frames they fit, and what becomes of these. */
#include "claim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guard.h"
#include "hosts.h"
#include "netns.h"

static const int families[] = { AF_INET, AF_INET6 };

enum {
    FAMILIES = 2,
    MTU_DATA = 1472, // of UDP that a frame has room for, by IPv4
};

/* ---- Which frames --------------------------------------------------------- */

static bool
fits(const char *text, enum direction from, const struct decoded *decoded)
{
    struct rule rule;
    struct expectation_error error;
    struct rule_subject subject = { .from = from, .decoded = decoded };
    if (!rule_read(&rule, text, &error))
        fail_msg("%s: %s", text, error.reason);
    return rule_fits(&rule, &subject);
}

static void
a_rule_about_udp_fits_datagrams_of_udp_only(void **state)
{
    (void)state;
    struct decoded udp = { .kind = DECODED_DATAGRAM, .udp.data_length = 5 };
    struct decoded icmp = { .kind = DECODED_ICMP };
    struct decoded tcp = { .kind = DECODED_SEGMENT, .segment.data_length = 5 };
    struct decoded other = { .kind = DECODED_OTHER };
    assert_true(fits("UDP drop", FROM_CLIENT, &udp));
    assert_true(fits("UDP drop", FROM_SERVER, &udp));
    assert_true(fits("client > server UDP drop", FROM_CLIENT, &udp));
    assert_false(fits("client > server UDP drop", FROM_SERVER, &udp));
    assert_true(fits("client < server UDP len 5 drop", FROM_SERVER, &udp));
    assert_false(fits("UDP len 4 drop", FROM_CLIENT, &udp));
    assert_true(fits("UDP len 1..5 drop", FROM_CLIENT, &udp));
    assert_false(fits("UDP len 6..9 drop", FROM_CLIENT, &udp));
    assert_true(fits("any drop", FROM_CLIENT, &udp));
    assert_false(fits("DATA drop", FROM_CLIENT, &udp));
    assert_false(fits("ICMP drop", FROM_CLIENT, &udp));
    assert_false(fits("UDP drop", FROM_CLIENT, &icmp));
    assert_false(fits("UDP drop", FROM_CLIENT, &tcp));
    assert_false(fits("UDP drop", FROM_CLIENT, &other));
}

static void
a_rule_about_icmp_fits_its_messages_or_one_error(void **state)
{
    (void)state;
    struct decoded echo = { .kind = DECODED_ICMP, .icmp.type = 8 };
    struct decoded port = { .kind = DECODED_ICMP, .icmp.type = 3 };
    for (int i = 0; icmp_errors[i]; i++)
        if (!strcmp(icmp_errors[i], "port-unreachable"))
            port.icmp.error = icmp_errors[i];
    assert_true(fits("ICMP drop", FROM_CLIENT, &echo));
    assert_true(fits("ICMP drop", FROM_CLIENT, &port));
    assert_true(fits("ICMP port-unreachable drop", FROM_CLIENT, &port));
    assert_false(fits("ICMP port-unreachable drop", FROM_CLIENT, &echo));
    assert_false(fits("ICMP time-exceeded drop", FROM_CLIENT, &port));
}

/* A piece of a datagram, as IP gives it: its payload ends at a guard page. */
static struct decoded
piece(struct guard *guard, uint8_t protocol, uint16_t offset, size_t present)
{
    // UDP of 3,000 octets, its length 3,008; or an echo request.
    static const uint8_t udp[8] = { 0x9c, 0x40, 0, 7, 0x0b, 0xc0, 0, 0 };
    static const uint8_t icmp[8] = { 8, 0, 0, 0, 0, 1, 0, 1 };
    struct decoded decoded = { .kind = DECODED_FRAGMENT };
    decoded.fragment = (struct datagram){
        .version = 4,
        .protocol = protocol,
        .more_fragments = true,
        .fragment_offset = offset,
        .payload = guard_copy(guard, protocol == IP_PROTOCOL_UDP ? udp : icmp,
                              present),
        .captured = (uint32_t)present,
        .length = 1480,
    };
    return decoded;
}

static void
of_a_datagram_in_pieces_the_first_is_fitted(void **state)
{
    (void)state;
    struct guard guard = guard_new(64);
    struct decoded first = piece(&guard, IP_PROTOCOL_UDP, 0, 8);
    assert_true(fits("UDP len 3000 drop", FROM_CLIENT, &first));
    assert_false(fits("UDP len 1472 drop", FROM_CLIENT, &first));
    assert_false(fits("ICMP drop", FROM_CLIENT, &first));
    struct decoded second = piece(&guard, IP_PROTOCOL_UDP, 1480, 8);
    assert_false(fits("UDP drop", FROM_CLIENT, &second));
    assert_true(fits("any drop", FROM_CLIENT, &second));
    struct decoded echo = piece(&guard, IP_PROTOCOL_ICMP, 0, 8);
    assert_true(fits("ICMP drop", FROM_CLIENT, &echo));
    struct decoded tcp = piece(&guard, IP_PROTOCOL_TCP, 0, 8);
    assert_false(fits("ACK drop", FROM_CLIENT, &tcp));
    guard_free(&guard);
}

static void
a_first_piece_may_be_cut_anywhere(void **state)
{
    (void)state;
    struct guard guard = guard_new(64);
    const uint8_t protocols[] = { IP_PROTOCOL_UDP, IP_PROTOCOL_ICMP,
                                  IP_PROTOCOL_TCP, IP_PROTOCOL_ICMPV6 };
    for (size_t i = 0; i < sizeof protocols; i++)
        for (size_t n = 0; n < 8; n++) {
            struct decoded cut = piece(&guard, protocols[i], 0, n);
            assert_false(fits("UDP len 3000 drop", FROM_CLIENT, &cut) && n < 6);
            assert_false(fits("ICMP drop", FROM_CLIENT, &cut) && n < 2);
        }
    guard_free(&guard);
}

/* ---- What happens --------------------------------------------------------- */

/* Octets of "aaa...", "bbb...". */
static void
say(int socket, char letter, size_t bytes)
{
    char data[4000];
    memset(data, letter, sizeof data);
    assert_int_equal(send(socket, data, bytes, 0), bytes);
}

/* What comes next is so many of this letter. */
static void
hears(int socket, char letter, size_t bytes)
{
    char data[4000] = "";
    struct pollfd wait = { .fd = socket, .events = POLLIN };
    assert_int_equal(poll(&wait, 1, 10000), 1);
    assert_int_equal(recv(socket, data, sizeof data, 0), bytes);
    for (size_t i = 0; i < bytes; i++)
        assert_int_equal(data[i], letter);
}

/* Two datagrams of `bytes` are sent, then a short one; which of them arrive, in
 * their order, as "bc". */
static struct hosts *
three_with_rule(int family, const char *rule, size_t bytes, const char *heard)
{
    int sockets[2];
    struct hosts *h = hosts_make();
    hosts_rule(h, rule);
    hosts_join(h, NULL);
    hosts_flow(h, family, sockets);
    say(sockets[0], 'a', bytes);
    say(sockets[0], 'b', bytes);
    say(sockets[0], 'c', 1);
    for (; *heard; heard++)
        hears(sockets[1], *heard, *heard == 'c' ? 1 : bytes);
    hosts_until(h, hosts_are_quiet);
    char more;
    assert_int_equal(recv(sockets[1], &more, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
    close(sockets[0]);
    close(sockets[1]);
    hosts_part(h);
    return h;
}

static void
a_datagram_is_lost_doubled_or_overtaken(void **state)
{
    (void)state;
    need_network();

    static const struct {
        const char *rule, *heard;
    } cases[] = {
        { "client > server UDP #2 drop", "ac" },
        { "client > server UDP len 50 drop", "c" },
        { "UDP #1 duplicate", "aabc" },
        { "UDP #1 reorder 2", "bca" },
        { "UDP len 50 #2 delay 50ms", "acb" },
        { "client < server UDP drop", "abc" },
    };

    for (int i = 0; i < FAMILIES; i++)
        for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++)
            hosts_free(three_with_rule(families[i], cases[n].rule, 50,
                                       cases[n].heard));
}

/* And nobody sends it again. */
static void
a_lost_datagram_is_told_with_its_rule(void **state)
{
    (void)state;
    need_network();
    struct hosts *h =
        three_with_rule(AF_INET6, "client > server UDP #2 drop", 50, "ac");
    assert_int_equal(h->frame_count, 3); // nothing was sent again
    assert_int_equal(hosts_fates(h, 0, FATE_LOST), 1);
    assert_string_equal(hosts_fate(h, 2, FATE_LOST)->why, "rule 1: drop");
    assert_int_equal(h->result.matched[0], 3);
    assert_int_equal(h->result.acted[0], 1);
    hosts_free(h);
}

/* Of one frame, of a full one, and of three. */
static void
the_checksum_rejects_a_corrupted_datagram(void **state)
{
    (void)state;
    need_network();
    const size_t sizes[] = { 1, 50, MTU_DATA - 20, 3000 };
    for (int i = 0; i < FAMILIES; i++)
        for (size_t n = 0; n < sizeof sizes / sizeof sizes[0]; n++) {
            struct hosts *h =
                three_with_rule(families[i], "UDP #1 corrupt", sizes[n], "bc");
            assert_int_equal(hosts_fates(h, 1, FATE_CORRUPTED), 1);
            assert_int_equal(hosts_fates(h, 1, FATE_ARRIVED), 1);
            hosts_free(h);
        }
}

static void
without_its_first_piece_a_datagram_is_lost(void **state)
{
    (void)state;
    need_network();
    for (int i = 0; i < FAMILIES; i++) {
        struct hosts *h = three_with_rule(
            families[i], "client > server UDP len 3000 #1 drop", 3000, "bc");
        assert_int_equal(h->frame_count, 3 + 3 + 1);
        assert_int_equal(hosts_fates(h, 0, FATE_LOST), 1);
        assert_int_equal(hosts_fates(h, 1, FATE_LOST), 1);
        assert_int_equal(hosts_fates(h, 0, FATE_ARRIVED), 6);
        assert_int_equal(h->result.matched[0], 2); // not the other pieces
        hosts_free(h);
    }
}

static void
a_datagram_waits_for_its_first_piece(void **state)
{
    (void)state;
    need_network();
    for (int i = 0; i < FAMILIES; i++) {
        hosts_free(
            three_with_rule(families[i], "UDP #1 delay 50ms", 3000, "bca"));
        hosts_free(
            three_with_rule(families[i], "UDP #1 duplicate", 3000, "abc"));
    }
}

/* ---- Addresses ------------------------------------------------------------ */

/* Send the next datagram back to where it came from. */
static void
answer(int socket)
{
    char data[100];
    struct sockaddr_storage from;
    socklen_t size = sizeof from;
    struct pollfd wait = { .fd = socket, .events = POLLIN };
    assert_int_equal(poll(&wait, 1, 10000), 1);
    ssize_t n =
        recvfrom(socket, data, sizeof data, 0, (struct sockaddr *)&from, &size);
    assert_int_equal(
        sendto(socket, data, (size_t)n, 0, (struct sockaddr *)&from, size), n);
}

/* A datagram of each of the client's addresses. The server answers both. */
static void
what_goes_to_one_of_the_clients_addresses_may_be_lost(void **state)
{
    (void)state;
    need_network();
    int sockets[2];
    struct hosts *h = hosts_make();
    hosts_rule(h, "any to " HOSTS_MORE " drop");
    hosts_join(h, NULL);
    hosts_flow(h, AF_INET, sockets);
    int more = hosts_more_flow(h);
    say(more, 'a', 5);
    answer(sockets[1]);
    say(sockets[0], 'b', 5);
    answer(sockets[1]);
    hears(sockets[0], 'b', 5);
    hosts_part(h);
    assert_string_equal(hosts_fate(h, 2, FATE_LOST)->why, "rule 1: drop");
    assert_int_equal(h->result.matched[0], 1);
    assert_int_equal(hosts_fates(h, 0, FATE_ARRIVED), 3);
    close(sockets[0]);
    close(sockets[1]);
    close(more);
    hosts_free(h);
}

static void
a_further_address_is_one_of_ipv4_on_a_plain_wire(void **state)
{
    static const char *const more[] = { "2001:db8::66", "192.0.2", "",
                                        "192.0.2.66" };
    (void)state;
    need_network();
    for (int i = 0; i < 4; i++) {
        struct topology t;
        struct topology_options options = {
            .kind = i == 3 ? TOPOLOGY_NAT : TOPOLOGY_WIRE,
            .more = more + i,
            .more_count = 1,
        };
        const char *step = topology_make(&t, &options);
        assert_non_null(step);
        if (i < 3)
            assert_int_equal(errno, EINVAL);
    }
}

/* ---- Errors --------------------------------------------------------------- */

/* The error that the socket of a question meets; 0: none for 100 ms. It asks for
 * all errors: Linux tells a UDP socket of an unreachable host only then (ip(7)).
 */
static int
error_of(const struct hosts *h, int family, bool is_bound)
{
    int sockets[2], yes = 1;
    hosts_flow(h, family, sockets);
    if (family == AF_INET)
        setsockopt(sockets[0], IPPROTO_IP, IP_RECVERR, &yes, sizeof yes);
    else
        setsockopt(sockets[0], IPPROTO_IPV6, IPV6_RECVERR, &yes, sizeof yes);
    if (!is_bound)
        close(sockets[1]);
    say(sockets[0], '?', 1);
    struct pollfd wait = { .fd = sockets[0], .events = POLLIN };
    int error = 0;
    socklen_t size = sizeof error;
    poll(&wait, 1, 100);
    getsockopt(sockets[0], SOL_SOCKET, SO_ERROR, &error, &size);
    close(sockets[0]);
    if (is_bound)
        close(sockets[1]);
    return error;
}

static void
an_error_may_be_lost_too(void **state)
{
    (void)state;
    need_network();
    for (int i = 0; i < FAMILIES; i++) {
        struct hosts *h = hosts_make();
        hosts_rule(h, "client < server ICMP port-unreachable #1 drop");
        hosts_join(h, NULL);
        assert_int_equal(error_of(h, families[i], false), 0);
        assert_int_equal(error_of(h, families[i], false), ECONNREFUSED);
        hosts_part(h);
        assert_int_equal(h->result.matched[0], 2);
        assert_int_equal(hosts_fates(h, 2, FATE_LOST), 1);
        hosts_free(h);
    }
}

static void
a_router_tells_the_sender_of_a_datagram(void **state)
{
    (void)state;
    need_network();
    for (int i = 0; i < FAMILIES; i++) {
        struct hosts *h = hosts_make();
        hosts_rule(h, "client > server UDP unreachable");
        hosts_join(h, NULL);
        assert_int_equal(error_of(h, families[i], true), EHOSTUNREACH);
        hosts_part(h);
        assert_true(h->frames[1].decoded.icmp.quotes_datagram);
        hosts_free(h);
    }
}

/* ---- By hand -------------------------------------------------------------- */

static void
the_awaited_datagram_is_held(void **state)
{
    (void)state;
    need_network();
    int sockets[2];
    struct hosts *h = hosts_make();
    hosts_join(h, NULL);
    hosts_tell(h, "until client > server UDP #2", 0);
    hosts_flow(h, AF_INET, sockets);
    say(sockets[0], 'a', 5);
    say(sockets[0], 'b', 5);
    hosts_await(h, FATE_HELD, 1);
    hears(sockets[1], 'a', 5);
    hosts_tell(h, "drop %llu", 2);
    say(sockets[0], 'c', 5); // all that comes is held from here on
    hosts_await(h, FATE_HELD, 2);
    hosts_tell(h, "deliver %llu", 3);
    hears(sockets[1], 'c', 5);
    hosts_part(h);
    assert_string_equal(hosts_fate(h, 2, FATE_HELD)->why, "stepping");
    assert_string_equal(hosts_fate(h, 2, FATE_LOST)->why, "by hand");
    close(sockets[0]);
    close(sockets[1]);
    hosts_free(h);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_about_udp_fits_datagrams_of_udp_only),
        cmocka_unit_test(a_rule_about_icmp_fits_its_messages_or_one_error),
        cmocka_unit_test(of_a_datagram_in_pieces_the_first_is_fitted),
        cmocka_unit_test(a_first_piece_may_be_cut_anywhere),
        cmocka_unit_test(a_datagram_is_lost_doubled_or_overtaken),
        cmocka_unit_test(a_lost_datagram_is_told_with_its_rule),
        cmocka_unit_test(the_checksum_rejects_a_corrupted_datagram),
        cmocka_unit_test(without_its_first_piece_a_datagram_is_lost),
        cmocka_unit_test(a_datagram_waits_for_its_first_piece),
        cmocka_unit_test(what_goes_to_one_of_the_clients_addresses_may_be_lost),
        cmocka_unit_test(a_further_address_is_one_of_ipv4_on_a_plain_wire),
        cmocka_unit_test(an_error_may_be_lost_too),
        cmocka_unit_test(a_router_tells_the_sender_of_a_datagram),
        cmocka_unit_test(the_awaited_datagram_is_held),
    };
    return cmocka_run_group_tests(tests, netns_enter, NULL);
}
