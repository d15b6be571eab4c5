/* wire, relay and policy: what rules and hands do to live segments. */
#include "claim.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hosts.h"
#include "netns.h"

static const int64_t millisecond = 1000000;

/* ---- What rules do -------------------------------------------------------- */

static bool
an_ack_has_arrived(const struct hosts *h)
{
    for (int i = 0; i < h->frame_count; i++)
        if (h->frames[i].word == WORD_ACK &&
            hosts_fates(h, h->frames[i].id, FATE_ARRIVED))
            return true;
    return false;
}

static void
a_lost_syn_is_sent_again_and_arrives(void **state)
{
    (void)state;
    struct hosts *h = hosts_make();
    hosts_rule(h, "client > server SYN #1 drop");
    hosts_rule(h, "RST drop");
    hosts_join(h, NULL);
    int listener = hosts_listen(h, AF_INET);
    int client = hosts_connect(h, AF_INET, true);
    hosts_until(h, an_ack_has_arrived);
    close(client);
    close(listener);
    hosts_part(h);
    const struct told_frame *first = hosts_frame(h, WORD_SYN, 1);
    const struct told_frame *again = hosts_frame(h, WORD_SYN, 2);
    assert_string_equal(hosts_fate(h, first->id, FATE_LOST)->why,
                        "rule 1: drop");
    assert_int_equal(hosts_fates(h, again->id, FATE_ARRIVED), 1);
    assert_int_equal(first->decoded.segment.seq, again->decoded.segment.seq);
    assert_int_equal(h->result.rules, 2);
    assert_int_equal(h->result.matched[0], 2);
    assert_int_equal(h->result.acted[0], 1);
    hosts_free(h);
}

/* The data that a program gets is the same, whatever happens to segments. */
static struct hosts *
data_with_rule(const char *rule)
{
    int sockets[2];
    struct hosts *h = hosts_make();
    hosts_rule(h, rule);
    hosts_join(h, NULL);
    hosts_connection(h, AF_INET, sockets);
    hosts_say(sockets[0], "one ");
    hosts_say(sockets[0], "two ");
    hosts_say(sockets[0], "three ");
    hosts_say(sockets[0], "four");
    hosts_hears(sockets[1], "one two three four");
    close(sockets[0]);
    hosts_hears(sockets[1], "");
    close(sockets[1]);
    hosts_until(h, hosts_have_closed);
    hosts_until(h, hosts_are_quiet);
    hosts_part(h);
    return h;
}

static void
a_doubled_segment_arrives_twice(void **state)
{
    (void)state;
    struct hosts *h = data_with_rule("client > server DATA #2 duplicate");
    uint64_t id = hosts_frame(h, WORD_DATA, 2)->id;
    assert_int_equal(hosts_fates(h, id, FATE_DOUBLED), 1);
    assert_int_equal(hosts_fates(h, id, FATE_ARRIVED), 2);
    assert_string_equal(hosts_fate(h, id, FATE_DOUBLED)->why,
                        "rule 1: duplicate");
    assert_int_equal(hosts_fates(h, 0, FATE_ARRIVED), h->frame_count + 1);
    hosts_free(h);
}

static int64_t
arrived_ns(const struct hosts *h, enum segment_word word, int nth)
{
    return hosts_fate(h, hosts_frame(h, word, nth)->id, FATE_ARRIVED)->time_ns;
}

static void
a_reordered_segment_is_overtaken_by_so_many(void **state)
{
    (void)state;
    struct hosts *h = data_with_rule("client > server DATA #1 reorder 2");
    assert_true(arrived_ns(h, WORD_DATA, 2) < arrived_ns(h, WORD_DATA, 3));
    assert_true(arrived_ns(h, WORD_DATA, 3) <= arrived_ns(h, WORD_DATA, 1));
    assert_true(arrived_ns(h, WORD_DATA, 1) <= arrived_ns(h, WORD_DATA, 4));
    hosts_free(h);
}

static void
a_delayed_segment_lets_the_others_by(void **state)
{
    (void)state;
    struct hosts *h = data_with_rule("client > server DATA #1 delay 100ms");
    const struct told_frame *first = hosts_frame(h, WORD_DATA, 1);
    assert_in_range(hosts_took_ns(h, first->id), 100 * millisecond,
                    150 * millisecond);
    assert_true(arrived_ns(h, WORD_DATA, 2) < arrived_ns(h, WORD_DATA, 1));
    hosts_free(h);
}

