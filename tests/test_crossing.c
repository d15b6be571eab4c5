/* crossing: two names of one connection, and which frames are one. */
#include "claim.h"

#include <stdlib.h>

#include "../src/event/crossing.h"

enum {
    INSIDE = 0, // the client's wire
    OUTSIDE = 1
};

static struct endpoint
name(const char *text)
{
    struct endpoint endpoint;
    assert_true(endpoint_from_text(text, &endpoint));
    return endpoint;
}

static struct decoded
segment(const char *src, const char *dst, uint16_t flags, uint32_t seq)
{
    return (struct decoded){ .kind = DECODED_SEGMENT,
                             .segment = { .src = name(src),
                                          .dst = name(dst),
                                          .seq = seq,
                                          .flags = flags } };
}

/* A private client's SYN, as the router rewrites it, and the answer. */
static struct crossings *
opened(uint32_t client, uint32_t server)
{
    struct crossings *c = crossings_new();
    assert_non_null(c);
    struct decoded syn =
        segment("192.168.1.2:40000", "192.0.2.2:80", SEG_SYN, client);
    struct decoded rewritten =
        segment("192.0.2.1:61000", "192.0.2.2:80", SEG_SYN, client);
    assert_non_null(crossings_learn(c, INSIDE, &syn, &rewritten, false));
    struct decoded answer =
        segment("192.0.2.2:80", "192.168.1.2:40000", SEG_SYN | SEG_ACK, server);
    assert_non_null(crossings_learn(c, OUTSIDE, &answer, &answer, true));
    return c;
}

static void
assert_names(const struct endpoint *src, const struct endpoint *dst,
             const char *a, const char *b)
{
    struct endpoint one = name(a), two = name(b);
    assert_true(endpoint_equal(src, &one));
    assert_true(endpoint_equal(dst, &two));
}

static void
both_sides_know_it_by_the_openers_names(void **state)
{
    (void)state;
    struct crossings *c = opened(1000, 5000);
    struct endpoint src = name("192.0.2.2:80"), dst = name("192.0.2.1:61000");
    assert_true(crossings_rename(c, OUTSIDE, &src, &dst));
    assert_names(&src, &dst, "192.0.2.2:80", "192.168.1.2:40000");
    assert_true(crossings_rename(c, INSIDE, &src, &dst)); // they stay
    assert_names(&src, &dst, "192.0.2.2:80", "192.168.1.2:40000");
    crossings_free(c);
}

static void
a_name_of_the_other_wire_is_not_known_on_this_one(void **state)
{
    (void)state;
    struct crossings *c = opened(1000, 5000);
    struct endpoint src = name("192.0.2.2:80"), dst = name("192.0.2.1:61000");
    assert_false(crossings_rename(c, INSIDE, &src, &dst));
    assert_names(&src, &dst, "192.0.2.2:80", "192.0.2.1:61000");
    crossings_free(c);
}

static void
it_has_both_initial_numbers(void **state)
{
    (void)state;
    bool opens;
    struct crossings *c = opened(1000, 5000);
    struct endpoint src = name("192.168.1.2:40000"), dst = name("192.0.2.2:80");
    const struct crossing *known =
        crossings_find(c, INSIDE, &src, &dst, &opens);
    assert_non_null(known);
    assert_true(opens);
    assert_true(known->isn_known[ROLE_CLIENT] && known->isn_known[ROLE_SERVER]);
    assert_int_equal(known->isn[ROLE_CLIENT], 1000);
    assert_int_equal(known->isn[ROLE_SERVER], 5000);
    crossings_free(c);
}

static void
what_is_rewritten_goes_back_in_the_answer(void **state)
{
    (void)state;
    bool opens;
    struct crossings *c = opened(1000, 5000);
    struct endpoint src = name("192.168.1.2:40000"), dst = name("192.0.2.2:80");
    const struct crossing *known =
        crossings_find(c, INSIDE, &src, &dst, &opens);
    struct rewriting there = crossing_rewriting(known, true);
    struct rewriting back = crossing_rewriting(known, false);
    assert_names(&there.src, &there.dst, "192.168.1.2:40000", "192.0.2.2:80");
    assert_names(&there.new_src, &there.new_dst, "192.0.2.1:61000",
                 "192.0.2.2:80");
    assert_names(&back.src, &back.dst, "192.0.2.2:80", "192.0.2.1:61000");
    assert_names(&back.new_src, &back.new_dst, "192.0.2.2:80",
                 "192.168.1.2:40000");
    crossings_free(c);
}

