/* Lines and keys about UDP and ICMP: what they compare, and that it bites. */
#include "claim.h"

#include <stdio.h>
#include <string.h>

#include "../src/answer/expression.h"
#include "../src/expect/expectation.h"

/* ---- Stories ------------------------------------------------------------ */

enum thing {
    ASKS,    // the client sends a datagram
    ANSWERS, // the server does
    REFUSED, // the server's host sends port-unreachable
    NOBODY,  // it sends host-unreachable
    CALL,    // the client calls sendto
    RETURN,  // which returns 5
    RECV,    // the server's recvfrom returns 5
    BIND,    // the server's bind returned
    LOST,    // the wire loses what left just above
    ARRIVES, // or brings it
};

/* What happens, one thing a millisecond. */
struct happening {
    enum thing thing;
    uint16_t port;   // the client's
    uint32_t length; // of the data
};

typedef void take_fn(void *taker, const struct event *event);

static struct endpoint
at(uint16_t port)
{
    static const uint8_t home[4] = { 127, 0, 0, 1 };
    return (struct endpoint){ address_ipv4(home), port };
}

static void
tell_packet(const struct happening *h, struct event *event,
            struct decoded *decoded)
{
    bool asks = h->thing == ASKS, refuses = h->thing == NOBODY;
    event->decoded = decoded;
    if (asks || h->thing == ANSWERS) {
        event->kind = EVENT_DATAGRAM;
        decoded->kind = DECODED_DATAGRAM;
        decoded->udp = (struct udp){ .src = at(asks ? h->port : 7020),
                                     .dst = at(asks ? 7020 : h->port),
                                     .data_length = h->length };
        return;
    }
    event->kind = EVENT_ICMP;
    decoded->kind = DECODED_ICMP;
    decoded->icmp = (struct icmp){ .error = icmp_errors[refuses ? 1 : 2],
                                   .quotes_datagram = true,
                                   .quoted_src = at(h->port),
                                   .quoted_dst = at(7020) };
}

static void
tell_entry(enum thing thing, struct event *event, struct entry *entry)
{
    bool server = thing == RECV || thing == BIND;
    event->kind = thing == CALL ? EVENT_CALL : EVENT_RETURN;
    event->entry = entry;
    *entry = (struct entry){ .who = span_of(server ? "server" : "client"),
                             .name = span_of(server ? "recvfrom" : "sendto"),
                             .has_result = thing != CALL,
                             .result = thing == BIND ? 0 : 5 };
    if (thing != BIND)
        return;
    entry->name = span_of("bind");
    entry->argument_count = 2;
    entry->arguments[1] = span_of("0.0.0.0:7020");
}

static void
tell_fate(enum thing thing, struct event *event, struct entry *entry)
{
    event->kind = EVENT_FATE;
    event->entry = entry;
    *entry = (struct entry){ .fate = thing == LOST ? FATE_LOST : FATE_ARRIVED };
}

static void
tell(const struct happening *story, size_t count, take_fn *take, void *taker)
{
    for (size_t i = 0; i < count; i++) {
        struct decoded decoded = { 0 };
        struct entry entry;
        struct event event = { .number = i + 1,
                               .time_ns = (int64_t)(i + 1) * 1000000 };
        bool left = i + 1 < count && story[i + 1].thing >= LOST;
        struct flight flight = { .event = left ? i + 1 : i };
        if (left || story[i].thing >= LOST)
            event.flight = &flight;
        if (story[i].thing < CALL)
            tell_packet(&story[i], &event, &decoded);
        else if (story[i].thing < LOST)
            tell_entry(story[i].thing, &event, &entry);
        else
            tell_fate(story[i].thing, &event, &entry);
        take(taker, &event);
    }
}

#define STORY(...)                                                             \
    (const struct happening[]){ __VA_ARGS__ },                                 \
        sizeof((const struct happening[]){ __VA_ARGS__ }) /                    \
            sizeof(struct happening)

/* ---- Judging ------------------------------------------------------------ */

static void
take_expected(void *taker, const struct event *event)
{
    expectation_event(taker, event);
}

static struct expectation *
judge(const char *text, const struct happening *story, size_t count)
{
    struct expectation_error error;
    struct expectation *e = expectation_new(text, strlen(text), &error);
    if (!e)
        fail_msg("line %u: %s %s", error.line, error.reason, error.right);
    tell(story, count, take_expected, e);
    assert_true(expectation_judge(e));
    return e;
}

