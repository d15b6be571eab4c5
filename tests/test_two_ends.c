/* Both ends watched: a segment leaves one and reaches the other, or does not. */
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

/* A segment that nothing happens to. */
static uint32_t
passes(struct talk *t, int from, uint16_t flags, uint32_t seq, uint32_t ack,
       uint32_t data_length)
{
    int flight = talk_leaves(t, from, flags, seq, ack, data_length);
    return talk_arrives(t, flight);
}

static void
wire_open(struct talk *t)
{
    passes(t, CLIENT, SYN, 1000, 0, 0);
    passes(t, SERVER, SYN_ACK, 5000, 1001, 0);
    passes(t, CLIENT, ACK, 1001, 5001, 0);
}

/* ---- A clean wire -------------------------------------------------------- */

enum {
    CLEAN_SEGMENTS = 12
};

static const struct course {
    const char *name;

    struct {
        int from;
        uint16_t flags;
        uint32_t seq, ack, data_length;
    } segments[CLEAN_SEGMENTS]; // flags 0: the end
} courses[] = {
    // clang-format off
    { "four segments", {
        { CLIENT, SYN, 1000, 0, 0 }, { SERVER, SYN_ACK, 5000, 1001, 0 },
        { CLIENT, ACK, 1001, 5001, 0 }, { CLIENT, FIN, 1001, 5001, 0 },
        { SERVER, ACK, 5001, 1002, 0 }, { SERVER, FIN, 5001, 1002, 0 },
        { CLIENT, ACK, 1002, 5002, 0 } } },
    { "three segments, data, the server first", {
        { CLIENT, SYN, 1000, 0, 0 }, { SERVER, SYN_ACK, 5000, 1001, 0 },
        { CLIENT, ACK, 1001, 5001, 10 }, { SERVER, FIN, 5001, 1011, 5 },
        { CLIENT, FIN, 1011, 5007, 0 }, { SERVER, ACK, 5007, 1012, 0 } } },
    { "half-close", {
        { CLIENT, SYN, 1000, 0, 0 }, { SERVER, SYN_ACK, 5000, 1001, 0 },
        { CLIENT, ACK, 1001, 5001, 0 }, { CLIENT, FIN, 1001, 5001, 0 },
        { SERVER, ACK, 5001, 1002, 100 }, { CLIENT, ACK, 1002, 5101, 0 },
        { SERVER, FIN, 5101, 1002, 0 }, { CLIENT, ACK, 1002, 5102, 0 } } },
    { "simultaneous close", {
        { CLIENT, SYN, 1000, 0, 0 }, { SERVER, SYN_ACK, 5000, 1001, 0 },
        { CLIENT, ACK, 1001, 5001, 0 }, { CLIENT, FIN, 1001, 5001, 0 },
        { SERVER, FIN, 5001, 1001, 0 }, { CLIENT, ACK, 1002, 5002, 0 },
        { SERVER, ACK, 5002, 1002, 0 } } },
    { "simultaneous open", {
        { CLIENT, SYN, 1000, 0, 0 }, { SERVER, SYN, 5000, 0, 0 },
        { CLIENT, SYN_ACK, 1000, 5001, 0 },
        { SERVER, SYN_ACK, 5000, 1001, 0 } } },
    { "refused, and sent again", {
        { CLIENT, SYN, 1000, 0, 0 }, { SERVER, RST | ACK, 0, 1001, 0 },
        { CLIENT, SYN, 1000, 0, 0 }, { SERVER, RST | ACK, 0, 1001, 0 } } },
    { "unanswered", {
        { CLIENT, SYN, 1000, 0, 0 }, { CLIENT, SYN, 1000, 0, 0 } } },
    { "incomplete", {
        { CLIENT, SYN, 1000, 0, 0 }, { SERVER, SYN_ACK, 5000, 1001, 0 },
        { SERVER, SYN_ACK, 5000, 1001, 0 } } },
    { "reset by the client", {
        { CLIENT, SYN, 1000, 0, 0 }, { SERVER, SYN_ACK, 5000, 1001, 0 },
        { CLIENT, ACK, 1001, 5001, 0 }, { SERVER, ACK, 5001, 1001, 9 },
        { CLIENT, RST | ACK, 1001, 5010, 0 } } },
    { "a RST that is ignored", {
        { CLIENT, SYN, 1000, 0, 0 }, { SERVER, SYN_ACK, 5000, 1001, 0 },
        { CLIENT, ACK, 1001, 5001, 0 }, { CLIENT, RST, 99001, 0, 0 },
        { SERVER, ACK, 5001, 1001, 9 } } },
    { "a RST that its victim survives", {
        { CLIENT, SYN, 1000, 0, 0 }, { SERVER, SYN_ACK, 5000, 1001, 0 },
        { CLIENT, ACK, 1001, 5001, 0 }, { CLIENT, RST, 1101, 0, 0 },
        { SERVER, ACK, 5001, 1001, 9 }, { CLIENT, ACK, 1001, 5010, 0 } } },
    { "a challenge that is answered", {
        { CLIENT, SYN, 1000, 0, 0 }, { SERVER, SYN_ACK, 5000, 1001, 0 },
        { CLIENT, ACK, 1001, 5001, 0 }, { CLIENT, SYN, 9000, 0, 0 },
        { SERVER, SYN_ACK, 7000, 9001, 0 },
        { CLIENT, ACK, 9001, 7001, 0 } } },
    { "a challenge that is not", {
        { CLIENT, SYN, 1000, 0, 0 }, { SERVER, SYN_ACK, 5000, 1001, 0 },
        { CLIENT, ACK, 1001, 5001, 0 }, { CLIENT, SYN, 9000, 0, 0 },
        { SERVER, ACK, 5001, 1001, 0 }, { CLIENT, ACK, 1001, 5001, 7 } } },
    { "ports used again", {
        { CLIENT, SYN, 1000, 0, 0 }, { CLIENT, SYN, 2000, 0, 0 },
        { SERVER, SYN_ACK, 5000, 2001, 0 },
        { CLIENT, ACK, 2001, 5001, 0 } } },
    { "a late capture", {
        { CLIENT, ACK, 1001, 5001, 10 }, { SERVER, ACK, 5001, 1011, 0 },
        { SERVER, FIN, 5001, 1011, 0 }, { CLIENT, FIN, 1011, 5002, 0 },
        { SERVER, ACK, 5002, 1012, 0 } } },
    { "numbers not seen", {
        { CLIENT, SYN, 1000, 0, 0 }, { SERVER, SYN_ACK, 5000, 1001, 0 },
        { CLIENT, ACK, 1001, 5001, 10 }, { CLIENT, ACK, 1021, 5001, 10 },
        { CLIENT, ACK, 1011, 5001, 10 }, { SERVER, ACK, 5001, 1031, 0 } } },
    // clang-format on
};