static void
a_syn_is_known_again_by_its_number_alone(void **state)
{
    (void)state;
    struct decoded came =
        segment("192.168.1.2:40000", "192.0.2.2:80", SEG_SYN, 1000);
    struct decoded left =
        segment("192.0.2.1:61000", "192.0.2.2:80", SEG_SYN, 1000);
    struct decoded other =
        segment("192.0.2.1:61001", "192.0.2.2:80", SEG_SYN, 1001);
    assert_true(crossing_is_one(&came, &left, false));
    assert_false(crossing_is_one(&came, &other, false));
    assert_false(crossing_is_one(&came, &left, true)); // other names
}

static void
what_is_no_syn_is_known_by_both_numbers(void **state)
{
    (void)state;
    struct decoded came =
        segment("192.168.1.2:40000", "192.0.2.2:80", SEG_ACK, 1001);
    struct decoded left =
        segment("192.0.2.1:61000", "192.0.2.2:80", SEG_ACK, 1001);
    came.segment.ack = left.segment.ack = 5001;
    assert_true(crossing_is_one(&came, &left, false));
    left.segment.ack++;
    assert_false(crossing_is_one(&came, &left, false));
}

static void
a_reset_of_no_numbers_is_known_by_its_names_alone(void **state)
{
    (void)state;
    struct decoded came =
        segment("192.0.2.2:80", "192.0.2.1:61000", SEG_RST, 0);
    struct decoded left =
        segment("192.0.2.2:80", "192.168.1.2:40000", SEG_RST, 0);
    assert_false(crossing_is_one(&came, &left, false));
    assert_true(crossing_is_one(&came, &came, true));
}

static void
the_newest_of_equal_names_counts(void **state)
{
    (void)state;
    struct crossings *c = opened(1000, 5000);
    struct decoded syn =
        segment("192.168.1.3:40000", "192.0.2.2:80", SEG_SYN, 2000);
    struct decoded rewritten =
        segment("192.0.2.1:61000", "192.0.2.2:80", SEG_SYN, 2000);
    crossings_learn(c, INSIDE, &syn, &rewritten, false);
    struct endpoint src = name("192.0.2.2:80"), dst = name("192.0.2.1:61000");
    assert_true(crossings_rename(c, OUTSIDE, &src, &dst));
    assert_names(&src, &dst, "192.0.2.2:80", "192.168.1.3:40000");
    crossings_free(c);
}

static void
more_than_it_can_keep_only_costs_the_oldest(void **state)
{
    (void)state;
    struct crossings *c = opened(1000, 5000);
    struct decoded syn =
        segment("192.168.1.2:1", "192.0.2.2:81", SEG_SYN, 2000);
    struct decoded rewritten =
        segment("192.0.2.1:1", "192.0.2.2:81", SEG_SYN, 2000);
    for (int i = 1; i <= CROSSING_NAMES; i++) {
        syn.segment.src.port = rewritten.segment.src.port = (uint16_t)i;
        crossings_learn(c, INSIDE, &syn, &rewritten, false);
    }
    struct endpoint src = name("192.0.2.1:61000"), dst = name("192.0.2.2:80");
    assert_false(crossings_rename(c, OUTSIDE, &src, &dst));
    src = name("192.0.2.1:1");
    dst = name("192.0.2.2:81");
    assert_true(crossings_rename(c, OUTSIDE, &src, &dst));
    for (uint64_t id = 1; id <= CROSSING_WAITING + 1; id++)
        crossings_wait(c, &(struct waiting){ .id = id });
    assert_int_equal(crossings_waiting(c, 0)->id, 2);
    assert_null(crossings_waiting(c, CROSSING_WAITING));
    crossings_free(c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_know_it_by_the_openers_names),
        cmocka_unit_test(a_name_of_the_other_wire_is_not_known_on_this_one),
        cmocka_unit_test(it_has_both_initial_numbers),
        cmocka_unit_test(what_is_rewritten_goes_back_in_the_answer),
        cmocka_unit_test(a_syn_is_known_again_by_its_number_alone),
        cmocka_unit_test(what_is_no_syn_is_known_by_both_numbers),
        cmocka_unit_test(a_reset_of_no_numbers_is_known_by_its_names_alone),
        cmocka_unit_test(the_newest_of_equal_names_counts),
        cmocka_unit_test(more_than_it_can_keep_only_costs_the_oldest),
    };
    return RUN(tests);
}
