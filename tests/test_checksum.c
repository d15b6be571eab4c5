/* checksum: three answers. */
#include "claim.h"

#include "../capture/decode.h"
#include "guard.h"
#include "packets.h"

static enum checksum_answer
answer(enum packet_name name)
{
    struct packet packet = packet_named(name);
    struct decoded decoded;
    decode_packet(&packet, &decoded);
    assert_int_equal(decoded.kind, DECODED_SEGMENT);
    return decoded.checksum;
}

static void
the_sum_of_rfc_1071_3_comes_out(void **state)
{
    (void)state;
    static const uint8_t example[] = { 0x00, 0x01, 0xf2, 0x03,
                                       0xf4, 0xf5, 0xf6, 0xf7 };
    assert_int_equal(checksum_sum(example, sizeof example), 0xddf2);
}

/* The plain way to write it, to compare with. */
static uint16_t
plain_sum(const uint8_t *octets, size_t bytes)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < bytes; i++) {
        sum += i % 2 ? octets[i] : (uint32_t)octets[i] << 8;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)sum;
}

static void
every_length_and_alignment_gives_the_plain_sum(void **state)
{
    (void)state;
    struct guard guard = guard_new(128);
    uint8_t octets[100];
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (uint8_t)(255 - i * 37);
    for (size_t n = 0; n <= sizeof octets; n++) {
        const uint8_t *copy = guard_copy(&guard, octets, n);
        assert_int_equal(checksum_sum(copy, n), plain_sum(octets, n));
    }
    guard_free(&guard);
}

static void
right_over_ipv4_and_ipv6_and_an_odd_length(void **state)
{
    (void)state;
    assert_int_equal(answer(PACKET_SYN), CHECKSUM_RIGHT);
    assert_int_equal(answer(PACKET_SYN_IPV6), CHECKSUM_RIGHT);
    assert_int_equal(answer(PACKET_DATA), CHECKSUM_RIGHT);
    assert_int_equal(answer(PACKET_PADDED_ACK), CHECKSUM_RIGHT);
}

static void
one_wrong_bit_is_wrong(void **state)
{
    (void)state;
    assert_int_equal(answer(PACKET_ODD_CHECKSUM_WRONG), CHECKSUM_WRONG);
}

static void
the_sum_of_the_pseudo_header_alone_is_partial(void **state)
{
    (void)state;
    struct packet packet = packet_named(PACKET_ACK);
    uint8_t octets[128];
    struct decoded decoded;
    memcpy(octets, packet.octets, packet.captured);
    // 192.0.2.1, 198.51.100.2, protocol 6, length 20, not complemented.
    uint32_t sum = 0xc000 + 0x0201 + 0xc633 + 0x6402 + 6 + 20;
    sum = (sum & 0xffff) + (sum >> 16);
    octets[14 + 20 + 16] = (uint8_t)(sum >> 8);
    octets[14 + 20 + 17] = (uint8_t)sum;
    packet.octets = octets;
    decode_packet(&packet, &decoded);
    assert_int_equal(decoded.checksum, CHECKSUM_PARTIAL);
}

static void
a_cut_segment_is_not_judged(void **state)
{
    (void)state;
    struct packet packet = packet_named(PACKET_DATA);
    struct decoded decoded;
    packet.captured -= 1;
    decode_packet(&packet, &decoded);
    assert_int_equal(decoded.checksum, CHECKSUM_UNKNOWN);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sum_of_rfc_1071_3_comes_out),
        cmocka_unit_test(every_length_and_alignment_gives_the_plain_sum),
        cmocka_unit_test(right_over_ipv4_and_ipv6_and_an_odd_length),
        cmocka_unit_test(one_wrong_bit_is_wrong),
        cmocka_unit_test(the_sum_of_the_pseudo_header_alone_is_partial),
        cmocka_unit_test(a_cut_segment_is_not_judged),
    };
    return RUN(tests);
}
