/* policy and policy_rule: what is said, and what then happens to frames. */
#include "claim.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/wire/policy.h"
#include "guard.h"

static const int64_t millisecond = 1000000;
static const int64_t start_ns = 1000000000000;

enum {
    FRAME_OCTETS = 1000
};

/* ---- Frames --------------------------------------------------------------- */

/* A segment from one of two hosts. */
static struct decoded
segment(enum direction from, uint16_t flags, uint32_t seq, uint32_t data)
{
    static const uint8_t client[4] = { 192, 0, 2, 1 };
    static const uint8_t server[4] = { 192, 0, 2, 2 };
    struct endpoint ends[DIRECTIONS] = { { address_ipv4(client), 40000 },
                                         { address_ipv4(server), 80 } };
    struct decoded decoded = { .kind = DECODED_SEGMENT };
    decoded.segment = (struct segment){ .src = ends[from],
                                        .dst = ends[1 - from],
                                        .flags = flags,
                                        .seq = seq,
                                        .data_length = data };
    return decoded;
}

/* What happens to a frame that leaves `ms` after the start. */
static struct verdict
judge(struct policy *p, enum direction from, const struct decoded *decoded,
      double ms)
{
    struct policy_frame frame = {
        .from = from,
        .decoded = decoded,
        .octets = FRAME_OCTETS,
        .left_ns = start_ns + (int64_t)(ms * (double)millisecond),
    };
    return policy_judge(p, &frame);
}

static struct verdict
judge_data(struct policy *p, uint32_t data)
{
    struct decoded decoded = segment(FROM_CLIENT, SEG_ACK, 1, data);
    return judge(p, FROM_CLIENT, &decoded, 0);
}

static struct policy *
policy_with(const char *rule)
{
    struct expectation_error error;
    struct policy *p = policy_new(1);
    assert_non_null(p);
    if (rule && !policy_add(p, rule, &error))
        fail_msg("%s: %s", rule, error.reason);
    return p;
}

/* ---- Which frames --------------------------------------------------------- */

struct fit {
    const char *rule;
    enum direction from;
    uint16_t flags;
    uint32_t after; // the sender's initial number
    uint32_t data;
    bool fits;
};