/* A counter of TCP on one of the hosts, "InCsumErrors". */
static long
counter(const struct hosts *h, enum topology_place place, const char *name)
{
    char names[1024], values[1024];
    long value = -1;
    hosts_visit(h, place);
    FILE *lines = fopen("/proc/thread-self/net/snmp", "r");
    hosts_leave(h);
    assert_non_null(lines);
    while (value < 0 && fgets(names, sizeof names, lines) &&
           fgets(values, sizeof values, lines)) {
        char *n, *v;
        char *at = strtok_r(names, " \n", &n);
        char *number = strtok_r(values, " \n", &v);
        bool is_tcp = !strcmp(at, "Tcp:");
        while (is_tcp && at && number && strcmp(at, name)) {
            at = strtok_r(NULL, " \n", &n);
            number = strtok_r(NULL, " \n", &v);
        }
        if (is_tcp && at && number)
            value = atol(number);
    }
    fclose(lines);
    return value;
}

static void
a_corrupted_segment_is_rejected_by_its_checksum(void **state)
{
    (void)state;
    const char *const rules[] = { "client > server DATA #1 corrupt",
                                  "client > server SYN #1 corrupt" };

    const enum segment_word words[] = { WORD_DATA, WORD_SYN };

    for (int i = 0; i < 2; i++) {
        struct hosts *h = data_with_rule(rules[i]);
        const struct told_frame *it = hosts_frame(h, words[i], 1);
        assert_int_equal(hosts_fates(h, it->id, FATE_CORRUPTED), 1);
        assert_int_equal(hosts_fates(h, it->id, FATE_ARRIVED), 1);
        assert_int_equal(it->decoded.checksum, CHECKSUM_RIGHT); // as it left
        assert_int_equal(counter(h, PLACE_SERVER, "InCsumErrors"), 1);
        assert_int_equal(counter(h, PLACE_CLIENT, "InCsumErrors"), 0);
        hosts_free(h);
    }
}

static void
what_the_queue_has_no_room_for_is_lost(void **state)
{
    (void)state;
    struct expectation_error error;
    struct hosts *h = hosts_make();
    assert_true(policy_rate(h->policy, "100kbit", &error)); // 83 ms a frame
    assert_true(policy_queue(h->policy, "5", &error));
    hosts_join(h, NULL);
    hosts_datagrams(h, 20, 1000);
    hosts_await(h, FATE_ARRIVED, 2);
    hosts_part(h);
    int lost = 0;
    for (int i = 0; i < h->fate_count; i++)
        lost += !strcmp(h->fates[i].why, "queue full");
    assert_int_equal(lost, 14); // one on the cable, five wait
    // One after the other; a busy machine wakes nobody in time.
    int64_t both_ns =
        hosts_fate(h, 2, FATE_ARRIVED)->time_ns - hosts_frame_of(h, 1)->left_ns;
    assert_in_range(hosts_took_ns(h, 1), 83 * millisecond, 200 * millisecond);
    assert_in_range(both_ns, 166 * millisecond, 300 * millisecond);
    hosts_free(h);
}

static void
no_more_is_kept_than_there_is_room_for(void **state)
{
    (void)state;
    const struct wire_options options[] = { { .frames = 4 },
                                            { .octets = 4 * 142 + 100 } };
    for (int round = 0; round < 2; round++) {
        struct hosts *h = hosts_make();
        hosts_rule(h, "client > server any hold");
        hosts_join(h, &options[round]);
        hosts_datagrams(h, 10, 100);
        hosts_await(h, FATE_LOST, 6);
        hosts_part(h);
        int too_many = 0;
        for (int i = 0; i < h->fate_count; i++)
            too_many += !strcmp(h->fates[i].why, "too many held");
        assert_int_equal(too_many, 6);
        assert_int_equal(hosts_fates(h, 0, FATE_HELD), 4);
        assert_int_equal(hosts_fates(h, 0, FATE_LOST), 10);
        hosts_free(h);
    }
}

/* ---- By hand -------------------------------------------------------------- */

static bool
is_readable(int fd)
{
    struct pollfd readable = { .fd = fd, .events = POLLIN };
    return poll(&readable, 1, 0) == 1;
}

static bool
is_connected(int client)
{
    struct pollfd fd = { .fd = client, .events = POLLOUT };
    return poll(&fd, 1, 0) == 1 && !(fd.revents & (POLLERR | POLLHUP));
}

