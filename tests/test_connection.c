/* end and connection: states, what segments are, and the names of courses. */
#include "claim.h"

#include "talk.h"

enum {
    SYN = SEG_SYN,
    ACK = SEG_ACK,
    FIN = SEG_FIN | SEG_ACK,
    RST = SEG_RST,
    SYN_ACK = SEG_SYN | SEG_ACK,
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
assert_states(const struct talk *talk, enum tcp_state client,
              enum tcp_state server)
{
    assert_string_equal(state_name(talk->states[CLIENT]), state_name(client));
    assert_string_equal(state_name(talk->states[SERVER]), state_name(server));
}

static void
assert_course(struct talk *talk, enum opening opening, enum closing closing)
{
    const struct farewell *f = talk_end(talk);
    assert_string_equal(opening_names[f->opening], opening_names[opening]);
    assert_string_equal(closing_names[f->closing], closing_names[closing]);
}

/* ---- Opening ------------------------------------------------------------ */

static void
the_three_way_handshake_goes_through_its_states(void **state)
{
    struct talk *t = *state;
    assert_int_equal(says(t, CLIENT, SYN, 1000, 0, 0), IS_SYN);
    assert_states(t, STATE_SYN_SENT, STATE_SYN_RECEIVED);
    assert_int_equal(t->seen.before[SERVER], STATE_LISTEN);
    assert_int_equal(says(t, SERVER, SYN_ACK, 5000, 1001, 0), IS_SYN_ACK);
    assert_states(t, STATE_ESTABLISHED, STATE_SYN_RECEIVED);
    assert_int_equal(says(t, CLIENT, ACK, 1001, 5001, 0),
                     IS_ACK | IS_HANDSHAKE_ACK);
    assert_states(t, STATE_ESTABLISHED, STATE_ESTABLISHED);
    assert_course(t, OPENING_THREE_WAY, CLOSING_NONE);
    assert_int_equal(t->farewell[0].handshake_ns, 2000000);
}

static void
data_may_complete_the_handshake(void **state)
{
    struct talk *t = *state;
    says(t, CLIENT, SYN, 1000, 0, 0);
    says(t, SERVER, SYN_ACK, 5000, 1001, 0);
    assert_int_equal(says(t, CLIENT, ACK, 1001, 5001, 10),
                     IS_DATA | IS_HANDSHAKE_ACK);
    assert_states(t, STATE_ESTABLISHED, STATE_ESTABLISHED);
}

static void
crossing_syns_open_simultaneously_and_repeat_nothing(void **state)
{
    struct talk *t = *state;
    says(t, CLIENT, SYN, 1000, 0, 0);
    says(t, SERVER, SYN, 5000, 0, 0);
    assert_states(t, STATE_SYN_RECEIVED, STATE_SYN_RECEIVED);
    assert_false(says(t, CLIENT, SYN_ACK, 1000, 5001, 0) & IS_RETRANSMISSION);
    assert_false(says(t, SERVER, SYN_ACK, 5000, 1001, 0) & IS_RETRANSMISSION);
    assert_states(t, STATE_ESTABLISHED, STATE_ESTABLISHED);
    assert_true(says(t, SERVER, SYN_ACK, 5000, 1001, 0) & IS_RETRANSMISSION);
    assert_course(t, OPENING_SIMULTANEOUS, CLOSING_NONE);
    assert_int_equal(t->farewell[0].handshake_ns, -1); // nobody saw arrivals
}

static void
a_rst_that_answers_the_syn_refuses(void **state)
{
    struct talk *t = *state;
    says(t, CLIENT, SYN, 1000, 0, 0);
    assert_int_equal(says(t, SERVER, RST | ACK, 0, 1001, 0), IS_RST);
    assert_states(t, STATE_CLOSED, STATE_CLOSED);
    assert_course(t, OPENING_REFUSED, CLOSING_NONE);
    assert_int_equal(t->farewell[0].reset_by, SERVER);
}

static void
a_rst_that_does_not_acknowledge_the_syn_is_ignored(void **state)
{
    struct talk *t = *state;
    says(t, CLIENT, SYN, 1000, 0, 0);
    assert_true(says(t, SERVER, RST | ACK, 0, 999, 0) & IS_IGNORED);
    assert_int_equal(t->states[CLIENT], STATE_SYN_SENT);
}

static void
repeated_syns_without_answer_are_retransmissions(void **state)
{
    struct talk *t = *state;
    says(t, CLIENT, SYN, 1000, 0, 0);
    assert_int_equal(says(t, CLIENT, SYN, 1000, 0, 0),
                     IS_SYN | IS_RETRANSMISSION);
    assert_int_equal(t->connection, 1);
    assert_course(t, OPENING_UNANSWERED, CLOSING_NONE);
    assert_int_equal(t->farewell[0].ends[CLIENT].retransmitted, 1);
}

/* What nobody answered came to no socket: a full queue, for example. */
static void
a_syn_without_answer_leaves_the_listener_in_listen(void **state)
{
    struct talk *t = *state;
    says(t, CLIENT, SYN, 1000, 0, 0);
    assert_states(t, STATE_SYN_SENT, STATE_SYN_RECEIVED);
    says(t, CLIENT, SYN, 1000, 0, 0);
    assert_int_equal(t->seen.before[SERVER], STATE_LISTEN);
    assert_int_equal(t->seen.after[SERVER], STATE_SYN_RECEIVED);
    talk_end(t);
    assert_int_equal(t->farewell[0].ends[CLIENT].state, STATE_SYN_SENT);
    assert_int_equal(t->farewell[0].ends[SERVER].state, STATE_LISTEN);
    assert_int_equal(t->farewell[0].ends[CLIENT].segments, 2);
}

static void
a_syn_that_was_answered_stays_received_when_it_is_sent_again(void **state)
{
    struct talk *t = *state;
    says(t, CLIENT, SYN, 1000, 0, 0);
    says(t, SERVER, SYN_ACK, 5000, 1001, 0);
    says(t, CLIENT, SYN, 1000, 0, 0);
    assert_int_equal(t->seen.before[SERVER], STATE_SYN_RECEIVED);
    talk_end(t);
    assert_int_equal(t->farewell[0].ends[SERVER].state, STATE_SYN_RECEIVED);
}

static void
a_handshake_that_stops_after_the_syn_ack_is_incomplete(void **state)
{
    struct talk *t = *state;
    says(t, CLIENT, SYN, 1000, 0, 0);
    says(t, SERVER, SYN_ACK, 5000, 1001, 0);
    says(t, CLIENT, RST, 1001, 0, 0);
    assert_course(t, OPENING_INCOMPLETE, CLOSING_NONE);
    assert_int_equal(t->farewell[0].reset_by, CLIENT);
}

static void
the_round_trip_is_timed_from_the_syn_that_was_answered(void **state)
{
    struct talk *t = *state;
    says(t, CLIENT, SYN, 1000, 0, 0);
    talk_wait(t, 1);
    talk_open(t);
    talk_end(t);
    assert_int_equal(t->farewell[0].handshake_ns, 2000000);
}

static void
data_on_the_syn_is_marked_and_taken(void **state)
{
    struct talk *t = *state;
    assert_int_equal(says(t, CLIENT, SYN, 1000, 0, 5),
                     IS_SYN | IS_DATA | IS_DATA_ON_SYN);
    says(t, SERVER, SYN_ACK, 5000, 1006, 0);
    assert_int_equal(says(t, CLIENT, ACK, 1006, 5001, 0),
                     IS_ACK | IS_HANDSHAKE_ACK);
    assert_course(t, OPENING_THREE_WAY, CLOSING_NONE);
}

/* ---- Closing ------------------------------------------------------------ */

static void
four_segments_close_through_their_states(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    assert_int_equal(says(t, CLIENT, FIN, 1001, 5001, 0), IS_FIN);
    assert_states(t, STATE_FIN_WAIT_1, STATE_CLOSE_WAIT);
    says(t, SERVER, ACK, 5001, 1002, 0);
    assert_states(t, STATE_FIN_WAIT_2, STATE_CLOSE_WAIT);
    says(t, SERVER, FIN, 5001, 1002, 0);
    assert_states(t, STATE_TIME_WAIT, STATE_LAST_ACK);
    says(t, CLIENT, ACK, 1002, 5002, 0);
    assert_states(t, STATE_TIME_WAIT, STATE_CLOSED);
    assert_course(t, OPENING_THREE_WAY, CLOSING_FOUR_SEGMENT);
    assert_int_equal(t->farewell[0].first_fin, CLIENT);
}

/* RFC 9293, 3.10.7.4, second; whoever sends it had nothing left to lose. */
static void
a_rst_at_its_next_number_ends_time_wait_and_is_no_reset(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    says(t, CLIENT, FIN, 1001, 5001, 0);
    says(t, SERVER, FIN, 5001, 1002, 0);
    says(t, CLIENT, ACK, 1002, 5002, 0);
    says(t, SERVER, RST, 5003, 0, 0);
    assert_states(t, STATE_TIME_WAIT, STATE_CLOSED);
    says(t, SERVER, RST, 5002, 0, 0);
    assert_states(t, STATE_CLOSED, STATE_CLOSED);
    assert_course(t, OPENING_THREE_WAY, CLOSING_THREE_SEGMENT);
    assert_int_equal(t->farewell[0].first_fin, CLIENT);
}

static void
the_ack_may_ride_on_the_second_fin(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    says(t, SERVER, FIN, 5001, 1001, 0);
    says(t, CLIENT, FIN, 1001, 5002, 0);
    assert_states(t, STATE_LAST_ACK, STATE_TIME_WAIT);
    says(t, SERVER, ACK, 5002, 1002, 0);
    assert_states(t, STATE_CLOSED, STATE_TIME_WAIT);
    assert_course(t, OPENING_THREE_WAY, CLOSING_THREE_SEGMENT);
    assert_int_equal(t->farewell[0].first_fin, SERVER);
}

static void
crossing_fins_close_simultaneously(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    says(t, CLIENT, FIN, 1001, 5001, 0);
    says(t, SERVER, FIN, 5001, 1001, 0);
    assert_states(t, STATE_CLOSING, STATE_CLOSING);
    says(t, CLIENT, ACK, 1002, 5002, 0);
    says(t, SERVER, ACK, 5002, 1002, 0);
    assert_states(t, STATE_TIME_WAIT, STATE_TIME_WAIT);
    assert_course(t, OPENING_THREE_WAY, CLOSING_SIMULTANEOUS);
}

static void
data_after_the_first_fin_makes_it_a_half_close(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    says(t, CLIENT, FIN, 1001, 5001, 0);
    says(t, SERVER, ACK, 5001, 1002, 100);
    says(t, CLIENT, ACK, 1002, 5101, 0);
    says(t, SERVER, FIN, 5101, 1002, 0);
    says(t, CLIENT, ACK, 1002, 5102, 0);
    assert_course(t, OPENING_THREE_WAY, CLOSING_HALF_CLOSE);
}

static void
data_that_left_before_the_fin_came_is_no_half_close(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    says(t, CLIENT, FIN, 1001, 5001, 0);
    says(t, SERVER, ACK, 5001, 1001, 100); // does not acknowledge the FIN
    says(t, SERVER, ACK, 5101, 1002, 0);
    says(t, SERVER, FIN, 5101, 1002, 0);
    says(t, CLIENT, ACK, 1002, 5102, 0);
    assert_course(t, OPENING_THREE_WAY, CLOSING_FOUR_SEGMENT);
}

static void
one_fin_alone_is_unfinished(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    says(t, SERVER, FIN, 5001, 1001, 0);
    says(t, CLIENT, ACK, 1001, 5002, 0);
    assert_states(t, STATE_CLOSE_WAIT, STATE_FIN_WAIT_2);
    assert_course(t, OPENING_THREE_WAY, CLOSING_UNFINISHED);
}

static void
a_rst_ends_both_ends_at_once(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    assert_int_equal(says(t, SERVER, RST | ACK, 5001, 1001, 0), IS_RST);
    assert_states(t, STATE_CLOSED, STATE_CLOSED);
    assert_course(t, OPENING_THREE_WAY, CLOSING_RESET);
    assert_int_equal(t->farewell[0].reset_by, SERVER);
}

static void
a_rst_outside_the_window_changes_nothing(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    assert_true(says(t, SERVER, RST, 5001 + 70000, 0, 0) & IS_IGNORED);
    assert_states(t, STATE_ESTABLISHED, STATE_ESTABLISHED);
    assert_course(t, OPENING_THREE_WAY, CLOSING_NONE);
}

static void
an_ignored_rst_leaves_its_supposed_sender_alone(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    says(t, SERVER, RST, 5001 + 70000, 0, 0);
    says(t, CLIENT, FIN, 1001, 5001, 0);
    says(t, SERVER, FIN, 5001, 1002, 0);
    says(t, CLIENT, ACK, 1002, 5002, 0);
    assert_states(t, STATE_TIME_WAIT, STATE_CLOSED);
    talk_wait(t, 3);
    assert_int_equal(t->farewell[0].why, LET_GO_OVER);
    assert_false(t->farewell[0].reset);
}

static void
a_rst_inside_the_window_is_undone_when_its_victim_goes_on(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    says(t, SERVER, RST, 5001 + 500, 0, 0);
    assert_states(t, STATE_CLOSED, STATE_CLOSED); // or a segment was missed
    says(t, CLIENT, ACK, 1001, 5001, 0);          // a challenge ACK
    assert_states(t, STATE_ESTABLISHED, STATE_ESTABLISHED);
    assert_course(t, OPENING_THREE_WAY, CLOSING_NONE);
    assert_false(t->farewell[0].reset);
}

static void
data_in_flight_does_not_undo_a_rst_at_its_place(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    says(t, SERVER, RST, 5001, 0, 0);
    says(t, CLIENT, ACK, 1001, 5001, 100);
    assert_states(t, STATE_CLOSED, STATE_CLOSED);
    assert_course(t, OPENING_THREE_WAY, CLOSING_RESET);
}

static void
a_refused_syn_may_be_sent_again_and_answered(void **state)
{
    struct talk *t = *state;
    says(t, CLIENT, SYN, 1000, 0, 0);
    says(t, SERVER, RST | ACK, 0, 1001, 0);
    assert_true(says(t, CLIENT, SYN, 1000, 0, 0) & IS_RETRANSMISSION);
    says(t, SERVER, SYN_ACK, 5000, 1001, 0);
    says(t, CLIENT, ACK, 1001, 5001, 0);
    assert_states(t, STATE_ESTABLISHED, STATE_ESTABLISHED);
    assert_int_equal(t->connection, 1);
    assert_course(t, OPENING_THREE_WAY, CLOSING_NONE);
}

static void
a_forged_refusal_does_not_hide_the_real_answer(void **state)
{
    struct talk *t = *state;
    says(t, CLIENT, SYN, 1000, 0, 0);
    says(t, SERVER, RST | ACK, 0, 1001, 0);
    says(t, SERVER, SYN_ACK, 5000, 1001, 0);
    says(t, CLIENT, ACK, 1001, 5001, 0);
    assert_course(t, OPENING_THREE_WAY, CLOSING_NONE);
    assert_int_equal(t->farewell[0].ends[SERVER].iss, 5000);
}

static void
a_half_open_peer_is_recovered_from(void **state)
{
    struct talk *t = *state;
    says(t, CLIENT, SYN, 1000, 0, 0);
    says(t, SERVER, ACK, 7000, 3000, 0); // of an older connection
    says(t, CLIENT, RST, 3000, 0, 0);    // RFC 9293, figure 9
    says(t, CLIENT, SYN, 1000, 0, 0);
    says(t, SERVER, SYN_ACK, 5000, 1001, 0);
    says(t, CLIENT, ACK, 1001, 5001, 0);
    assert_states(t, STATE_ESTABLISHED, STATE_ESTABLISHED);
    assert_course(t, OPENING_THREE_WAY, CLOSING_NONE);
}

static void
a_rst_between_the_fins_makes_it_a_reset_and_after_them_does_not(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    says(t, CLIENT, FIN, 1001, 5001, 0);
    says(t, SERVER, RST, 5001, 0, 0);
    talk_wait(t, 3);
    talk_open(t);
    says(t, CLIENT, FIN, 1001, 5001, 0);
    says(t, SERVER, FIN, 5001, 1002, 0);
    says(t, CLIENT, ACK, 1002, 5002, 0);
    says(t, CLIENT, RST, 1002, 0, 0);
    assert_course(t, OPENING_THREE_WAY, CLOSING_THREE_SEGMENT);
    assert_int_equal(t->farewell[0].closing, CLOSING_RESET);
    assert_int_equal(t->farewell[0].first_fin, CLIENT);
    assert_int_equal(t->farewell[0].reset_by, SERVER);
}

static void
a_fin_counts_only_when_what_precedes_it_has_come(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    says(t, CLIENT, FIN, 1101, 5001, 0); // 1001 to 1100 are missing
    assert_states(t, STATE_FIN_WAIT_1, STATE_ESTABLISHED);
    assert_true(says(t, CLIENT, ACK, 1001, 5001, 100) & IS_OUT_OF_ORDER);
    assert_states(t, STATE_FIN_WAIT_1, STATE_CLOSE_WAIT);
}

static void
an_ack_shows_that_a_fin_not_seen_in_order_was_received(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    says(t, CLIENT, FIN, 1101, 5001, 0);
    says(t, SERVER, ACK, 5001, 1102, 0); // the capture missed the data
    assert_states(t, STATE_FIN_WAIT_2, STATE_CLOSE_WAIT);
}

/* ---- What segments are -------------------------------------------------- */

static void
old_numbers_are_a_retransmission_whole_or_in_part(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    assert_int_equal(says(t, CLIENT, ACK, 1001, 5001, 100), IS_DATA);
    assert_int_equal(says(t, CLIENT, ACK, 1001, 5001, 100),
                     IS_DATA | IS_RETRANSMISSION);
    assert_int_equal(says(t, CLIENT, ACK, 1051, 5001, 100),
                     IS_DATA | IS_RETRANSMISSION);
    assert_int_equal(says(t, CLIENT, ACK, 1151, 5001, 100), IS_DATA);
}

static void
what_fills_a_gap_is_out_of_order_and_not_sent_again(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    assert_int_equal(says(t, CLIENT, ACK, 1101, 5001, 100), IS_DATA | IS_GAP);
    assert_int_equal(says(t, CLIENT, ACK, 1201, 5001, 100), IS_DATA);
    assert_int_equal(says(t, CLIENT, ACK, 1001, 5001, 100),
                     IS_DATA | IS_OUT_OF_ORDER);
    assert_int_equal(says(t, CLIENT, ACK, 1001, 5001, 100),
                     IS_DATA | IS_RETRANSMISSION);
    talk_end(t);
    assert_int_equal(t->farewell[0].ends[CLIENT].out_of_order, 1);
    assert_int_equal(t->farewell[0].ends[CLIENT].retransmitted, 1);
    assert_int_equal(t->farewell[0].ends[CLIENT].bytes, 400);
}

static void
all_this_holds_across_the_wrap_of_numbers(void **state)
{
    struct talk *t = *state;
    uint32_t a = 0xffffffc0;
    says(t, CLIENT, SYN, a, 0, 0);
    says(t, SERVER, SYN_ACK, 5000, a + 1, 0);
    says(t, CLIENT, ACK, a + 1, 5001, 0);
    assert_int_equal(says(t, CLIENT, ACK, a + 1, 5001, 100), IS_DATA);
    assert_int_equal(says(t, CLIENT, ACK, a + 201, 5001, 100),
                     IS_DATA | IS_GAP);
    assert_int_equal(says(t, CLIENT, ACK, a + 101, 5001, 100),
                     IS_DATA | IS_OUT_OF_ORDER);
    assert_int_equal(says(t, CLIENT, ACK, a + 1, 5001, 100),
                     IS_DATA | IS_RETRANSMISSION);
    says(t, CLIENT, FIN, a + 301, 5001, 0);
    says(t, SERVER, FIN, 5001, a + 302, 0);
    says(t, CLIENT, ACK, a + 302, 5002, 0);
    assert_course(t, OPENING_THREE_WAY, CLOSING_THREE_SEGMENT);
}

static void
an_ack_that_repeats_the_last_one_is_a_duplicate(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    says(t, CLIENT, ACK, 1001, 5001, 100);
    says(t, CLIENT, ACK, 1201, 5001, 100);
    assert_int_equal(says(t, SERVER, ACK, 5001, 1101, 0), IS_ACK);
    assert_int_equal(says(t, SERVER, ACK, 5001, 1101, 0),
                     IS_ACK | IS_DUPLICATE_ACK);
    // With nothing outstanding it is none (RFC 5681, 2).
    says(t, SERVER, ACK, 5001, 1301, 0);
    assert_int_equal(says(t, SERVER, ACK, 5001, 1301, 0), IS_ACK);
}

static void
a_number_before_the_next_is_a_keep_alive(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    assert_int_equal(says(t, CLIENT, ACK, 1000, 5001, 0),
                     IS_ACK | IS_KEEP_ALIVE);
    assert_int_equal(says(t, SERVER, ACK, 5001, 1001, 0), IS_ACK);
    says(t, CLIENT, ACK, 1001, 5001, 1);
    // One octet not acknowledged yet is sent again.
    assert_int_equal(says(t, CLIENT, ACK, 1001, 5001, 1),
                     IS_DATA | IS_RETRANSMISSION);
}

static void
a_closed_window_is_probed_and_updated(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    says(t, CLIENT, ACK, 1001, 5001, 1000);
    assert_int_equal(says_window(t, SERVER, ACK, 5001, 2001, 0, 0),
                     IS_ACK | IS_ZERO_WINDOW);
    assert_int_equal(says(t, CLIENT, ACK, 2000, 5001, 0),
                     IS_ACK | IS_WINDOW_PROBE);
    assert_int_equal(says(t, CLIENT, ACK, 2001, 5001, 1),
                     IS_DATA | IS_WINDOW_PROBE);
    assert_int_equal(says_window(t, SERVER, ACK, 5001, 2001, 0, 500),
                     IS_ACK | IS_WINDOW_UPDATE);
}

static void
a_hole_on_one_way_does_not_confuse_the_other(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    says(t, SERVER, ACK, 5101, 1001, 100); // a hole in what the server sent
    says(t, CLIENT, ACK, 1001, 5001, 100); // the client's numbers go on
    says(t, CLIENT, ACK, 1201, 5001, 100); // and then have a hole too
    says(t, CLIENT, ACK, 1101, 5001, 100);
    says(t, CLIENT, FIN, 1301, 5001, 0);
    assert_states(t, STATE_FIN_WAIT_1, STATE_CLOSE_WAIT);
}

static void
an_ack_beyond_the_window_means_nothing(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    says(t, CLIENT, ACK, 1001, 5001 + 900000, 0);
    assert_int_equal(says(t, SERVER, ACK, 5001, 1001, 10), IS_DATA);
}

static void
a_window_never_heard_is_not_a_closed_one(void **state)
{
    struct talk *t = *state;
    assert_int_equal(says(t, CLIENT, ACK, 3000, 7000, 1), IS_DATA);
    assert_int_equal(says(t, CLIENT, ACK, 3001, 7000, 1), IS_DATA);
    assert_int_equal(says(t, SERVER, ACK, 7000, 3002, 0), IS_ACK);
}

/* ---- A capture that began late ------------------------------------------ */

static void
a_late_capture_takes_both_ends_for_established(void **state)
{
    struct talk *t = *state;
    assert_int_equal(says(t, SERVER, ACK, 7000, 3000, 10), IS_DATA);
    assert_states(t, STATE_ESTABLISHED, STATE_ESTABLISHED);
    says(t, CLIENT, FIN, 3000, 7010, 0);
    says(t, SERVER, ACK, 7010, 3001, 0);
    says(t, SERVER, FIN, 7010, 3001, 0);
    says(t, CLIENT, ACK, 3001, 7011, 0);
    assert_course(t, OPENING_NOT_SEEN, CLOSING_FOUR_SEGMENT);
    assert_int_equal(t->farewell[0].client_by, CLIENT_BY_LOWER_PORT);
    assert_int_equal(t->farewell[0].ends[SERVER].bytes, 10);
}

static void
a_syn_ack_tells_who_the_client_is_and_its_number(void **state)
{
    struct talk *t = *state;
    says(t, SERVER, SYN_ACK, 5000, 1001, 0);
    assert_states(t, STATE_ESTABLISHED, STATE_SYN_RECEIVED);
    says(t, CLIENT, ACK, 1001, 5001, 0);
    assert_states(t, STATE_ESTABLISHED, STATE_ESTABLISHED);
    assert_course(t, OPENING_NOT_SEEN, CLOSING_NONE);
    assert_int_equal(t->farewell[0].client_by, CLIENT_BY_SYN_ACK);
    assert_int_equal(t->farewell[0].ends[CLIENT].iss, 1000);
}

int
main(void)
{
#define CLAIM(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CLAIM(the_three_way_handshake_goes_through_its_states),
        CLAIM(data_may_complete_the_handshake),
        CLAIM(crossing_syns_open_simultaneously_and_repeat_nothing),
        CLAIM(a_rst_that_answers_the_syn_refuses),
        CLAIM(a_rst_that_does_not_acknowledge_the_syn_is_ignored),
        CLAIM(repeated_syns_without_answer_are_retransmissions),
        CLAIM(a_syn_without_answer_leaves_the_listener_in_listen),
        CLAIM(a_syn_that_was_answered_stays_received_when_it_is_sent_again),
        CLAIM(a_handshake_that_stops_after_the_syn_ack_is_incomplete),
        CLAIM(the_round_trip_is_timed_from_the_syn_that_was_answered),
        CLAIM(data_on_the_syn_is_marked_and_taken),
        CLAIM(four_segments_close_through_their_states),
        CLAIM(a_rst_at_its_next_number_ends_time_wait_and_is_no_reset),
        CLAIM(the_ack_may_ride_on_the_second_fin),
        CLAIM(crossing_fins_close_simultaneously),
        CLAIM(data_after_the_first_fin_makes_it_a_half_close),
        CLAIM(data_that_left_before_the_fin_came_is_no_half_close),
        CLAIM(one_fin_alone_is_unfinished),
        CLAIM(a_rst_ends_both_ends_at_once),
        CLAIM(a_rst_outside_the_window_changes_nothing),
        CLAIM(an_ignored_rst_leaves_its_supposed_sender_alone),
        CLAIM(a_rst_inside_the_window_is_undone_when_its_victim_goes_on),
        CLAIM(data_in_flight_does_not_undo_a_rst_at_its_place),
        CLAIM(a_refused_syn_may_be_sent_again_and_answered),
        CLAIM(a_forged_refusal_does_not_hide_the_real_answer),
        CLAIM(a_half_open_peer_is_recovered_from),
        CLAIM(a_rst_between_the_fins_makes_it_a_reset_and_after_them_does_not),
        CLAIM(a_fin_counts_only_when_what_precedes_it_has_come),
        CLAIM(an_ack_shows_that_a_fin_not_seen_in_order_was_received),
        CLAIM(old_numbers_are_a_retransmission_whole_or_in_part),
        CLAIM(what_fills_a_gap_is_out_of_order_and_not_sent_again),
        CLAIM(all_this_holds_across_the_wrap_of_numbers),
        CLAIM(an_ack_that_repeats_the_last_one_is_a_duplicate),
        CLAIM(a_number_before_the_next_is_a_keep_alive),
        CLAIM(a_closed_window_is_probed_and_updated),
        CLAIM(a_hole_on_one_way_does_not_confuse_the_other),
        CLAIM(an_ack_beyond_the_window_means_nothing),
        CLAIM(a_window_never_heard_is_not_a_closed_one),
        CLAIM(a_late_capture_takes_both_ends_for_established),
        CLAIM(a_syn_ack_tells_who_the_client_is_and_its_number),
    };
    return RUN(tests);
}