static const struct fit fits[] = {
    { "client > server SYN drop", FROM_CLIENT, SEG_SYN, 0, 0, true },
    { "client > server SYN drop", FROM_SERVER, SEG_SYN, 0, 0, false },
    { "client < server SYN drop", FROM_SERVER, SEG_SYN, 0, 0, true },
    { "client < server SYN drop", FROM_CLIENT, SEG_SYN, 0, 0, false },
    { "server > client SYN drop", FROM_SERVER, SEG_SYN, 0, 0, true },
    { "server < client SYN drop", FROM_CLIENT, SEG_SYN, 0, 0, true },
    { "server < client SYN drop", FROM_SERVER, SEG_SYN, 0, 0, false },
    { "SYN drop", FROM_CLIENT, SEG_SYN, 0, 0, true },
    { "SYN drop", FROM_SERVER, SEG_SYN, 0, 0, true },
    { "SYN drop", FROM_SERVER, SEG_SYN | SEG_ACK, 0, 0, false },
    { "SYN-ACK drop", FROM_SERVER, SEG_SYN | SEG_ACK, 0, 0, true },
    { "SYN-ACK drop", FROM_CLIENT, SEG_SYN, 0, 0, false },
    { "ACK drop", FROM_CLIENT, SEG_ACK, 1, 0, true },
    { "ACK drop", FROM_CLIENT, SEG_ACK, 1, 5, false },
    { "ACK drop", FROM_CLIENT, SEG_ACK | SEG_FIN, 1, 0, false },
    { "FIN drop", FROM_CLIENT, SEG_ACK | SEG_FIN, 1, 0, true },
    { "FIN drop", FROM_CLIENT, SEG_ACK | SEG_FIN | SEG_PSH, 1, 5, true },
    { "RST drop", FROM_CLIENT, SEG_RST, 1, 0, true },
    { "RST drop", FROM_CLIENT, SEG_RST | SEG_ACK, 1, 0, true },
    { "DATA drop", FROM_CLIENT, SEG_ACK | SEG_PSH, 1, 5, true },
    { "DATA drop", FROM_CLIENT, SEG_ACK, 1, 0, false },
    { "any drop", FROM_SERVER, SEG_ACK, 1, 0, true },
    { "client > server any drop", FROM_CLIENT, SEG_RST, 1, 0, true },
    { "client > server any drop", FROM_SERVER, SEG_RST, 1, 0, false },
    { "DATA len 5 drop", FROM_CLIENT, SEG_ACK, 1, 5, true },
    { "DATA len 5 drop", FROM_CLIENT, SEG_ACK, 1, 6, false },
    { "DATA len 2..5 drop", FROM_CLIENT, SEG_ACK, 1, 2, true },
    { "DATA len 2..5 drop", FROM_CLIENT, SEG_ACK, 1, 5, true },
    { "DATA len 2..5 drop", FROM_CLIENT, SEG_ACK, 1, 1, false },
    { "DATA len 2..5 drop", FROM_CLIENT, SEG_ACK, 1, 6, false },
    { "DATA seq A+1 drop", FROM_CLIENT, SEG_ACK, 1, 5, true },
    { "DATA seq A+1 drop", FROM_CLIENT, SEG_ACK, 2, 5, false },
    { "DATA seq A+1 drop", FROM_SERVER, SEG_ACK, 1, 5, false },
    { "DATA seq B+1 drop", FROM_SERVER, SEG_ACK, 1, 5, true },
    { "DATA seq A+10..A+20 drop", FROM_CLIENT, SEG_ACK, 9, 5, false },
    { "DATA seq A+10..A+20 drop", FROM_CLIENT, SEG_ACK, 10, 5, true },
    { "DATA seq A+10..A+20 drop", FROM_CLIENT, SEG_ACK, 20, 5, true },
    { "DATA seq A+10..A+20 drop", FROM_CLIENT, SEG_ACK, 21, 5, false },
    { "SYN seq A drop", FROM_CLIENT, SEG_SYN, 0, 0, true },
    { "any to 192.0.2.2 drop", FROM_CLIENT, SEG_SYN, 0, 0, true },
    { "any to 192.0.2.2 drop", FROM_SERVER, SEG_SYN, 0, 0, false },
    { "any from 192.0.2.2 drop", FROM_SERVER, SEG_ACK, 1, 0, true },
    { "any from 192.0.2.2 drop", FROM_CLIENT, SEG_ACK, 1, 0, false },
    { "SYN from 192.0.2.1 to 192.0.2.2 drop", FROM_CLIENT, SEG_SYN, 0, 0,
      true },
    { "SYN from 192.0.2.1 to 192.0.2.1 drop", FROM_CLIENT, SEG_SYN, 0, 0,
      false },
    { "SYN to ::ffff:192.0.2.2 drop", FROM_CLIENT, SEG_SYN, 0, 0, true },
    { "SYN to 2001:db8::2 drop", FROM_CLIENT, SEG_SYN, 0, 0, false },
    { "client < server DATA len 5 seq B+1..B+9 drop", FROM_SERVER, SEG_ACK, 9,
      5, true },
};

static void
a_rule_fits_what_it_names_and_nothing_else(void **state)
{
    (void)state;
    const uint32_t initial = 0xfffffffa; // so that numbers begin again at 0
    for (size_t i = 0; i < sizeof fits / sizeof fits[0]; i++) {
        const struct fit *fit = &fits[i];
        struct policy *p = policy_with(fit->rule);
        struct decoded first = segment(fit->from, SEG_SYN, initial, 0);
        judge(p, fit->from, &first, 0);
        struct decoded it =
            segment(fit->from, fit->flags, initial + fit->after, fit->data);
        if (judge(p, fit->from, &it, 0).lost != fit->fits)
            fail_msg("%s: case %d", fit->rule, (int)i + 1);
        policy_free(p);
    }
}

