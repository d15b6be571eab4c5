/* Rules that end: `for 5s`; and a router's word for what is lost. */
#include "claim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hosts.h"
#include "netns.h"

static const int64_t second = 1000000000;

/* ---- for 5s --------------------------------------------------------------- */

static struct policy *
policy_with(const char *rule)
{
    struct expectation_error error;
    struct policy *p = policy_new(1);
    assert_non_null(p);
    if (!policy_add(p, rule, &error))
        fail_msg("%s: %s", rule, error.reason);
    return p;
}

/* Is a frame lost that leaves at this time? */
static bool
is_lost(struct policy *p, int64_t left_ns)
{
    struct decoded decoded = { .kind = DECODED_OTHER };
    struct policy_frame frame = { .from = FROM_CLIENT,
                                  .decoded = &decoded,
                                  .octets = 100,
                                  .left_ns = left_ns };
    return policy_judge(p, &frame).lost;
}

static void
a_time_begins_with_the_first_that_it_happens_to(void **state)
{
    (void)state;
    struct policy *p = policy_with("any #2.. drop for 5s");
    assert_false(is_lost(p, 1 * second));
    assert_true(is_lost(p, 100 * second));
    assert_true(is_lost(p, 105 * second - 1));
    assert_false(is_lost(p, 105 * second));
    assert_false(is_lost(p, 200 * second));
    assert_int_equal(policy_rule(p, 0)->matched, 5);
    assert_int_equal(policy_rule(p, 0)->acted, 2);
    policy_free(p);
}

static void
a_time_stands_behind_a_percentage_too(void **state)
{
    (void)state;
    struct policy *p = policy_with("any drop 100% for 250ms");
    assert_true(is_lost(p, second));
    assert_true(is_lost(p, second + second / 5));
    assert_false(is_lost(p, second + second / 4));
    policy_free(p);
}

static const struct {
    const char *rule;
    uint32_t column;
    const char *reason; // a part of it
} mistakes[] = {
    { "any drop for", 13, "not a time" },
    { "any drop for ever", 14, "not a time" },
    { "any drop for 0s", 15, "not a time" },
    { "any drop for 5s 6s", 17, "cannot stand here" },
    { "any drop 5% 6% for 5s", 13, "cannot stand here" },
    { "any unreachable 5", 18, "too early" },
};

static void
a_mistake_is_told_with_its_column(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct rule rule;
        struct expectation_error error = { 0 };
        if (rule_read(&rule, mistakes[i].rule, &error))
            fail_msg("%s: it was taken", mistakes[i].rule);
        if (error.column != mistakes[i].column ||
            !strstr(error.reason, mistakes[i].reason) || !*error.right)
            fail_msg("%s: column %u: %s %s", mistakes[i].rule, error.column,
                     error.reason, error.right);
    }
}

/* ---- unreachable ---------------------------------------------------------- */

/* The error that ends a connect(); it comes at once. */
static int
error_of_connect(const struct hosts *h, int family)
{
    int error = 0, fd = hosts_connect(h, family, false);
    socklen_t size = sizeof error;
    struct pollfd wait = { .fd = fd, .events = POLLOUT };
    assert_int_equal(poll(&wait, 1, 500), 1);
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size), 0);
    close(fd);
    return error;
}

static bool
an_error_has_arrived(const struct hosts *h)
{
    for (int i = 0; i < h->frame_count; i++)
        if (h->frames[i].decoded.kind == DECODED_ICMP)
            return hosts_fates(h, h->frames[i].id, FATE_ARRIVED) == 1;
    return false;
}

static void
a_router_says_that_a_host_is_unreachable(void **state)
{
    (void)state;
    need_network();
    const int families[] = { AF_INET, AF_INET6 };
    for (int i = 0; i < 2; i++) {
        struct hosts *h = hosts_make();
        hosts_rule(h, "client > server SYN unreachable");
        hosts_join(h, NULL);
        close(hosts_listen(h, families[i]));
        assert_int_equal(error_of_connect(h, families[i]), EHOSTUNREACH);
        hosts_until(h, an_error_has_arrived);
        hosts_part(h);
        assert_int_equal(h->frame_count, 2);
        const struct told_frame *syn = hosts_frame(h, WORD_SYN, 1);
        const struct icmp *error = &h->frames[1].decoded.icmp;
        assert_int_equal(hosts_fates(h, syn->id, FATE_LOST), 1);
        assert_true(error->quotes_segment);
        assert_int_equal(error->quoted_seq, syn->decoded.segment.seq);
        hosts_free(h);
    }
}

static bool
one_is_lost(const struct hosts *h)
{
    return hosts_fates(h, 0, FATE_LOST) == 1;
}

/* A datagram to a port of the server that nobody has: its kernel says so. */
static void
ask_nobody(const struct hosts *h)
{
    struct sockaddr_in there = { .sin_family = AF_INET, .sin_port = htons(9) };
    int fd = hosts_socket(h, PLACE_CLIENT, AF_INET, SOCK_DGRAM);
    inet_pton(AF_INET, topology_server_ipv4, &there.sin_addr);
    assert_int_equal(
        sendto(fd, "?", 1, 0, (struct sockaddr *)&there, sizeof there), 1);
    close(fd);
}

static void
nothing_is_told_of_an_error(void **state)
{
    (void)state;
    need_network();
    struct hosts *h = hosts_make();
    hosts_rule(h, "client < server any unreachable");
    hosts_join(h, NULL);
    ask_nobody(h);
    hosts_until(h, one_is_lost);
    hosts_part(h);
    assert_int_equal(h->frame_count, 2);
    assert_int_equal(h->frames[1].decoded.kind, DECODED_ICMP);
    hosts_free(h);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_begins_with_the_first_that_it_happens_to),
        cmocka_unit_test(a_time_stands_behind_a_percentage_too),
        cmocka_unit_test(a_mistake_is_told_with_its_column),
        cmocka_unit_test(a_router_says_that_a_host_is_unreachable),
        cmocka_unit_test(nothing_is_told_of_an_error),
    };
    return cmocka_run_group_tests(tests, netns_enter, NULL);
}
