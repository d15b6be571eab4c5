/* tracker: identity, and letting go. */
#include "claim.h"

#include "talk.h"

enum {
    SYN = SEG_SYN,
    ACK = SEG_ACK,
    FIN = SEG_FIN | SEG_ACK
};

static int
setup(void **state)
{
    static struct talk talk;
    talk_begin(&talk, 100);
    *state = &talk;
    return 0;
}

static int
teardown(void **state)
{
    talk_free(*state);
    return 0;
}

static void
talk_close(struct talk *t)
{
    says(t, CLIENT, FIN, 1001, 5001, 0);
    says(t, SERVER, FIN, 5001, 1002, 0);
    says(t, CLIENT, ACK, 1002, 5002, 0);
}

/* ---- Letting go --------------------------------------------------------- */

static void
a_closed_connection_goes_after_two_quiet_seconds(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    talk_close(t);
    talk_wait(t, 1.9);
    assert_int_equal(t->farewells, 0);
    talk_wait(t, 0.2);
    assert_int_equal(t->farewells, 1);
    assert_int_equal(t->farewell[0].why, LET_GO_OVER);
}

static void
a_segment_makes_it_wait_two_seconds_more(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    talk_close(t);
    talk_wait(t, 1.9);
    says(t, SERVER, FIN, 5001, 1002, 0);
    talk_wait(t, 1.9);
    assert_int_equal(t->farewells, 0);
    talk_wait(t, 0.2);
    assert_int_equal(t->farewell[0].ends[SERVER].retransmitted, 1);
}

static void
an_unanswered_syn_goes_after_130_seconds(void **state)
{
    struct talk *t = *state;
    says(t, CLIENT, SYN, 1000, 0, 0);
    talk_wait(t, 129);
    assert_int_equal(t->farewells, 0);
    talk_wait(t, 2);
    assert_int_equal(t->farewells, 1);
    assert_int_equal(t->farewell[0].why, LET_GO_UNANSWERED);
}

static void
an_open_connection_stays_however_idle(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    talk_wait(t, 7 * 86400.0);
    assert_int_equal(t->farewells, 0);
    assert_int_equal(says(t, CLIENT, ACK, 1001, 5001, 10), IS_DATA);
    assert_int_equal(t->connection, 1);
}

static void
a_late_segment_is_joined_to_its_tombstone(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    talk_close(t);
    talk_wait(t, 3);
    assert_true(says(t, SERVER, FIN, 5001, 1002, 0) & IS_LATE);
    assert_int_equal(t->late, 1);
    assert_int_equal(t->seen.from, SERVER);
}

static void
a_syn_that_comes_again_after_the_end_begins_nothing(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    talk_close(t);
    talk_wait(t, 3);
    assert_int_equal(says(t, CLIENT, SYN, 1000, 0, 0), IS_LATE);
    assert_int_equal(t->late, 1);
    assert_int_equal(t->seen.from, CLIENT);
    says(t, SERVER, SEG_RST | SEG_ACK, 0, 1001, 0);
    assert_int_equal(t->late, 1);
    talk_end(t);
    assert_int_equal(t->farewells, 1);
}

/* RFC 9293, figure 9, but the listener's TCB is a new one. */
static void
its_answer_begins_a_connection_that_is_never_complete(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    talk_close(t);
    talk_wait(t, 3);
    says(t, CLIENT, SYN, 1000, 0, 0);
    says(t, SERVER, SYN | ACK, 7000, 1001, 0);
    assert_int_equal(t->connection, 2);
    says(t, CLIENT, SEG_RST, 1001, 0, 0);
    talk_end(t);
    assert_int_equal(t->farewell[1].opening, OPENING_INCOMPLETE);
    assert_int_equal(t->farewell[1].reset_by, CLIENT);
    assert_int_equal(t->farewell[1].client_by, CLIENT_BY_FIRST_SYN);
}

/* A SYN is under way for two minutes at most. */
static void
the_same_number_minutes_later_is_another_connection(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    talk_close(t);
    talk_wait(t, 125);
    assert_int_equal(says(t, CLIENT, SYN, 1000, 0, 0), IS_SYN);
    assert_int_equal(t->connection, 2);
}