static void
a_rule_about_numbers_waits_until_the_initial_one_is_known(void **state)
{
    (void)state;
    struct policy *p = policy_with("DATA seq A+1 drop");
    struct decoded data = segment(FROM_CLIENT, SEG_ACK, 1001, 5);
    struct decoded syn = segment(FROM_CLIENT, SEG_SYN, 1000, 0);
    struct decoded again = segment(FROM_CLIENT, SEG_SYN, 2000, 0);
    assert_false(judge(p, FROM_CLIENT, &data, 0).lost);
    judge(p, FROM_CLIENT, &syn, 0);
    assert_true(judge(p, FROM_CLIENT, &data, 0).lost);
    judge(p, FROM_CLIENT, &again, 0); // a new connection of the same endpoints
    assert_false(judge(p, FROM_CLIENT, &data, 0).lost);
    policy_free(p);
}

/* Which of the first nine that fit are lost, as "--3456---". */
static void
assert_lost(const char *rule, const char *expected)
{
    char lost[10] = "---------";
    struct policy *p = policy_with(rule);
    for (int i = 0; i < 9; i++) {
        judge_data(p, 0); // one that does not fit is not counted
        if (judge_data(p, 5).lost)
            lost[i] = (char)('1' + i);
    }
    assert_string_equal(lost, expected);
    assert_int_equal(policy_rule(p, 0)->matched, 9);
    policy_free(p);
}

static void
a_rule_may_choose_by_number(void **state)
{
    (void)state;
    assert_lost("DATA drop", "123456789");
    assert_lost("DATA #1 drop", "1--------");
    assert_lost("DATA #3 drop", "--3------");
    assert_lost("DATA #3..6 drop", "--3456---");
    assert_lost("DATA #7.. drop", "------789");
    assert_lost("DATA #8..20 drop", "-------89");
    assert_lost("DATA #2 len 5 drop", "-2-------");
}

static bool
awaits(struct policy *p, const char *match)
{
    struct expectation_error error;
    return policy_await(p, match, &error);
}

static void
the_awaited_frame_is_told_once_whatever_rules_do(void **state)
{
    (void)state;
    struct policy *p = policy_with("DATA #1 drop");
    assert_false(awaits(p, "DATA drop"));
    assert_false(awaits(p, ""));
    assert_false(judge_data(p, 0).awaited);
    assert_true(awaits(p, "client > server DATA len 5"));
    assert_false(judge_data(p, 4).awaited);
    struct verdict verdict = judge_data(p, 5);
    assert_true(verdict.awaited);
    assert_false(verdict.held);
    assert_false(judge_data(p, 5).awaited);
    assert_true(awaits(p, "DATA #2"));
    assert_false(judge_data(p, 5).awaited);
    assert_true(judge_data(p, 5).awaited);
    policy_free(p);
}

static void
the_first_rule_that_fits_has_its_will_and_all_count(void **state)
{
    (void)state;
    struct expectation_error error;
    struct policy *p = policy_with("DATA #2 drop");
    assert_true(policy_add(p, "DATA duplicate", &error));
    assert_true(policy_add(p, "SYN drop", &error));
    struct verdict first = judge_data(p, 5), second = judge_data(p, 5);
    assert_string_equal(first.why, "rule 2: duplicate");
    assert_string_equal(second.why, "rule 1: drop");
    assert_true(second.lost && !second.doubled);
    assert_int_equal(policy_count(p), 3);
    assert_int_equal(policy_rule(p, 0)->matched, 2);
    assert_int_equal(policy_rule(p, 0)->acted, 1);
    assert_int_equal(policy_rule(p, 1)->matched, 2);
    assert_int_equal(policy_rule(p, 1)->acted, 1);
    assert_int_equal(policy_rule(p, 2)->matched, 0); // it is to be reported
    assert_string_equal(policy_rule_text(p, 2), "SYN drop");
    policy_free(p);
}