static void
play(const struct course *course, struct talk *t, bool two_ends)
{
    for (int i = 0; i < CLEAN_SEGMENTS && course->segments[i].flags; i++) {
        uint16_t flags = course->segments[i].flags;
        int from = course->segments[i].from;
        uint32_t seq = course->segments[i].seq, ack = course->segments[i].ack;
        uint32_t length = course->segments[i].data_length;
        if (two_ends)
            passes(t, from, flags, seq, ack, length);
        else
            says(t, from, flags, seq, ack, length);
    }
    talk_end(t);
}

static void
assert_same_end(const struct end *one, const struct end *two, const char *name)
{
    if (one->state != two->state || one->snd.una != two->snd.una ||
        one->snd.nxt != two->snd.nxt || one->rcv.nxt != two->rcv.nxt ||
        one->segments != two->segments || one->bytes != two->bytes ||
        one->retransmitted != two->retransmitted ||
        one->out_of_order != two->out_of_order || one->flags != two->flags)
        fail_msg("%s: an end differs: %s, %s", name,
                 state_name((enum tcp_state)one->state),
                 state_name((enum tcp_state)two->state));
}

static void
on_a_clean_wire_all_is_as_with_one_place_of_capture(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof courses / sizeof courses[0]; i++) {
        struct talk one, two;
        const char *name = courses[i].name;
        talk_begin(&one, 100);
        talk_begin(&two, 100);
        play(&courses[i], &one, false);
        play(&courses[i], &two, true);
        assert_int_equal(one.farewells, two.farewells);
        for (int j = 0; j < one.farewells; j++) {
            const struct farewell *a = &one.farewell[j], *b = &two.farewell[j];
            if (a->opening != b->opening || a->closing != b->closing ||
                a->reset != b->reset || a->reset_by != b->reset_by ||
                a->first_fin != b->first_fin || a->client_by != b->client_by)
                fail_msg("%s: %s, %s differs from %s, %s", name,
                         opening_names[a->opening], closing_names[a->closing],
                         opening_names[b->opening], closing_names[b->closing]);
            assert_same_end(&a->ends[CLIENT], &b->ends[CLIENT], name);
            assert_same_end(&a->ends[SERVER], &b->ends[SERVER], name);
        }
        talk_free(&one);
        talk_free(&two);
    }
}