static void
assert_holds(const char *text, const struct happening *story, size_t count)
{
    struct expectation *e = judge(text, story, count);
    const struct expectation_line *failed = expectation_failure(e);
    if (failed)
        fail_msg("%s: %s", failed->text, failed->why);
    assert_int_equal(expectation_held(e), HELD_YES);
    expectation_free(e);
}

/* Exactly line `number` fails, and says `why`. */
static void
assert_fails(const char *text, const struct happening *story, size_t count,
             uint32_t number, const char *why)
{
    struct expectation *e = judge(text, story, count);
    const struct expectation_line *line;
    bool failed = false;
    for (size_t i = 0; (line = expectation_line(e, i)); i++) {
        if (line->held != HELD_NO)
            continue;
        failed = true;
        if (line->number != number || !strstr(line->why, why))
            fail_msg("line %u fails: %s: %s", line->number, line->text,
                     line->why);
    }
    assert_true(failed);
    expectation_free(e);
}

static const char question[] = "client sendto = 5\n"
                               "client > server UDP len 5\n"
                               "client < server UDP len 5\n";

static void
a_question_and_its_answer_hold(void **state)
{
    (void)state;
    assert_holds(question, STORY({ ASKS, 40000, 5 }, { RETURN, 0, 0 },
                                 { ANSWERS, 40000, 5 }));
}

static void
a_datagram_that_is_missing_or_other_fails_its_line(void **state)
{
    (void)state;
    assert_fails(question, STORY({ RETURN, 0, 0 }, { ASKS, 40000, 5 }), 3,
                 "No event shows this line.");
    assert_fails(
        question,
        STORY({ RETURN, 0, 0 }, { ASKS, 40000, 5 }, { ANSWERS, 40000, 4 }), 3,
        "Its len is 4, not 5.");
}

static void
one_datagram_more_is_an_extra_one(void **state)
{
    (void)state;
    assert_fails(question,
                 STORY({ RETURN, 0, 0 }, { ASKS, 40000, 5 },
                       { ANSWERS, 40000, 5 }, { ANSWERS, 40000, 6 }),
                 3, "server > client UDP len 6");
    assert_fails("client > server UDP",
                 STORY({ ASKS, 40000, 5 }, { ANSWERS, 40000, 5 }), 1,
                 "server > client UDP len 5");
}

static void
a_text_without_datagrams_lets_them_pass(void **state)
{
    (void)state;
    assert_holds("client sendto = 5\nnothing",
                 STORY({ RETURN, 0, 0 }, { ASKS, 40000, 5 }));
}

static void
an_icmp_error_goes_back_to_who_asked(void **state)
{
    (void)state;
    static const char text[] = "client > server UDP\n"
                               "client < server ICMP port-unreachable\n";
    assert_holds(text, STORY({ ASKS, 40000, 5 }, { REFUSED, 40000, 0 }));
    assert_holds("client > server UDP\nserver > client ICMP",
                 STORY({ ASKS, 40000, 5 }, { NOBODY, 40000, 0 }));
    assert_fails(text, STORY({ ASKS, 40000, 5 }, { NOBODY, 40000, 0 }), 2,
                 "It says host-unreachable, not port-unreachable.");
    assert_fails(text, STORY({ ASKS, 40000, 5 }), 2,
                 "No event shows this line.");
}

static void
blocks_tell_flows_apart(void **state)
{
    (void)state;
    static const char text[] = "client > server UDP len 1\n"
                               "connection 2:\n"
                               "client > server UDP len 2\n"
                               "client < server ICMP\n";
    assert_holds(text, STORY({ ASKS, 40000, 1 }, { ASKS, 40001, 2 },
                             { REFUSED, 40001, 0 }));
    assert_fails(text, STORY({ ASKS, 40000, 1 }, { ASKS, 40001, 2 }), 4,
                 "No event shows this line.");
}

static void
whose_port_is_bound_is_the_server(void **state)
{
    (void)state;
    static const char text[] = "client < server UDP len 7\nclient > server UDP";
    assert_holds(
        text, STORY({ BIND, 0, 0 }, { ANSWERS, 40000, 7 }, { ASKS, 40000, 5 }));
    assert_fails(text, STORY({ ANSWERS, 40000, 7 }, { ASKS, 40000, 5 }), 1,
                 "Its len is 5, not 7.");
}