static void
arp_and_neighbour_discovery_are_spared(void **state)
{
    (void)state;
    static const uint8_t ipv6[16] = { 0x20, 0x01, 0x0d, 0xb8 };
    struct policy *p = policy_with("any drop");
    struct decoded arp = { .kind = DECODED_ARP };
    struct decoded discovery = { .kind = DECODED_ICMP };
    struct decoded echo = discovery, udp = { .kind = DECODED_DATAGRAM };
    discovery.icmp.src = echo.icmp.src = address_ipv6(ipv6);
    discovery.icmp.type = 135;
    echo.icmp.type = 128;
    assert_false(judge(p, FROM_CLIENT, &arp, 0).lost);
    assert_false(judge(p, FROM_CLIENT, &discovery, 0).lost);
    assert_true(judge(p, FROM_CLIENT, &echo, 0).lost);
    assert_true(judge(p, FROM_CLIENT, &udp, 0).lost);
    policy_free(p);
}

/* ---- What happens --------------------------------------------------------- */

static void
each_action_says_what_happens_and_why(void **state)
{
    (void)state;
    struct policy *p = policy_with("DATA drop");
    struct verdict v = judge_data(p, 5);
    assert_true(v.lost);
    assert_string_equal(v.why, "rule 1: drop");
    policy_free(p);
    p = policy_with("DATA hold");
    v = judge_data(p, 5);
    assert_true(v.held && !v.lost);
    assert_string_equal(v.why, "rule 1: hold");
    policy_free(p);
    p = policy_with("DATA duplicate");
    v = judge_data(p, 5);
    assert_true(v.doubled && v.due_ns == start_ns);
    assert_string_equal(v.why, "rule 1: duplicate");
    policy_free(p);
    p = policy_with("DATA reorder 3");
    v = judge_data(p, 5);
    assert_int_equal(v.overtaken, 3);
    assert_string_equal(v.why, "rule 1: reorder");
    policy_free(p);
    p = policy_with("DATA corrupt");
    v = judge_data(p, 5);
    assert_true(v.corrupted);
    assert_string_equal(v.why, "rule 1: corrupt");
    policy_free(p);
    p = policy_with("DATA delay 250ms");
    v = judge_data(p, 5);
    assert_int_equal(v.due_ns, start_ns + 250 * millisecond);
    assert_string_equal(v.why, "rule 1: delay");
    v = judge_data(p, 0);
    assert_true(!v.lost && !v.held && !v.doubled && !v.corrupted);
    assert_int_equal(v.due_ns, start_ns);
    assert_string_equal(v.why, "");
    policy_free(p);
}

static uint64_t
losses(struct policy *p, int frames, uint64_t *pattern)
{
    uint64_t lost = 0;
    *pattern = 0;
    for (int i = 0; i < frames; i++) {
        bool is_lost = judge_data(p, 5).lost;
        lost += is_lost;
        if (i < 1000)
            *pattern = *pattern * 31 + is_lost;
    }
    return lost;
}

static void
chance_follows_from_the_seed(void **state)
{
    (void)state;
    uint64_t patterns[3], seeds[3] = { 7, 7, 8 };
    for (int i = 0; i < 3; i++) {
        struct expectation_error error;
        struct policy *p = policy_new(seeds[i]);
        assert_true(policy_add(p, "DATA drop 10%", &error));
        assert_in_range(losses(p, 20000, &patterns[i]), 1800, 2200);
        policy_free(p);
    }
    assert_true(patterns[0] == patterns[1]);
    assert_true(patterns[0] != patterns[2]);
}

static void
shares_are_as_asked_for(void **state)
{
    (void)state;
    uint64_t pattern;

    const struct {
        const char *rule;
        uint32_t parts;
        uint64_t least, most; // of 20,000
    } shares[] = {
        { "DATA drop 100%", 1000000, 20000, 20000 },
        { "DATA drop 50%", 500000, 9700, 10300 },
        { "DATA drop 2.5%", 25000, 400, 600 },
        { "DATA drop 0.0001%", 1, 0, 3 },
    };

    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        struct policy *p = policy_with(shares[i].rule);
        assert_int_equal(policy_rule(p, 0)->parts, shares[i].parts);
        assert_in_range(losses(p, 20000, &pattern), shares[i].least,
                        shares[i].most);
        policy_free(p);
    }
}