/* ---- Opening ------------------------------------------------------------- */

static void
a_lost_syn_moves_only_its_sender(void **state)
{
    struct talk *t = *state;
    talk_lost(t, talk_leaves(t, CLIENT, SYN, 1000, 0, 0));
    assert_states(t, STATE_SYN_SENT, STATE_LISTEN);
    talk_wait(t, 1);
    int again = talk_leaves(t, CLIENT, SYN, 1000, 0, 0);
    assert_int_equal(t->seen.is, IS_SYN | IS_RETRANSMISSION);
    assert_states(t, STATE_SYN_SENT, STATE_LISTEN);
    assert_int_equal(talk_arrives(t, again), 0);
    assert_states(t, STATE_SYN_SENT, STATE_SYN_RECEIVED);
    passes(t, SERVER, SYN_ACK, 5000, 1001, 0);
    assert_true(passes(t, CLIENT, ACK, 1001, 5001, 0) & IS_HANDSHAKE_ACK);
    const struct farewell *f = talk_end(t);
    assert_int_equal(f->opening, OPENING_THREE_WAY);
    assert_int_equal(f->ends[CLIENT].lost, 1);
    assert_int_equal(f->ends[CLIENT].retransmitted, 1);
    assert_int_equal(f->handshake_ns, 4000000); // from the second SYN
}

static void
the_round_trip_begins_at_the_syn_that_is_answered(void **state)
{
    struct talk *t = *state;
    int first = talk_leaves(t, CLIENT, SYN, 1000, 0, 0);
    talk_wait(t, 1);
    int second = talk_leaves(t, CLIENT, SYN, 1000, 0, 0);
    talk_arrives(t, first);
    int answer = talk_leaves(t, SERVER, SYN_ACK, 5000, 1001, 0);
    assert_int_equal(talk_arrives(t, second), IS_DUPLICATE);
    talk_arrives(t, answer);
    passes(t, CLIENT, ACK, 1001, 5001, 0);
    assert_int_equal(talk_end(t)->handshake_ns, 1006000000);
}

static void
a_lost_handshake_ack_is_made_good_by_data(void **state)
{
    struct talk *t = *state;
    passes(t, CLIENT, SYN, 1000, 0, 0);
    passes(t, SERVER, SYN_ACK, 5000, 1001, 0);
    assert_states(t, STATE_ESTABLISHED, STATE_SYN_RECEIVED);
    talk_lost(t, talk_leaves(t, CLIENT, ACK, 1001, 5001, 0));
    assert_states(t, STATE_ESTABLISHED, STATE_SYN_RECEIVED);
    int data = talk_leaves(t, CLIENT, ACK, 1001, 5001, 5);
    assert_int_equal(t->seen.is, IS_DATA);
    assert_int_equal(talk_arrives(t, data), IS_HANDSHAKE_ACK);
    assert_states(t, STATE_ESTABLISHED, STATE_ESTABLISHED);
    assert_int_equal(talk_end(t)->opening, OPENING_THREE_WAY);
}

/* Its kernel had dropped the first: the second is new to it. Two copies of one
 * SYN, both before the answer, are another thing. */