static void
what_was_refused_may_be_asked_again_with_the_same_number(void **state)
{
    struct talk *t = *state;
    says(t, CLIENT, SYN, 1000, 0, 0);
    says(t, SERVER, SEG_RST | SEG_ACK, 0, 1001, 0);
    talk_wait(t, 3);
    assert_int_equal(says(t, CLIENT, SYN, 1000, 0, 0), IS_SYN);
    assert_int_equal(t->connection, 2);
}

static void
an_old_syn_does_not_wake_an_end_that_has_closed(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    says(t, SERVER, FIN, 5001, 1001, 0);
    says(t, CLIENT, FIN, 1001, 5002, 0);
    says(t, SERVER, ACK, 5002, 1002, 0);
    assert_int_equal(t->states[CLIENT], STATE_CLOSED);
    assert_true(says(t, CLIENT, SYN, 1000, 0, 0) & IS_RETRANSMISSION);
    assert_int_equal(t->connection, 1);
    assert_int_equal(t->states[CLIENT], STATE_CLOSED);
}

static void
too_many_connections_let_the_longest_idle_go(void **state)
{
    struct talk *t = *state;
    for (uint16_t i = 0; i < 150; i++) {
        t->endpoints[CLIENT].port = (uint16_t)(40000 + i);
        talk_open(t);
        talk_wait(t, 1.5);
        if (i < 140 && i % 10 == 0) { // keep the first one busy
            t->endpoints[CLIENT].port = 40000;
            says(t, CLIENT, ACK, 1001, 5001, 0);
        }
    }
    struct tracker_counts counts = tracker_counts(t->tracker);
    assert_int_equal(counts.now, 100);
    assert_int_equal(counts.connections, 150);
    assert_int_equal(counts.evicted, 50);
    assert_int_equal(t->farewell[0].number, 2); // 1 was not idle
    assert_int_equal(t->farewell[0].why, LET_GO_LIMIT);
}

static void
a_syn_flood_is_bounded_and_spares_the_open_ones(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    for (uint32_t i = 0; i < 1000; i++) {
        t->endpoints[CLIENT].port = (uint16_t)(10000 + i);
        says(t, CLIENT, SYN, i, 0, 0);
    }
    assert_int_equal(tracker_counts(t->tracker).now, 100);
    t->endpoints[CLIENT].port = 40000;
    assert_int_equal(says(t, CLIENT, ACK, 1001, 5001, 5), IS_DATA);
    assert_int_equal(t->connection, 1);
}

static void
a_clock_that_runs_backwards_lets_nothing_go(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    talk_close(t);
    t->now_ns -= 60000000000;
    says(t, SERVER, ACK, 5002, 1002, 0);
    assert_int_equal(t->farewells, 0);
    assert_int_equal(t->connection, 1);
}

/* ---- Identity ----------------------------------------------------------- */

static void
the_same_ports_after_a_close_are_another_connection(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    talk_close(t);
    assert_true(says(t, CLIENT, SYN, 9000, 0, 0) & IS_PORT_REUSED);
    assert_int_equal(t->connection, 2);
    assert_true(t->seen.begins);
    assert_int_equal(t->farewell[0].why, LET_GO_REUSED);
}

static void
a_syn_from_the_side_that_refused_is_another_connection(void **state)
{
    struct talk *t = *state;
    says(t, CLIENT, SYN, 1000, 0, 0);
    says(t, SERVER, SEG_RST | SEG_ACK, 0, 1001, 0);
    assert_true(says(t, SERVER, SYN, 5000, 0, 0) & IS_PORT_REUSED);
    assert_int_equal(t->connection, 2);
    assert_int_equal(t->seen.from, CLIENT); // its sender is this one's client
    says(t, CLIENT, SYN | SEG_ACK, 7000, 5001, 0);
    says(t, SERVER, SEG_ACK, 5001, 7001, 0);
    talk_end(t);
    assert_int_equal(t->farewell[0].opening, OPENING_REFUSED);
    assert_int_equal(t->farewell[1].opening, OPENING_THREE_WAY);
}

static void
another_number_without_answer_before_is_another_connection(void **state)
{
    struct talk *t = *state;
    says(t, CLIENT, SYN, 1000, 0, 0);
    says(t, CLIENT, SYN, 2000, 0, 0);
    assert_int_equal(t->connection, 2);
    assert_int_equal(t->farewell[0].opening, OPENING_UNANSWERED);
}

