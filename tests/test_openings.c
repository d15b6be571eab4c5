/* Where the next connection may be: the guesses, and in which order. */
#include "claim.h"

#include <stdio.h>

#include "../src/stage/openings.h"

static struct endpoint
at(uint16_t port)
{
    struct endpoint endpoint;
    char text[ENDPOINT_TEXT];
    snprintf(text, sizeof text, "192.0.2.1:%u", port);
    assert_true(endpoint_from_text(text, &endpoint));
    return endpoint;
}

enum {
    SERVER = 7004
};

static void
connects(struct openings *o, uint16_t port)
{
    struct endpoint client = at(port), server = at(SERVER);
    openings_learn(o, GAINED_BY_CONNECT, &client, &server);
}

static void
accepts(struct openings *o, uint16_t port)
{
    struct endpoint client = at(port), server = at(SERVER);
    openings_learn(o, GAINED_BY_ACCEPT, &server, &client);
}

/* The client's port of a guess; 0: there is none. */
static uint16_t
guess(const struct openings *o, enum gained by, int number)
{
    struct endpoint local, remote;
    if (!openings_guess(o, by, number, &local, &remote))
        return 0;
    const struct endpoint *client = by == GAINED_BY_CONNECT ? &local : &remote;
    const struct endpoint *server = by == GAINED_BY_CONNECT ? &remote : &local;
    assert_int_equal(server->port, SERVER);
    return client->port;
}

static void
nothing_is_guessed_of_the_first_one(void **state)
{
    (void)state;
    struct openings o = { 0 };
    assert_int_equal(guess(&o, GAINED_BY_CONNECT, 0), 0);
    assert_int_equal(guess(&o, GAINED_BY_ACCEPT, 0), 0);
}

static void
who_has_connected_is_accepted_next(void **state)
{
    (void)state;
    struct openings o = { 0 };
    connects(&o, 40000);
    connects(&o, 40006);
    assert_int_equal(guess(&o, GAINED_BY_ACCEPT, 0), 40000);
    assert_int_equal(guess(&o, GAINED_BY_ACCEPT, 1), 40006);
    accepts(&o, 40000);
    assert_int_equal(guess(&o, GAINED_BY_ACCEPT, 0), 40006);
}

static void
who_was_accepted_may_be_told_later(void **state)
{
    (void)state;
    struct openings o = { 0 };
    accepts(&o, 40000);
    assert_int_equal(guess(&o, GAINED_BY_CONNECT, 0), 40000);
}

static void
the_next_port_is_a_little_further_on(void **state)
{
    (void)state;
    struct openings o = { 0 };
    connects(&o, 40000);
    for (int i = 0; i < 8; i++)
        assert_int_equal(guess(&o, GAINED_BY_CONNECT, i), 40002 + 2 * i);
    assert_int_equal(guess(&o, GAINED_BY_CONNECT, 8), 0);
    accepts(&o, 40000);
    connects(&o, 40010); // somebody is ahead
    assert_int_equal(guess(&o, GAINED_BY_CONNECT, 0), 40012);
    assert_int_equal(guess(&o, GAINED_BY_ACCEPT, 0), 40010);
    assert_int_equal(guess(&o, GAINED_BY_ACCEPT, 1), 40002);
}

static void
who_is_never_accepted_is_forgotten(void **state)
{
    (void)state;
    struct openings o = { 0 };
    connects(&o, 30000);
    for (uint16_t port = 40000; port < 40006; port += 2) {
        assert_int_equal(guess(&o, GAINED_BY_ACCEPT, 0), 30000);
        connects(&o, port);
        accepts(&o, port);
    }
    assert_int_not_equal(guess(&o, GAINED_BY_ACCEPT, 0), 30000);
    assert_int_equal(o.half_count, 0);
}

static void
thousands_that_wait_do_no_harm(void **state)
{
    (void)state;
    struct openings o = { 0 };
    for (uint16_t port = 20000; port < 24000; port += 2)
        connects(&o, port);
    for (uint16_t port = 20000; port < 24000; port += 2)
        accepts(&o, port);
    connects(&o, 24000);
    assert_int_equal(guess(&o, GAINED_BY_ACCEPT, 0), 24000);
    assert_int_equal(guess(&o, GAINED_BY_CONNECT, 0), 24002);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_guessed_of_the_first_one),
        cmocka_unit_test(who_has_connected_is_accepted_next),
        cmocka_unit_test(who_was_accepted_may_be_told_later),
        cmocka_unit_test(the_next_port_is_a_little_further_on),
        cmocka_unit_test(who_is_never_accepted_is_forgotten),
        cmocka_unit_test(thousands_that_wait_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