/* ---- Time ----------------------------------------------------------------- */

static void
a_delay_varies_within_its_bounds_and_keeps_the_order(void **state)
{
    (void)state;
    struct expectation_error error;
    struct policy *p = policy_with(NULL);
    struct decoded data = segment(FROM_CLIENT, SEG_ACK, 1, 5);
    int64_t least = INT64_MAX, most = 0, before = 0;
    assert_true(policy_delay(p, "100ms:20ms", &error));
    for (int i = 0; i < 1000; i++) {
        int64_t left_ns = start_ns + i * 50 * millisecond;
        int64_t due_ns = judge(p, FROM_CLIENT, &data, i * 50.0).due_ns;
        least = due_ns - left_ns < least ? due_ns - left_ns : least;
        most = due_ns - left_ns > most ? due_ns - left_ns : most;
    }
    assert_in_range(least, 80 * millisecond, 82 * millisecond);
    assert_in_range(most, 118 * millisecond, 120 * millisecond);
    for (int i = 0; i < 1000; i++) { // at once, they vary no more
        int64_t due_ns = judge(p, FROM_CLIENT, &data, 60000).due_ns;
        assert_true(due_ns >= before);
        before = due_ns;
    }
    policy_free(p);
}

static void
a_rule_that_delays_one_does_not_delay_the_next(void **state)
{
    (void)state;
    struct expectation_error error;
    struct policy *p = policy_with("DATA #1 delay 250ms");
    assert_true(policy_delay(p, "10ms", &error));
    assert_int_equal(judge_data(p, 5).due_ns, start_ns + 260 * millisecond);
    assert_int_equal(judge_data(p, 5).due_ns, start_ns + 10 * millisecond);
    policy_free(p);
}

static void
a_rate_sends_one_frame_after_the_other_each_way(void **state)
{
    (void)state;
    struct expectation_error error;
    struct policy *p = policy_with(NULL);
    struct decoded there = segment(FROM_CLIENT, SEG_ACK, 1, 5);
    struct decoded back = segment(FROM_SERVER, SEG_ACK, 1, 5);
    assert_true(policy_rate(p, "8mbit", &error)); // 1,000 octets take 1 ms
    assert_true(policy_delay(p, "5ms", &error));
    for (int i = 1; i <= 10; i++) {
        assert_int_equal(judge(p, FROM_CLIENT, &there, 0).due_ns,
                         start_ns + (5 + i) * millisecond);
        assert_int_equal(judge(p, FROM_SERVER, &back, 0).due_ns,
                         start_ns + (5 + i) * millisecond);
    }
    // The cable has been idle since 10 ms.
    assert_int_equal(judge(p, FROM_CLIENT, &there, 50).due_ns,
                     start_ns + 56 * millisecond);
    policy_free(p);
}

static void
a_full_queue_loses_what_comes_then(void **state)
{
    (void)state;
    struct expectation_error error;
    struct policy *p = policy_with(NULL);
    struct decoded data = segment(FROM_CLIENT, SEG_ACK, 1, 5);
    struct decoded arp = { .kind = DECODED_ARP };
    assert_true(policy_rate(p, "8mbit", &error));
    assert_true(policy_queue(p, "3", &error));
    for (int i = 0; i < 4; i++) // one is being sent, three wait
        assert_false(judge(p, FROM_CLIENT, &data, 0).lost);
    struct verdict fifth = judge(p, FROM_CLIENT, &data, 0.9);
    assert_true(fifth.lost);
    assert_string_equal(fifth.why, "queue full");
    assert_false(judge(p, FROM_CLIENT, &arp, 0.9).lost);
    assert_false(judge(p, FROM_CLIENT, &data, 1.0).lost); // the second is sent
    assert_true(judge(p, FROM_CLIENT, &data, 1.9).lost);
    assert_false(judge(p, FROM_CLIENT, &data, 10).lost);
    policy_free(p);
}