static void
a_syn_in_an_open_connection_is_new_only_once_answered(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    assert_true(says(t, CLIENT, SYN, 9000, 0, 0) & IS_CHALLENGE);
    assert_int_equal(t->connection, 1);
    // A challenge ACK: the old one lives (RFC 5961, 4).
    says(t, SERVER, ACK, 5001, 1001, 0);
    assert_int_equal(t->connection, 1);
    assert_true(says(t, CLIENT, SYN, 9100, 0, 0) & IS_CHALLENGE);
    says(t, SERVER, SEG_SYN | SEG_ACK, 7000, 9101, 0);
    assert_int_equal(t->connection, 2);
    says(t, CLIENT, ACK, 9101, 7001, 0);
    talk_end(t);
    assert_int_equal(t->farewell[1].opening, OPENING_THREE_WAY);
    assert_int_equal(t->farewell[1].ends[CLIENT].segments, 2);
    assert_int_equal(t->farewell[0].ends[CLIENT].segments, 3);
}

static void
every_copy_of_the_answered_syn_moves_to_the_new_connection(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    says(t, CLIENT, SYN, 9000, 0, 0);
    talk_wait(t, 1);
    says(t, CLIENT, SYN, 9000, 0, 0);
    says(t, SERVER, SEG_SYN | SEG_ACK, 7000, 9001, 0);
    says(t, CLIENT, ACK, 9001, 7001, 0);
    talk_end(t);
    assert_int_equal(t->farewell[0].ends[CLIENT].segments, 2);
    assert_int_equal(t->farewell[1].ends[CLIENT].segments, 3);
    assert_int_equal(t->farewell[1].ends[CLIENT].retransmitted, 1);
    assert_int_equal(t->farewell[1].handshake_ns, 2000000);
}

static void
a_new_syn_ack_after_a_close_is_another_connection(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    talk_close(t);
    says(t, SERVER, SEG_SYN | SEG_ACK, 8000, 2001, 0);
    assert_int_equal(t->connection, 2);
    talk_end(t);
    assert_int_equal(t->farewell[1].client_by, CLIENT_BY_SYN_ACK);
}

static void
one_wrong_time_ahead_does_not_stop_the_letting_go(void **state)
{
    struct talk *t = *state;
    int64_t right = t->now_ns;
    t->now_ns += (int64_t)80 * 365 * 86400 * 1000000000;
    says(t, CLIENT, SYN, 1, 0, 0);
    t->now_ns = right;
    t->endpoints[CLIENT].port++;
    talk_open(t);
    talk_close(t);
    talk_wait(t, 3);
    assert_int_equal(t->farewells, 2);
    assert_int_equal(tracker_counts(t->tracker).now, 0);
}

static void
endpoints_chosen_to_collide_do_not(void **state)
{
    (void)state;
    static uint64_t low_bits[1 << 16];
    uint32_t same = 0;
    for (uint32_t i = 0; i < 1 << 14; i++) {
        // The address cancels the port, if they are only added or xored.
        uint8_t octets[16] = { (uint8_t)(i >> 8), (uint8_t)i };
        struct endpoint a = { address_ipv6(octets), (uint16_t)i }, b = a;
        memset(octets, 0, 2);
        b.address = address_ipv6(octets);
        b.port = 80;
        same += low_bits[endpoint_pair_hash(&a, &b) & 0xffff]++ > 0;
    }
    // 16384 balls into 65536 bins: some 1900 meet another by chance.
    assert_true(same < 4000);
}

static void
one_socket_connected_to_itself_is_one_end(void **state)
{
    struct talk *t = *state;
    t->endpoints[SERVER] = t->endpoints[CLIENT];
    says(t, CLIENT, SYN, 1000, 0, 0);
    assert_int_equal(t->states[CLIENT], STATE_SYN_RECEIVED);
    says(t, CLIENT, SEG_SYN | SEG_ACK, 1000, 1001, 0);
    assert_int_equal(t->states[CLIENT], STATE_ESTABLISHED);
    says(t, CLIENT, ACK, 1001, 1001, 10);
    says(t, CLIENT, FIN, 1011, 1011, 0);
    says(t, CLIENT, ACK, 1012, 1012, 0);
    assert_int_equal(t->states[CLIENT], STATE_TIME_WAIT);
    const struct farewell *f = talk_end(t);
    assert_int_equal(f->opening, OPENING_SIMULTANEOUS);
    assert_int_equal(f->closing, CLOSING_SIMULTANEOUS);
    assert_int_equal(f->ends[SERVER].segments, 0);
}