static void
a_syn_that_came_and_was_not_answered_is_new_when_it_comes_again(void **state)
{
    struct talk *t = *state;
    passes(t, CLIENT, SYN, 1000, 0, 0);
    int again = talk_leaves(t, CLIENT, SYN, 1000, 0, 0);
    assert_states(t, STATE_SYN_SENT, STATE_LISTEN);
    assert_int_equal(talk_arrives(t, again), 0);
    assert_states(t, STATE_SYN_SENT, STATE_SYN_RECEIVED);
    assert_int_equal(talk_arrives(t, again), IS_DUPLICATE);
    assert_states(t, STATE_SYN_SENT, STATE_SYN_RECEIVED);
}

static void
syns_that_cross_on_the_wire_open_simultaneously(void **state)
{
    struct talk *t = *state;
    int one = talk_leaves(t, CLIENT, SYN, 1000, 0, 0);
    int two = talk_leaves(t, SERVER, SYN, 5000, 0, 0);
    assert_states(t, STATE_SYN_SENT, STATE_SYN_SENT);
    talk_arrives(t, one);
    assert_states(t, STATE_SYN_SENT, STATE_SYN_RECEIVED);
    talk_arrives(t, two);
    assert_states(t, STATE_SYN_RECEIVED, STATE_SYN_RECEIVED);
    one = talk_leaves(t, CLIENT, SYN_ACK, 1000, 5001, 0);
    assert_int_equal(t->seen.is, IS_SYN_ACK);
    two = talk_leaves(t, SERVER, SYN_ACK, 5000, 1001, 0);
    assert_int_equal(talk_arrives(t, one), 0);
    assert_int_equal(talk_arrives(t, two), IS_HANDSHAKE_ACK);
    assert_states(t, STATE_ESTABLISHED, STATE_ESTABLISHED);
    assert_int_equal(talk_end(t)->opening, OPENING_SIMULTANEOUS);
}

/* Both ways take 10 ms; the other side begins 3 ms later. */
static void
the_round_trip_of_crossing_syns_ends_when_the_answer_arrives(void **state)
{
    struct talk *t = *state;
    const int64_t ms = 1000000, begin_ns = t->now_ns;
    int one = talk_leaves(t, CLIENT, SYN, 1000, 0, 0);
    t->now_ns = begin_ns + 3 * ms;
    int two = talk_leaves(t, SERVER, SYN, 5000, 0, 0);
    t->now_ns = begin_ns + 10 * ms;
    talk_arrives(t, one);
    int server = talk_leaves(t, SERVER, SYN_ACK, 5000, 1001, 0);
    t->now_ns = begin_ns + 13 * ms;
    talk_arrives(t, two);
    int client = talk_leaves(t, CLIENT, SYN_ACK, 1000, 5001, 0);
    t->now_ns = begin_ns + 20 * ms;
    talk_arrives(t, server);
    t->now_ns = begin_ns + 23 * ms;
    talk_arrives(t, client);
    assert_int_equal(talk_end(t)->handshake_ns, 20 * ms);
}

/* Who refused, and was not heard, may still meet the SYN that goes on. */
static void
a_syn_crosses_one_whose_refusal_is_lost(void **state)
{
    struct talk *t = *state;
    passes(t, CLIENT, SYN, 1000, 0, 0);
    talk_lost(t, talk_leaves(t, SERVER, RST | ACK, 0, 1001, 0));
    passes(t, SERVER, SYN, 5000, 0, 0);
    assert_int_equal(t->connection, 1);
    assert_int_equal(t->states[CLIENT], STATE_SYN_RECEIVED);
}