static void
a_queue_may_be_as_long_as_it_can(void **state)
{
    (void)state;
    struct expectation_error error;
    struct policy *p = policy_with(NULL);
    struct decoded data = segment(FROM_CLIENT, SEG_ACK, 1, 5);
    assert_true(policy_rate(p, "8mbit", &error));
    assert_true(policy_queue(p, "65536", &error));
    for (int i = 0; i < 65537; i++)
        assert_false(judge(p, FROM_CLIENT, &data, 0).lost);
    assert_true(judge(p, FROM_CLIENT, &data, 0).lost);
    policy_free(p);
}

/* ---- What is said --------------------------------------------------------- */

static const struct {
    const char *rule;
    uint32_t column;
    const char *reason; // a part of it
} mistakes[] = {
    { "", 1, "ends too early" },
    { "   ", 4, "ends too early" },
    { "client", 7, "ends too early" },
    { "client >", 9, "ends too early" },
    { "client > server", 16, "ends too early" },
    { "client > server SYN", 20, "ends too early" },
    { "clint > server SYN drop", 1, "\"clint\" is neither client nor" },
    { "client > client SYN drop", 10, "\"client\" stands on both" },
    { "client2 > server SYN drop", 1, "\"client2\" is neither" },
    { "client - server SYN drop", 8, "\"-\" is neither > nor <" },
    { "client > server SIN drop", 17, "\"SIN\" is not the name" },
    { "client > server syn drop", 17, "\"syn\" is not the name" },
    { "client > server udp drop", 17, "\"udp\" is not the name" },
    { "UDP seq A drop", 5, "\"seq\" is of segments only" },
    { "ICMP seq A drop", 6, "\"seq\" is of segments only" },
    { "ICMP len 8 drop", 6, "\"len\" is nothing that can happen" },
    { "ICMP net-unreachable", 21, "ends too early" },
    { "ICMP nowhere drop", 6, "\"nowhere\" is nothing that can happen" },
    { "UDP port-unreachable drop", 5, "\"port-unreachable\" is nothing" },
    { "any to drop", 8, "\"drop\" is not an address" },
    { "any to", 7, "ends too early" },
    { "SYN from 192.0.2 drop", 10, "\"192.0.2\" is not an address" },
    { "SYN from 192.0.2.1:80 drop", 10, "is not an address" },
    { "SYN to [2001:db8::2] drop", 8, "is not an address" },
    { "UDP len drop", 9, "\"drop\" is not a number" },
    { "UDP #0 drop", 5, "counted from 1" },
    { "SYN dropp", 5, "\"dropp\" is nothing that can happen" },
    { "SYN drop drop", 10, "\"drop\" is not a number" },
    { "any seq A drop", 5, "\"seq\" is nothing" },
    { "client > server DATA seq B+1 drop", 26, "of the other side" },
    { "client < server DATA seq A+1 drop", 26, "of the other side" },
    { "DATA seq C+1 drop", 10, "neither A nor B" },
    { "DATA seq A+ drop", 13, "\"drop\" is not a number" },
    { "DATA seq A-1 drop", 11, "before the initial number" },
    { "DATA seq A+4294967296 drop", 12, "more than 32 bits" },
    { "DATA seq A+9..A+1 drop", 15, "there is nothing" },
    { "DATA seq A+1..B+9 drop", 15, "of the other side" },
    { "DATA seq A+1.. drop", 16, "neither A nor B" },
    { "DATA len drop", 10, "\"drop\" is not a number" },
    { "DATA len 5.. drop", 14, "\"drop\" is not a number" },
    { "DATA len 5..1 drop", 10, "there is nothing" },
    { "DATA #0 drop", 6, "counted from 1" },
    { "DATA #x drop", 7, "\"x\" is not a number" },
    { "DATA #5..2 drop", 7, "there is nothing" },
    { "DATA # drop", 8, "\"drop\" is not a number" },
    { "any delay", 10, "not a time" },
    { "any delay 5", 12, "not a time" },
    { "any delay 0ms", 12, "not a time" },
    { "any delay fast", 11, "not a time" },
    { "any reorder", 12, "ends too early" },
    { "any reorder 0", 13, "cannot be" },
    { "any reorder 1001", 13, "cannot be" },
    { "any drop 0%", 10, "not between" },
    { "any drop 101%", 10, "not between" },
    { "any drop 100.1%", 10, "not between" },
    { "any drop 99999999999%", 10, "not between" },
    { "any drop 5", 11, "ends too early" },
    { "any drop 5% 6%", 13, "\"6\" cannot stand here" },
    { "any drop 5.%", 12, "\"%\" is not a number" },
    { "any \x1b[2J", 5, "is nothing" },
};