static void
a_port_that_answered_a_syn_is_the_servers(void **state)
{
    struct talk *t = *state;
    t->endpoints[SERVER].port = 50000; // the higher one
    talk_open(t);
    t->endpoints[CLIENT].port = 40001;
    says(t, SERVER, ACK, 7000, 3000, 10);
    assert_int_equal(t->connection, 2);
    assert_int_equal(t->seen.from, SERVER);
    talk_end(t);
    assert_int_equal(t->farewell[1].client_by, CLIENT_BY_LISTENING_PORT);
}

static void
an_icmp_error_finds_the_connection_it_quotes(void **state)
{
    struct talk *t = *state;
    enum role from = ROLE_CLIENT;
    talk_open(t);
    const struct connection *c = tracker_find(t->tracker, &t->endpoints[SERVER],
                                              &t->endpoints[CLIENT], &from);
    assert_non_null(c);
    assert_int_equal(from, ROLE_SERVER);
    t->endpoints[CLIENT].port++;
    assert_null(tracker_find(t->tracker, &t->endpoints[SERVER],
                             &t->endpoints[CLIENT], &from));
}

static void
thousands_are_found_again_after_the_table_grew(void **state)
{
    (void)state;
    struct talk talk;
    talk_begin(&talk, 20000);
    for (int round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 15000; i++) {
            talk.endpoints[CLIENT].port = (uint16_t)(1000 + i);
            says(&talk, CLIENT, round ? ACK : SYN, round ? i + 1 : i, 0, 0);
            assert_int_equal(talk.connection, i + 1);
        }
    assert_int_equal(tracker_counts(talk.tracker).now, 15000);
    talk_end(&talk);
    assert_int_equal(talk.farewells, 15000);
    talk_free(&talk);
}

static void
at_the_end_all_go_by_their_numbers(void **state)
{
    struct talk *t = *state;
    for (uint16_t i = 0; i < 50; i++) {
        t->endpoints[CLIENT].port = (uint16_t)(40000 + i);
        talk_open(t);
        if (i % 3 == 0)
            talk_close(t);
    }
    talk_end(t);
    for (uint32_t i = 0; i < 50; i++)
        assert_int_equal(t->farewell[i].number, i + 1);
}

int
main(void)
{
#define CLAIM(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CLAIM(a_closed_connection_goes_after_two_quiet_seconds),
        CLAIM(a_segment_makes_it_wait_two_seconds_more),
        CLAIM(an_unanswered_syn_goes_after_130_seconds),
        CLAIM(an_open_connection_stays_however_idle),
        CLAIM(a_late_segment_is_joined_to_its_tombstone),
        CLAIM(a_syn_that_comes_again_after_the_end_begins_nothing),
        CLAIM(its_answer_begins_a_connection_that_is_never_complete),
        CLAIM(the_same_number_minutes_later_is_another_connection),
        CLAIM(what_was_refused_may_be_asked_again_with_the_same_number),
        CLAIM(an_old_syn_does_not_wake_an_end_that_has_closed),
        CLAIM(too_many_connections_let_the_longest_idle_go),
        CLAIM(a_syn_flood_is_bounded_and_spares_the_open_ones),
        CLAIM(a_clock_that_runs_backwards_lets_nothing_go),
        CLAIM(the_same_ports_after_a_close_are_another_connection),
        CLAIM(a_syn_from_the_side_that_refused_is_another_connection),
        CLAIM(another_number_without_answer_before_is_another_connection),
        CLAIM(a_syn_in_an_open_connection_is_new_only_once_answered),
        CLAIM(every_copy_of_the_answered_syn_moves_to_the_new_connection),
        CLAIM(a_new_syn_ack_after_a_close_is_another_connection),
        CLAIM(one_wrong_time_ahead_does_not_stop_the_letting_go),
        CLAIM(endpoints_chosen_to_collide_do_not),
        CLAIM(one_socket_connected_to_itself_is_one_end),
        CLAIM(a_port_that_answered_a_syn_is_the_servers),
        CLAIM(an_icmp_error_finds_the_connection_it_quotes),
        CLAIM(thousands_are_found_again_after_the_table_grew),
        CLAIM(at_the_end_all_go_by_their_numbers),
    };
    return RUN(tests);
}