/* The handshake, segment by segment. */
static void
held_segments_arrive_when_they_are_let_go(void **state)
{
    (void)state;
    struct hosts *h = hosts_make();
    hosts_join(h, NULL);
    hosts_tell(h, "hold on", 0);
    int listener = hosts_listen(h, AF_INET);
    int client = hosts_connect(h, AF_INET, false);
    hosts_await(h, FATE_HELD, 1);
    assert_false(is_connected(client));
    assert_int_equal(hosts_fates(h, 0, FATE_ARRIVED), 0);
    hosts_tell(h, "deliver %llu", hosts_frame(h, WORD_SYN, 1)->id);
    hosts_await(h, FATE_HELD, 2);
    assert_false(is_connected(client));
    hosts_tell(h, "deliver %llu", hosts_frame(h, WORD_SYN_ACK, 1)->id);
    hosts_await(h, FATE_HELD, 3);
    assert_true(is_connected(client));
    assert_false(is_readable(listener));
    hosts_tell(h, "deliver %llu", hosts_frame(h, WORD_ACK, 1)->id);
    int server = accept(listener, NULL, NULL);
    assert_true(server >= 0);
    hosts_tell(h, "hold off", 0);
    hosts_say(client, "free");
    hosts_hears(server, "free");
    close(client);
    close(server);
    close(listener);
    hosts_part(h);
    assert_string_equal(hosts_fate(h, 1, FATE_HELD)->why, "stepping");
    assert_string_equal(hosts_fate(h, 1, FATE_ARRIVED)->why, "by hand");
    hosts_free(h);
}

static void
what_is_sent_again_while_it_is_held_is_absorbed(void **state)
{
    (void)state;
    const bool resent[] = { false, true };
    for (int i = 0; i < 2; i++) {
        struct hosts *h = hosts_make();
        struct wire_options options = { .resent = resent[i] };
        hosts_rule(h, "client > server SYN #1 hold");
        hosts_join(h, &options);
        int listener = hosts_listen(h, AF_INET);
        int client = hosts_connect(h, AF_INET, false);
        if (resent[i])
            hosts_await(h, FATE_ARRIVED, 3); // the whole handshake
        else
            hosts_await(h, FATE_LOST, 1);
        assert_int_equal(is_connected(client), resent[i]);
        const struct told_frame *again = hosts_frame(h, WORD_SYN, 2);
        if (!resent[i])
            assert_string_equal(hosts_fate(h, again->id, FATE_LOST)->why,
                                "sent again while the first is held");
        hosts_tell(h, "deliver all", 0);
        hosts_until(h, an_ack_has_arrived);
        assert_true(is_connected(client));
        close(client);
        close(listener);
        hosts_part(h);
        hosts_free(h);
    }
}

static void
held_frames_may_be_lost_doubled_or_passed(void **state)
{
    (void)state;
    struct hosts *h = hosts_make();
    hosts_rule(h, "client > server any #1..3 hold");
    hosts_join(h, NULL);
    hosts_datagrams(h, 3, 100);
    hosts_await(h, FATE_HELD, 3);
    hosts_tell(h, "drop %llu", 1);
    hosts_tell(h, "double %llu", 2);
    hosts_tell(h, "pass %llu", 3);
    hosts_await(h, FATE_ARRIVED, 2);
    hosts_for(h, 50);
    assert_int_equal(hosts_fates(h, 3, FATE_ARRIVED), 0);
    hosts_datagrams(h, 1, 200);
    hosts_await(h, FATE_ARRIVED, 4);
    hosts_part(h);
    assert_string_equal(hosts_fate(h, 1, FATE_LOST)->why, "by hand");
    assert_string_equal(hosts_fate(h, 2, FATE_DOUBLED)->why, "by hand");
    assert_int_equal(hosts_fates(h, 2, FATE_ARRIVED), 2);
    const struct told_fate *passed = hosts_fate(h, 3, FATE_ARRIVED);
    for (int i = 0; i < h->frame_count; i++)
        if (h->frames[i].original == 200 + 42)
            assert_true(hosts_fate(h, h->frames[i].id, FATE_ARRIVED)->time_ns <=
                        passed->time_ns);
    hosts_free(h);
}