/* RFC 9293, figure 8. */
static void
an_old_syn_is_answered_reset_and_forgotten(void **state)
{
    struct talk *t = *state;
    int old = talk_leaves(t, CLIENT, SYN, 90, 0, 0);
    int syn = talk_leaves(t, CLIENT, SYN, 1000, 0, 0);
    assert_int_equal(t->connection, 2);
    assert_int_equal(talk_arrives(t, old), IS_LATE);
    int answer = talk_leaves(t, SERVER, SYN_ACK, 4000, 91, 0);
    assert_states(t, STATE_SYN_SENT, STATE_SYN_RECEIVED);
    talk_arrives(t, answer);
    assert_states(t, STATE_SYN_SENT, STATE_SYN_RECEIVED);
    int reset = talk_leaves(t, CLIENT, RST, 91, 0, 0);
    assert_states(t, STATE_SYN_SENT, STATE_SYN_RECEIVED);
    talk_arrives(t, reset);
    assert_states(t, STATE_SYN_SENT, STATE_LISTEN);
    talk_arrives(t, syn);
    passes(t, SERVER, SYN_ACK, 5000, 1001, 0);
    passes(t, CLIENT, ACK, 1001, 5001, 0);
    assert_states(t, STATE_ESTABLISHED, STATE_ESTABLISHED);
    const struct farewell *f = talk_end(t);
    assert_int_equal(f->opening, OPENING_THREE_WAY);
    assert_int_equal(f->closing, CLOSING_NONE);
    assert_false(f->reset);
}

/* ---- Closing ------------------------------------------------------------- */

static void
fins_that_cross_on_the_wire_close_simultaneously(void **state)
{
    struct talk *t = *state;
    wire_open(t);
    int one = talk_leaves(t, CLIENT, FIN, 1001, 5001, 0);
    int two = talk_leaves(t, SERVER, FIN, 5001, 1001, 0);
    assert_states(t, STATE_FIN_WAIT_1, STATE_FIN_WAIT_1);
    talk_arrives(t, one);
    assert_states(t, STATE_FIN_WAIT_1, STATE_CLOSING);
    talk_arrives(t, two);
    assert_states(t, STATE_CLOSING, STATE_CLOSING);
    passes(t, CLIENT, ACK, 1002, 5002, 0);
    passes(t, SERVER, ACK, 5002, 1002, 0);
    assert_states(t, STATE_TIME_WAIT, STATE_TIME_WAIT);
    assert_int_equal(talk_end(t)->closing, CLOSING_SIMULTANEOUS);
}

static void
a_lost_fin_is_sent_again_and_the_close_keeps_its_name(void **state)
{
    struct talk *t = *state;
    wire_open(t);
    talk_lost(t, talk_leaves(t, CLIENT, FIN, 1001, 5001, 0));
    assert_states(t, STATE_FIN_WAIT_1, STATE_ESTABLISHED);
    int again = talk_leaves(t, CLIENT, FIN, 1001, 5001, 0);
    assert_true(t->seen.is & IS_RETRANSMISSION);
    assert_int_equal(talk_arrives(t, again), 0);
    assert_states(t, STATE_FIN_WAIT_1, STATE_CLOSE_WAIT);
    passes(t, SERVER, ACK, 5001, 1002, 0);
    passes(t, SERVER, FIN, 5001, 1002, 0);
    assert_states(t, STATE_TIME_WAIT, STATE_LAST_ACK);
    talk_lost(t, talk_leaves(t, CLIENT, ACK, 1002, 5002, 0));
    assert_states(t, STATE_TIME_WAIT, STATE_LAST_ACK);
    int fin = talk_leaves(t, SERVER, FIN, 5001, 1002, 0);
    assert_int_equal(talk_arrives(t, fin), IS_DUPLICATE);
    passes(t, CLIENT, ACK, 1002, 5002, 0);
    assert_states(t, STATE_TIME_WAIT, STATE_CLOSED);
    const struct farewell *f = talk_end(t);
    assert_int_equal(f->closing, CLOSING_FOUR_SEGMENT);
    assert_int_equal(f->ends[CLIENT].lost, 2);
    assert_int_equal(f->ends[SERVER].retransmitted, 1);
}

static void
a_lost_rst_resets_its_sender_alone(void **state)
{
    struct talk *t = *state;
    wire_open(t);
    talk_lost(t, talk_leaves(t, CLIENT, RST | ACK, 1001, 5001, 0));
    assert_states(t, STATE_CLOSED, STATE_ESTABLISHED);
    talk_wait(t, 60);
    assert_int_equal(t->farewells, 0); // the server does not know
    const struct farewell *f = talk_end(t);
    assert_int_equal(f->closing, CLOSING_RESET);
    assert_int_equal(f->reset_by, CLIENT);
}