static void
a_mistake_is_told_with_its_column(void **state)
{
    (void)state;
    struct policy *p = policy_with(NULL);
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct expectation_error error = { 0 };
        if (policy_add(p, mistakes[i].rule, &error))
            fail_msg("%s: it was taken", mistakes[i].rule);
        if (error.column != mistakes[i].column ||
            !strstr(error.reason, mistakes[i].reason) || !*error.right)
            fail_msg("%s: column %u: %s %s", mistakes[i].rule, error.column,
                     error.reason, error.right);
    }
    assert_int_equal(policy_count(p), 0);
    policy_free(p);
}

static void
an_error_is_one_line_that_names_the_place_and_what_is_possible(void **state)
{
    (void)state;
    char words[400];
    struct expectation_error error;
    struct policy *p = policy_with(NULL);
    assert_false(policy_add(p, "SYN dropp", &error));
    policy_error_text(&error, words, sizeof words);
    assert_string_equal(
        words, "column 5: \"dropp\" is nothing that can happen to a segment. "
               "Possible are drop, hold, delay 250ms, duplicate, reorder 2, "
               "corrupt and unreachable; before that seq, len, from, to and "
               "#2.");
    policy_free(p);
}

static const char *const texts[] = {
    "client > server SYN #1 drop",
    "client < server DATA seq B+1..B+1000 len 1..100 #2..4 delay 250ms",
    "server > client FIN #2.. reorder 3 12.5%",
    "any corrupt 0.0001%",
    "SYN-ACK from 192.0.2.2 to 2001:db8::66 #2 drop",
    "client > server UDP len 0..1472 #2.. duplicate 50%",
    "client < server ICMP port-unreachable #1 delay 1s",
};

static void
assert_reads(const char *text)
{
    struct rule rule;
    struct expectation_error error = { 0 };
    if (rule_read(&rule, text, &error))
        return;
    assert_true(*error.reason && *error.right);
    for (const char *c = error.reason; *c; c++)
        assert_true(isprint((unsigned char)*c));
}

static void
every_prefix_of_a_rule_is_read_or_refused(void **state)
{
    (void)state;
    struct guard guard = guard_new(256);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char prefix[256] = "";
        struct rule rule;
        struct expectation_error error;
        assert_true(rule_read(&rule, texts[i], &error));
        for (size_t n = 0; n <= strlen(texts[i]); n++) {
            memcpy(prefix, texts[i], n);
            prefix[n] = '\0';
            assert_reads((const char *)guard_copy(
                &guard, (const uint8_t *)prefix, n + 1));
        }
    }
    guard_free(&guard);
}

static void
every_octet_of_a_rule_may_be_another(void **state)
{
    (void)state;
    static const char others[] = "\x01\x1b\x7f\x80\xff #.%+-<>09AZ\"?";
    struct guard guard = guard_new(256);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        for (size_t n = 0; n < strlen(texts[i]); n++)
            for (const char *other = others; *other; other++) {
                char text[256];
                strcpy(text, texts[i]);
                text[n] = *other;
                assert_reads((const char *)guard_copy(
                    &guard, (const uint8_t *)text, strlen(text) + 1));
            }
    guard_free(&guard);
}

