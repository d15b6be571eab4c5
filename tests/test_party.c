/* Which program stands at which end, learnt from what a stage tells. */
#include "claim.h"

#include "../src/event/party.h"

static struct endpoint
at(uint8_t host, uint16_t port)
{
    const uint8_t address[4] = { 192, 0, 2, host };
    return (struct endpoint){ address_ipv4(address), port };
}

static void
learn_listen(struct parties *p, const char *who, struct endpoint local)
{
    struct entry entry = { .kind = ENTRY_CALL,
                           .who = span_of(who),
                           .name = span_of("listen"),
                           .has_local = true,
                           .local = local };
    parties_learn(p, &entry);
}

static void
learn_connect(struct parties *p, const char *who, uint32_t tid,
              struct endpoint remote)
{
    struct entry entry = { .kind = ENTRY_CALL,
                           .who = span_of(who),
                           .tid = tid,
                           .name = span_of("connect"),
                           .has_remote = true,
                           .remote = remote };
    parties_learn(p, &entry);
}

static void
who_listens_and_who_connects_are_known(void **state)
{
    (void)state;
    struct endpoint client = at(1, 40000), server = at(2, 7000);
    struct parties *p = parties_new();
    learn_listen(p, "server", server);
    learn_connect(p, "client", 1, server);
    assert_string_equal(parties_find(p, &client, &server, true), "client");
    assert_string_equal(parties_find(p, &server, &client, false), "server");
    parties_free(p);
}

/* Neither listens; whoever's SYN came first opens. */
static void
two_that_connect_to_each_other_are_known(void **state)
{
    (void)state;
    struct endpoint client = at(1, 7000), server = at(2, 7000);
    for (int first = 0; first < 2; first++) {
        struct parties *p = parties_new();
        learn_connect(p, "client", 1, server);
        learn_connect(p, "server", 2, client);
        const char *one = parties_find(p, &client, &server, first == 0);
        const char *two = parties_find(p, &server, &client, first == 1);
        assert_non_null(one);
        assert_non_null(two);
        assert_string_equal(one, "client");
        assert_string_equal(two, "server");
        parties_free(p);
    }
}

static void
learn_bind(struct parties *p, const char *who, const char *name, int result)
{
    struct entry entry = { .kind = ENTRY_RETURN,
                           .who = span_of(who),
                           .name = span_of("bind"),
                           .argument_count = 2,
                           .arguments = { span_of("3"), span_of(name) },
                           .has_result = true,
                           .result = result };
    parties_learn(p, &entry);
}

/* Nobody told of its connect(); another program's is under way. */
static void
an_address_that_one_program_asked_for_is_its_own(void **state)
{
    (void)state;
    struct endpoint bound = at(66, 40000), other = at(1, 40000);
    struct endpoint server = at(2, 7000);
    struct parties *p = parties_new();
    learn_bind(p, "flood", "192.0.2.66:0", 0);
    learn_bind(p, "flood", "192.0.2.66:0", 0);
    learn_connect(p, "client", 1, server);
    assert_string_equal(parties_find(p, &bound, &server, true), "flood");
    assert_string_equal(parties_find(p, &other, &server, true), "client");
    learn_bind(p, "client", "192.0.2.66:0", 0); // now it is two programs'
    assert_string_equal(parties_find(p, &bound, &server, true), "client");
    parties_free(p);
}

static void
no_address_is_anybodys_by_a_bind_that_failed_or_named_none(void **state)
{
    (void)state;
    struct endpoint bound = at(66, 40000), server = at(2, 7000);
    const char *const names[] = { "0.0.0.0:0", "192.0.2.66", "", "*",
                                  "192.0.2.66:7000" };
    struct parties *p = parties_new();
    learn_bind(p, "flood", "192.0.2.66:0", -1);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        learn_bind(p, "flood", names[i], 0);
    assert_null(parties_find(p, &bound, &server, true));
    parties_free(p);
}

static void
who_connects_elsewhere_is_nobody(void **state)
{
    (void)state;
    struct endpoint client = at(1, 7000), server = at(2, 7000);
    struct endpoint elsewhere = at(3, 7000);
    struct parties *p = parties_new();
    learn_connect(p, "client", 1, elsewhere);
    assert_null(parties_find(p, &client, &server, true));
    assert_null(parties_find(p, &client, &server, false));
    parties_free(p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_listens_and_who_connects_are_known),
        cmocka_unit_test(two_that_connect_to_each_other_are_known),
        cmocka_unit_test(an_address_that_one_program_asked_for_is_its_own),
        cmocka_unit_test(
            no_address_is_anybodys_by_a_bind_that_failed_or_named_none),
        cmocka_unit_test(who_connects_elsewhere_is_nobody),
    };
    return RUN(tests);
}