/* ---- The receiver's words ------------------------------------------------ */

static void
overtaken_data_is_out_of_order_for_its_receiver_alone(void **state)
{
    struct talk *t = *state;
    wire_open(t);
    int first = talk_leaves(t, CLIENT, ACK, 1001, 5001, 10);
    int second = talk_leaves(t, CLIENT, ACK, 1011, 5001, 10);
    assert_int_equal(t->seen.is, IS_DATA);
    assert_int_equal(talk_arrives(t, second), IS_GAP);
    assert_int_equal(talk_arrives(t, first), IS_OUT_OF_ORDER);
    const struct farewell *f = talk_end(t);
    assert_int_equal(f->ends[CLIENT].out_of_order, 1);
    assert_int_equal(f->ends[CLIENT].retransmitted, 0);
}

static void
what_was_sent_again_in_vain_is_a_duplicate(void **state)
{
    struct talk *t = *state;
    wire_open(t);
    int first = talk_leaves(t, CLIENT, ACK, 1001, 5001, 10);
    int again = talk_leaves(t, CLIENT, ACK, 1001, 5001, 10);
    assert_int_equal(t->seen.is, IS_DATA | IS_RETRANSMISSION);
    assert_int_equal(talk_arrives(t, first), 0);
    assert_int_equal(talk_arrives(t, again), IS_DUPLICATE);
}

static void
the_second_copy_of_a_doubled_segment_is_a_duplicate(void **state)
{
    struct talk *t = *state;
    wire_open(t);
    int data = talk_leaves(t, SERVER, ACK, 5001, 1001, 10);
    assert_int_equal(talk_arrives(t, data), 0);
    assert_int_equal(talk_arrives(t, data), IS_DUPLICATE);
    const struct farewell *f = talk_end(t);
    assert_int_equal(f->ends[SERVER].segments, 2);
    assert_int_equal(f->ends[SERVER].bytes, 10);
}

/* With one place of capture nobody knows. */
static void
no_segment_is_a_duplicate_where_one_end_is_not_watched(void **state)
{
    struct talk *t = *state;
    talk_open(t);
    says(t, CLIENT, ACK, 1001, 5001, 10);
    assert_int_equal(says(t, CLIENT, ACK, 1001, 5001, 10),
                     IS_DATA | IS_RETRANSMISSION);
}

/* ---- Identity ------------------------------------------------------------ */

static void
a_challenge_in_the_air_changes_nothing_until_it_is_answered(void **state)
{
    struct talk *t = *state;
    wire_open(t);
    int syn = talk_leaves(t, CLIENT, SYN, 9000, 0, 0);
    assert_true(t->seen.is & IS_CHALLENGE);
    assert_int_equal(talk_arrives(t, syn), IS_CHALLENGE);
    assert_states(t, STATE_ESTABLISHED, STATE_ESTABLISHED);
    int again = talk_leaves(t, CLIENT, SYN, 9000, 0, 0);
    int answer = talk_leaves(t, SERVER, SYN_ACK, 7000, 9001, 0);
    assert_int_equal(t->connection, 2);
    // The second copy belongs to what it began, though it left before.
    assert_int_equal(talk_arrives(t, again), IS_DUPLICATE);
    assert_int_equal(t->connection, 2);
    talk_arrives(t, answer);
    passes(t, CLIENT, ACK, 9001, 7001, 0);
    talk_end(t);
    assert_int_equal(t->farewell[1].opening, OPENING_THREE_WAY);
    assert_int_equal(t->farewell[1].ends[CLIENT].retransmitted, 1);
}

