/* transit: frames on the way come out in order of time, and none is lost. */
#include "claim.h"

#include <stdlib.h>
#include <string.h>

#include "../src/wire/transit.h"

enum {
    MANY = 2000,
    BYTES = 60,
};

static const uint8_t octets[BYTES] = { 1, 2, 3 };

static struct flying *
enter(struct transit *f, uint64_t id, enum transit_stage stage, int64_t due_ns)
{
    struct flying *flying = transit_copy(f, octets, BYTES);
    assert_non_null(flying);
    flying->id = id;
    flying->stage = stage;
    flying->due_ns = due_ns;
    transit_enter(f, flying);
    return flying;
}

static void
take_out(struct transit *f, struct flying *flying)
{
    transit_leave(f, flying);
    transit_drop(f, flying);
}

static void
they_arrive_in_order_of_time_and_number(void **state)
{
    (void)state;
    srandom(1);
    struct transit *f = transit_new(MANY, MANY * BYTES);
    for (uint64_t id = 1; id <= MANY; id++)
        enter(f, id, TRANSIT_TIMED, random() % 100);
    int64_t due_ns = -1;
    uint64_t id = 0;
    int count = 0;
    for (struct flying *flying; (flying = transit_next(f)); count++) {
        assert_true(flying->due_ns > due_ns ||
                    (flying->due_ns == due_ns && flying->id > id));
        assert_memory_equal(flying->octets, octets, BYTES);
        due_ns = flying->due_ns;
        id = flying->id;
        take_out(f, flying);
    }
    assert_int_equal(count, MANY);
    transit_free(f);
}

static void
any_may_be_taken_out_of_their_middle(void **state)
{
    (void)state;
    srandom(2);
    struct transit *f = transit_new(MANY, MANY * BYTES);
    for (uint64_t id = 1; id <= MANY; id++)
        enter(f, id, id % 5 ? TRANSIT_TIMED : TRANSIT_HELD, random() % 1000);
    for (uint64_t id = 1; id <= MANY; id += 1 + (uint64_t)(random() % 3)) {
        struct flying *flying = transit_find(f, id);
        assert_int_equal(flying->id, id);
        take_out(f, flying);
        assert_null(transit_find(f, id));
    }
    int64_t due_ns = -1;
    for (struct flying *flying; (flying = transit_next(f));) {
        assert_true(flying->due_ns >= due_ns);
        due_ns = flying->due_ns;
        take_out(f, flying);
    }
    uint64_t before = 0;
    for (struct flying *flying; (flying = transit_oldest_held(f));) {
        assert_true(flying->id > before);
        before = flying->id;
        take_out(f, flying);
    }
    assert_null(transit_any(f));
    transit_free(f);
}

static void
there_is_room_for_so_many_frames_and_octets(void **state)
{
    (void)state;
    struct transit *f = transit_new(2, 3 * BYTES);
    struct flying *first = enter(f, 1, TRANSIT_TIMED, 0);
    enter(f, 2, TRANSIT_HELD, 0);
    assert_null(transit_copy(f, octets, 1));
    take_out(f, first);
    enter(f, 3, TRANSIT_TIMED, 0);
    transit_free(f);
    f = transit_new(9, 3 * BYTES - 1);
    enter(f, 1, TRANSIT_TIMED, 0);
    enter(f, 2, TRANSIT_TIMED, 0);
    assert_null(transit_copy(f, octets, BYTES));
    transit_free(f);
}

static void
only_later_ones_of_its_direction_overtake(void **state)
{
    (void)state;
    struct transit *f = transit_new(9, 9 * BYTES);
    enter(f, 5, TRANSIT_OVERTAKEN, 0)->overtaken = 2;
    transit_overtake(f, FROM_CLIENT, 4); // it was before
    transit_overtake(f, FROM_SERVER, 6); // it goes the other way
    transit_overtake(f, FROM_CLIENT, 7);
    assert_null(transit_overtaken(f));
    transit_overtake(f, FROM_CLIENT, 8);
    assert_int_equal(transit_overtaken(f)->id, 5);
    transit_free(f);
}

/* Do the held numbers 1000 to 1099 cover a segment? */
static bool
is_covered(uint32_t seq, uint32_t len, uint16_t port, uint32_t held)
{
    struct transit *f = transit_new(9, 9 * BYTES);
    struct flying *flying = transit_copy(f, octets, BYTES);
    struct segment segment = { .src.port = port, .seq = seq, .len = len };
    flying->id = 1;
    flying->stage = TRANSIT_HELD;
    flying->has_numbers = true;
    flying->src.port = 40000;
    flying->first = held;
    flying->end = held + 100;
    transit_enter(f, flying);
    bool covered = transit_holds(f, &segment);
    transit_free(f);
    return covered;
}

static void
what_is_held_covers_what_takes_no_other_numbers(void **state)
{
    (void)state;
    assert_true(is_covered(1000, 100, 40000, 1000));
    assert_true(is_covered(1010, 5, 40000, 1000));
    assert_true(is_covered(1099, 1, 40000, 1000));
    assert_false(is_covered(999, 5, 40000, 1000));
    assert_false(is_covered(1000, 101, 40000, 1000));
    assert_false(is_covered(1000, 100, 40001, 1000));  // another connection
    assert_false(is_covered(1010, 0, 40000, 1000));    // takes no numbers
    assert_true(is_covered(4, 10, 40000, 0xfffffff0)); // beyond the last number
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_arrive_in_order_of_time_and_number),
        cmocka_unit_test(any_may_be_taken_out_of_their_middle),
        cmocka_unit_test(there_is_room_for_so_many_frames_and_octets),
        cmocka_unit_test(only_later_ones_of_its_direction_overtake),
        cmocka_unit_test(what_is_held_covers_what_takes_no_other_numbers),
    };
    return RUN(tests);
}