static void
a_datagram_stands_between_its_call_and_what_it_lets_return(void **state)
{
    (void)state;
    assert_fails("client sendto\nclient > server UDP",
                 STORY({ ASKS, 40000, 5 }, { CALL, 0, 0 }), 2, "");
    assert_fails("client > server UDP\nserver recvfrom = 5",
                 STORY({ RECV, 0, 0 }, { ASKS, 40000, 5 }), 2, "");
}

static void
the_fate_of_a_datagram_is_judged(void **state)
{
    (void)state;
    static const char text[] = "client > server UDP lost";
    assert_holds(text, STORY({ ASKS, 40000, 5 }, { LOST, 0, 0 }));
    assert_fails(text, STORY({ ASKS, 40000, 5 }, { ARRIVES, 0, 0 }), 1,
                 "It was not lost: it arrived 1.000 ms after it left.");
}

static void
nothing_means_no_datagram_either(void **state)
{
    (void)state;
    static const char text[] = "client sendto\n"
                               "nothing until client sendto = 5\n"
                               "client sendto = 5\n"
                               "client > server UDP\n";
    assert_holds(text,
                 STORY({ CALL, 0, 0 }, { RETURN, 0, 0 }, { ASKS, 40000, 5 }));
    assert_fails(text,
                 STORY({ CALL, 0, 0 }, { ASKS, 40000, 5 }, { RETURN, 0, 0 }), 2,
                 "Here stands event 2, client > server UDP len 5.");
}

static void
a_datagram_has_no_numbers(void **state)
{
    (void)state;
    struct expectation_error error;
    static const char *const wrong[] = { "client > server UDP seq A",
                                         "client > server UDP win 1",
                                         "client < server ICMP len 5",
                                         "client < server ICMP unreachable" };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_null(expectation_new(wrong[i], strlen(wrong[i]), &error));
        assert_non_null(strstr(error.reason, "cannot stand here."));
    }
}

/* ---- Keys --------------------------------------------------------------- */

static void
take_fact(void *taker, const struct event *event)
{
    facts_add(taker, event);
}

/* Of a question of 5 octets, an answer of 7, and an error. */
static void
assert_answer(const char *key, const char *words)
{
    char room[256];
    struct text text = text_over(room, sizeof room - 1);
    struct expectation_error error;
    struct facts facts = { 0 };
    struct answer answer;
    struct expression *expression = expression_new(key, strlen(key), &error);
    assert_non_null(expression);
    tell(
        STORY({ ASKS, 40000, 5 }, { ANSWERS, 40000, 7 }, { REFUSED, 40000, 0 }),
        take_fact, &facts);
    facts_join(&facts);
    assert_true(expression_evaluate(expression, &facts, &answer));
    value_write(&text, &answer.values[0]);
    *text.next = '\0';
    assert_string_equal(room, words);
    answer_clear(&answer);
    expression_free(expression);
    facts_clear(&facts);
}

static void
keys_ask_datagrams_what_they_have(void **state)
{
    (void)state;
    assert_answer("len(client < server UDP)", "7");
    assert_answer("count(client > server UDP)", "1");
    assert_answer("count(client < server ICMP port-unreachable)", "1");
    assert_answer("count(client < server ICMP host-unreachable)", "0");
    assert_answer("port(local(client > server UDP))", "40000");
    assert_answer("time(client < server UDP) - time(client > server UDP)",
                  "1.000 ms");
    assert_answer("seq(client > server UDP)",
                  "not observable: A datagram has no such thing.");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_and_its_answer_hold),
        cmocka_unit_test(a_datagram_that_is_missing_or_other_fails_its_line),
        cmocka_unit_test(one_datagram_more_is_an_extra_one),
        cmocka_unit_test(a_text_without_datagrams_lets_them_pass),
        cmocka_unit_test(an_icmp_error_goes_back_to_who_asked),
        cmocka_unit_test(blocks_tell_flows_apart),
        cmocka_unit_test(whose_port_is_bound_is_the_server),
        cmocka_unit_test(
            a_datagram_stands_between_its_call_and_what_it_lets_return),
        cmocka_unit_test(the_fate_of_a_datagram_is_judged),
        cmocka_unit_test(nothing_means_no_datagram_either),
        cmocka_unit_test(a_datagram_has_no_numbers),
        cmocka_unit_test(keys_ask_datagrams_what_they_have),
    };
    return RUN(tests);
}