static void
a_rule_from_the_keyboard_is_a_rule(void **state)
{
    (void)state;
    char answer[WIRE_WHY];
    struct hosts *h = hosts_make();
    hosts_rule(h, "RST drop");
    hosts_join(h, NULL);
    hosts_tell(h, "policy client > server any #2 drop", 0);
    hosts_datagrams(h, 3, 100);
    hosts_await(h, FATE_LOST, 1);
    assert_false(
        wire_tell(&h->wire, "policy SYN dropp", answer, sizeof answer));
    assert_non_null(strstr(answer, "column 5: \"dropp\""));
    hosts_part(h);
    assert_string_equal(hosts_fate(h, 2, FATE_LOST)->why, "rule 2: drop");
    assert_int_equal(h->result.rules, 2);
    assert_int_equal(h->result.acted[0], 0);
    assert_int_equal(h->result.acted[1], 1);
    hosts_free(h);
}

static void
from_the_awaited_frame_on_all_segments_are_held(void **state)
{
    (void)state;
    char answer[WIRE_WHY];
    struct hosts *h = hosts_make();
    hosts_join(h, NULL);
    hosts_tell(h, "hold on", 0);
    hosts_tell(h, "until client < server SYN-ACK", 0);
    int listener = hosts_listen(h, AF_INET);
    int client = hosts_connect(h, AF_INET, false);
    hosts_await(h, FATE_HELD, 1);
    uint64_t id = hosts_frame(h, WORD_SYN_ACK, 1)->id;
    hosts_tell(h, "deliver %llu", id);
    hosts_await(h, FATE_HELD, 2); // the ACK, of which nobody was told
    assert_false(wire_tell(&h->wire, "until client", answer, sizeof answer));
    assert_non_null(strstr(answer, "column"));
    close(client);
    close(listener);
    hosts_part(h);
    assert_string_equal(hosts_fate(h, id, FATE_HELD)->why, "stepping");
    assert_int_equal(h->result.rules, 0);
    hosts_free(h);
}

static void
what_cannot_be_done_is_answered(void **state)
{
    (void)state;

    const struct {
        const char *command, *answer;
    } wrong[] = {
        { "", "is none of deliver, drop" },
        { "fly 1", "\"fly 1\" is none of deliver" },
        { "deliver", "is not the number of a frame" },
        { "deliver x", "\"x\" is not the number of a frame" },
        { "deliver 1x", "\"1x\" is not the number" },
        { "deliver -1", "\"-1\" is not the number" },
        { "deliver 77", "Frame 77 is not on the way" },
        { "drop 77", "Frame 77 is not" },
        { "double 99999999999999999999999", "is not on the way" },
        { "pass 0", "Frame 0 is not" },
        { "hold", "\"\" is neither on nor off" },
        { "hold \x1b[2J", "\"\\x1b[2J\" is neither" },
        { "coming", "No frame is coming" },
        { "coming soon", "\"soon\" cannot stand behind coming" },
        { "quit now", "\"now\" cannot stand behind quit" },
        { "policy", "ends too early" },
    };
    struct hosts *h = hosts_make();
    hosts_join(h, NULL);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char answer[WIRE_WHY] = "", longest[300];
        if (!*wrong[i].command)
            continue; // no message at all
        assert_false(
            wire_tell(&h->wire, wrong[i].command, answer, sizeof answer));
        if (!strstr(answer, wrong[i].answer))
            fail_msg("%s: %s", wrong[i].command, answer);
        memset(longest, 'x', sizeof longest);
        longest[sizeof longest - 1] = '\0';
        assert_false(wire_tell(&h->wire, longest, answer, sizeof answer));
    }
    hosts_part(h);
    hosts_free(h);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lost_syn_is_sent_again_and_arrives),
        cmocka_unit_test(a_doubled_segment_arrives_twice),
        cmocka_unit_test(a_reordered_segment_is_overtaken_by_so_many),
        cmocka_unit_test(a_delayed_segment_lets_the_others_by),
        cmocka_unit_test(a_corrupted_segment_is_rejected_by_its_checksum),
        cmocka_unit_test(what_the_queue_has_no_room_for_is_lost),
        cmocka_unit_test(no_more_is_kept_than_there_is_room_for),
        cmocka_unit_test(held_segments_arrive_when_they_are_let_go),
        cmocka_unit_test(what_is_sent_again_while_it_is_held_is_absorbed),
        cmocka_unit_test(held_frames_may_be_lost_doubled_or_passed),
        cmocka_unit_test(a_rule_from_the_keyboard_is_a_rule),
        cmocka_unit_test(from_the_awaited_frame_on_all_segments_are_held),
        cmocka_unit_test(what_cannot_be_done_is_answered),
    };
    return cmocka_run_group_tests(tests, netns_enter, NULL);
}