static void
there_is_room_for_so_many_rules_of_such_a_length(void **state)
{
    (void)state;
    struct expectation_error error;
    struct policy *p = policy_with(NULL);
    char longest[POLICY_TEXT], longer[POLICY_TEXT + 1];
    snprintf(longest, sizeof longest, "%-*s drop", POLICY_TEXT - 6, "any");
    snprintf(longer, sizeof longer, "%-*s drop", POLICY_TEXT - 5, "any");
    assert_false(policy_add(p, longer, &error));
    assert_non_null(strstr(error.reason, "longer than 119"));
    for (int i = 0; i < POLICY_RULES; i++)
        assert_true(policy_add(p, longest, &error));
    assert_string_equal(policy_rule_text(p, POLICY_RULES - 1), longest);
    assert_false(policy_add(p, "any drop", &error));
    assert_non_null(strstr(error.reason, "64 rules already"));
    policy_free(p);
}

typedef bool take_fn(struct policy *p, const char *text,
                     struct expectation_error *error);

static void
assert_taken(take_fn *take, const char *const right[], const char *const bad[])
{
    struct expectation_error error;
    struct policy *p = policy_with(NULL);
    for (int i = 0; right[i]; i++)
        if (!take(p, right[i], &error))
            fail_msg("%s: %s", right[i], error.reason);
    for (int i = 0; bad[i]; i++) {
        if (take(p, bad[i], &error))
            fail_msg("%s: it was taken", bad[i]);
        assert_true(*error.reason && *error.right);
    }
    policy_free(p);
}

static void
delays_rates_and_queues_are_taken_or_refused(void **state)
{
    (void)state;
    assert_taken(policy_delay,
                 (const char *const[]){ "100ms", "0.25s", "3s", "100ms:20ms",
                                        "1s:1s", NULL },
                 (const char *const[]){ "", "100", "ms", "-1ms",
                                        "100ms:", "100ms:200ms", "100ms 5",
                                        "0ms", "1e3ms", NULL });
    assert_taken(policy_rate,
                 (const char *const[]){ "1mbit", "1.5mbit", "64kbit", "1gbit",
                                        "100gbit", "1000bit", NULL },
                 (const char *const[]){ "", "1", "mbit", "1MB", "-1mbit",
                                        "1mbits", "999bit", "101gbit", "inf",
                                        "0x10mbit ", "nan", "1 mbit", NULL });
    assert_taken(
        policy_queue, (const char *const[]){ "1", "50", "65536", NULL },
        (const char *const[]){ "", "0", "65537", "-1", "5 5", "many", NULL });
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_fits_what_it_names_and_nothing_else),
        cmocka_unit_test(
            a_rule_about_numbers_waits_until_the_initial_one_is_known),
        cmocka_unit_test(a_rule_may_choose_by_number),
        cmocka_unit_test(the_awaited_frame_is_told_once_whatever_rules_do),
        cmocka_unit_test(the_first_rule_that_fits_has_its_will_and_all_count),
        cmocka_unit_test(arp_and_neighbour_discovery_are_spared),
        cmocka_unit_test(each_action_says_what_happens_and_why),
        cmocka_unit_test(chance_follows_from_the_seed),
        cmocka_unit_test(shares_are_as_asked_for),
        cmocka_unit_test(a_delay_varies_within_its_bounds_and_keeps_the_order),
        cmocka_unit_test(a_rule_that_delays_one_does_not_delay_the_next),
        cmocka_unit_test(a_rate_sends_one_frame_after_the_other_each_way),
        cmocka_unit_test(a_full_queue_loses_what_comes_then),
        cmocka_unit_test(a_queue_may_be_as_long_as_it_can),
        cmocka_unit_test(a_mistake_is_told_with_its_column),
        cmocka_unit_test(
            an_error_is_one_line_that_names_the_place_and_what_is_possible),
        cmocka_unit_test(every_prefix_of_a_rule_is_read_or_refused),
        cmocka_unit_test(every_octet_of_a_rule_may_be_another),
        cmocka_unit_test(there_is_room_for_so_many_rules_of_such_a_length),
        cmocka_unit_test(delays_rates_and_queues_are_taken_or_refused),
    };
    return RUN(tests);
}