static void
what_arrives_after_its_ports_began_another_connection_is_late(void **state)
{
    struct talk *t = *state;
    wire_open(t);
    int data = talk_leaves(t, CLIENT, ACK, 1001, 5001, 10);
    passes(t, SERVER, RST, 5001, 0, 0);
    passes(t, CLIENT, SYN, 1005, 0, 0);
    assert_int_equal(t->connection, 2);
    assert_int_equal(talk_arrives(t, data), IS_LATE);
    assert_int_equal(t->connection, 0);
    passes(t, SERVER, SYN_ACK, 7000, 1006, 0);
    assert_states(t, STATE_ESTABLISHED, STATE_SYN_RECEIVED);
}

/* A copy of the SYN, held until the connection has ended, and answered. */
static void
the_answer_to_an_old_syn_is_no_capture_that_began_late(void **state)
{
    struct talk *t = *state;
    int syn = talk_leaves(t, CLIENT, SYN, 1000, 0, 0);
    talk_arrives(t, syn);
    passes(t, SERVER, SYN_ACK, 5000, 1001, 0);
    passes(t, CLIENT, ACK, 1001, 5001, 0);
    passes(t, CLIENT, FIN, 1001, 5001, 0);
    passes(t, SERVER, FIN, 5001, 1002, 0);
    passes(t, CLIENT, ACK, 1002, 5002, 0);
    for (int i = 0; i < 2; i++) {
        talk_wait(t, i * 3); // at once, and when it is forgotten
        talk_arrives(t, syn);
        passes(t, SERVER, SYN_ACK, 7000 + (uint32_t)i, 1001, 0);
        passes(t, CLIENT, RST, 1001, 0, 0);
    }
    talk_end(t);
    assert_int_equal(t->farewells, 3);
    assert_int_equal(t->farewell[1].opening, OPENING_INCOMPLETE);
    assert_int_equal(t->farewell[2].opening, OPENING_INCOMPLETE);
    assert_int_equal(t->farewell[2].reset_by, CLIENT);
}

static void
what_arrives_after_its_connection_was_let_go_is_late(void **state)
{
    struct talk *t = *state;
    wire_open(t);
    passes(t, CLIENT, FIN, 1001, 5001, 0);
    passes(t, SERVER, FIN, 5001, 1002, 0);
    int ack = talk_leaves(t, CLIENT, ACK, 1002, 5002, 0);
    talk_arrives(t, ack);
    talk_wait(t, 3);
    assert_int_equal(t->farewells, 1);
    assert_int_equal(talk_arrives(t, ack), IS_LATE); // its second copy
    talk_lost(t, ack);
    assert_int_equal(t->connection, 0);
}

#define CLAIM(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_a_clean_wire_all_is_as_with_one_place_of_capture),
        CLAIM(a_lost_syn_moves_only_its_sender),
        CLAIM(the_round_trip_begins_at_the_syn_that_is_answered),
        CLAIM(a_lost_handshake_ack_is_made_good_by_data),
        CLAIM(a_syn_that_came_and_was_not_answered_is_new_when_it_comes_again),
        CLAIM(the_round_trip_of_crossing_syns_ends_when_the_answer_arrives),
        CLAIM(a_syn_crosses_one_whose_refusal_is_lost),
        CLAIM(syns_that_cross_on_the_wire_open_simultaneously),
        CLAIM(an_old_syn_is_answered_reset_and_forgotten),
        CLAIM(fins_that_cross_on_the_wire_close_simultaneously),
        CLAIM(a_lost_fin_is_sent_again_and_the_close_keeps_its_name),
        CLAIM(a_lost_rst_resets_its_sender_alone),
        CLAIM(overtaken_data_is_out_of_order_for_its_receiver_alone),
        CLAIM(what_was_sent_again_in_vain_is_a_duplicate),
        CLAIM(the_second_copy_of_a_doubled_segment_is_a_duplicate),
        CLAIM(no_segment_is_a_duplicate_where_one_end_is_not_watched),
        CLAIM(a_challenge_in_the_air_changes_nothing_until_it_is_answered),
        CLAIM(what_arrives_after_its_ports_began_another_connection_is_late),
        CLAIM(the_answer_to_an_old_syn_is_no_capture_that_began_late),
        CLAIM(what_arrives_after_its_connection_was_let_go_is_late),
    };
    return RUN(tests);
}
