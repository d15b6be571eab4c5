/* seq and gaps: numbers on a circle, and holes among them. */
#include "claim.h"

#include "../capture/gaps.h"
#include "../capture/seq.h"

static void
order_survives_the_wrap(void **state)
{
    (void)state;
    assert_true(seq_before(0xfffffff0, 0x10));
    assert_true(seq_after(0x10, 0xfffffff0));
    assert_false(seq_before(5, 5));
    assert_true(seq_at_or_before(5, 5));
    assert_int_equal(seq_max(0xfffffff0, 0x10), 0x10);
}

static void
a_window_may_contain_the_wrap(void **state)
{
    (void)state;
    assert_true(seq_within(0xffffffff, 0xfffffff0, 0x20));
    assert_true(seq_within(0x0f, 0xfffffff0, 0x20));
    assert_false(seq_within(0x10, 0xfffffff0, 0x20));
    assert_false(seq_within(0xffffffef, 0xfffffff0, 0x20));
}

static void
what_fills_a_gap_is_new_and_what_does_not_is_old(void **state)
{
    (void)state;
    struct gaps gaps = { 0 };
    gaps_open(&gaps, 100, 200);
    assert_false(gaps_fill(&gaps, 50, 100));
    assert_false(gaps_fill(&gaps, 200, 300));
    assert_true(gaps_fill(&gaps, 100, 200));
    assert_int_equal(gaps.count, 0);
    assert_false(gaps_fill(&gaps, 100, 200));
}

static void
filling_the_middle_leaves_two_gaps(void **state)
{
    (void)state;
    struct gaps gaps = { 0 };
    gaps_open(&gaps, 100, 200);
    assert_true(gaps_fill(&gaps, 140, 160));
    assert_int_equal(gaps.count, 2);
    assert_int_equal(gaps.gap[0].right, 140);
    assert_int_equal(gaps.gap[1].left, 160);
    assert_false(gaps_fill(&gaps, 140, 160));
}

static void
one_segment_may_fill_many_gaps_across_the_wrap(void **state)
{
    (void)state;
    struct gaps gaps = { 0 };
    gaps_open(&gaps, 0xffffff00, 0xffffff10);
    gaps_open(&gaps, 0xfffffff0, 0x10);
    gaps_open(&gaps, 0x20, 0x30);
    assert_true(gaps_fill(&gaps, 0xffffff08, 0x28));
    assert_int_equal(gaps.count, 2);
    assert_int_equal(gaps.gap[0].left, 0xffffff00);
    assert_int_equal(gaps.gap[0].right, 0xffffff08);
    assert_int_equal(gaps.gap[1].left, 0x28);
}

static void
the_lowest_gap_is_forgotten_when_there_are_too_many(void **state)
{
    (void)state;
    struct gaps gaps = { 0 };
    for (uint32_t i = 0; i < GAPS_MAX + 3; i++)
        gaps_open(&gaps, 100 * i, 100 * i + 50);
    assert_int_equal(gaps.count, GAPS_MAX);
    assert_false(gaps_fill(&gaps, 0, 50));
    assert_true(gaps_fill(&gaps, 300, 350));
    // Splitting one when all are taken forgets the lowest too.
    gaps_open(&gaps, 10000, 10050);
    assert_true(gaps_fill(&gaps, 10010, 10020));
    assert_int_equal(gaps.count, GAPS_MAX);
    assert_true(gaps_fill(&gaps, 10000, 10010));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_survives_the_wrap),
        cmocka_unit_test(a_window_may_contain_the_wrap),
        cmocka_unit_test(what_fills_a_gap_is_new_and_what_does_not_is_old),
        cmocka_unit_test(filling_the_middle_leaves_two_gaps),
        cmocka_unit_test(one_segment_may_fill_many_gaps_across_the_wrap),
        cmocka_unit_test(the_lowest_gap_is_forgotten_when_there_are_too_many),
    };
    return RUN(tests);
}
