/* reader: the cursor that remembers running out. */
#include "claim.h"

#include "../capture/reader.h"

static const uint8_t octets[] = { 1, 2, 3, 4, 5 };

static void
network_order_has_the_high_octet_first(void **state)
{
    (void)state;
    struct reader r = reader_over(octets, sizeof octets);
    assert_int_equal(reader_u16(&r), 0x0102);
    assert_int_equal(reader_u8(&r), 3);
    assert_int_equal(reader_left(&r), 2);
}

static void
little_order_has_the_low_octet_first(void **state)
{
    (void)state;
    struct reader r = reader_over(octets, sizeof octets);
    assert_int_equal(reader_u32_little(&r), 0x04030201);
}

static void
a_read_past_the_end_gives_0_and_is_remembered(void **state)
{
    (void)state;
    struct reader r = reader_over(octets, sizeof octets);
    reader_skip(&r, 3);
    assert_int_equal(reader_u32(&r), 0);
    assert_true(r.short_read);
    assert_int_equal(reader_left(&r), 0);
    assert_int_equal(reader_u8(&r), 0);
}

static void
reading_exactly_to_the_end_is_not_short(void **state)
{
    (void)state;
    struct reader r = reader_over(octets, sizeof octets);
    assert_ptr_equal(reader_take(&r, 5), octets);
    assert_false(r.short_read);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(network_order_has_the_high_octet_first),
        cmocka_unit_test(little_order_has_the_low_octet_first),
        cmocka_unit_test(a_read_past_the_end_gives_0_and_is_remembered),
        cmocka_unit_test(reading_exactly_to_the_end_is_not_short),
    };
    return RUN(tests);
}
