/* decode: every layer, by named packets, whole and cut anywhere. */
#include "claim.h"

#include "../capture/decode.h"
#include "../capture/fragment.h"
#include "../capture/option.h"
#include "guard.h"
#include "packets.h"

static struct decoded
decode(enum packet_name name)
{
    struct packet packet = packet_named(name);
    struct decoded decoded;
    decode_packet(&packet, &decoded);
    return decoded;
}

static void
assert_address(const struct address *address, const char *expected)
{
    char text[ADDRESS_TEXT];
    address_to_text(address, text);
    assert_string_equal(text, expected);
}

/* ---- The TCP header ----------------------------------------------------- */

static void
a_syn_gives_its_header_and_all_its_options(void **state)
{
    (void)state;
    struct decoded d = decode(PACKET_SYN);
    assert_int_equal(d.kind, DECODED_SEGMENT);
    assert_address(&d.segment.src.address, "192.0.2.1");
    assert_address(&d.segment.dst.address, "198.51.100.2");
    assert_int_equal(d.segment.src.port, 40000);
    assert_int_equal(d.segment.dst.port, 80);
    assert_int_equal(d.segment.seq, 1000);
    assert_int_equal(d.segment.flags, SEG_SYN);
    assert_int_equal(d.segment.wnd, 64240);
    assert_int_equal(d.segment.len, 1);
    assert_int_equal(d.segment.data_length, 0);
    assert_int_equal(segment_window_shift(&d.segment), 7);
}

static void
syn_and_fin_each_take_one_sequence_number(void **state)
{
    (void)state;
    assert_int_equal(decode(PACKET_SYN).segment.len, 1);
    assert_int_equal(decode(PACKET_FIN).segment.len, 1);
    assert_int_equal(decode(PACKET_ACK).segment.len, 0);
    assert_int_equal(decode(PACKET_DATA).segment.len, 7);
    assert_int_equal(decode(PACKET_FAST_OPEN).segment.len, 4);
}

static void
ethernet_padding_is_not_data(void **state)
{
    (void)state;
    struct decoded d = decode(PACKET_PADDED_ACK);
    assert_int_equal(d.segment.data_length, 0);
    assert_int_equal(d.segment.data_bytes, 0);
}

static void
all_nine_flags_are_read(void **state)
{
    (void)state;
    assert_int_equal(decode(PACKET_SYN_ECN).segment.flags,
                     SEG_SYN | SEG_ECE | SEG_CWR | SEG_AE);
    struct decoded d = decode(PACKET_URGENT);
    assert_int_equal(d.segment.flags, SEG_PSH | SEG_ACK | SEG_URG);
    assert_int_equal(d.segment.up, 1);
}

static void
a_broken_header_is_malformed_and_says_why(void **state)
{
    (void)state;

    static const struct {
        enum packet_name name;
        const char *why;
    } rows[] = {
        { PACKET_DATA_OFFSET_4, "a data offset below the minimum of 5 words" },
        { PACKET_DATA_OFFSET_15,
          "a data offset beyond the end of the segment" },
        { PACKET_TOTAL_LENGTH_SHORT,
          "an IPv4 total length below the header's own length" },
        { PACKET_IHL_4, "an IPv4 header length below the minimum of 5 words" },
        { PACKET_VERSION_5, "an IPv4 header whose version is not 4" },
        { PACKET_TCP_TOO_SHORT,
          "a datagram too short for a TCP header of 20 octets" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct decoded d = decode(rows[i].name);
        assert_int_equal(d.kind, DECODED_MALFORMED);
        assert_string_equal(d.what, rows[i].why);
    }
}

static void
a_header_cut_in_its_options_still_gives_flags_and_numbers(void **state)
{
    (void)state;
    struct packet packet = packet_named(PACKET_SYN);
    struct decoded d;
    packet.captured = 14 + 20 + 24; // into the options
    decode_packet(&packet, &d);
    assert_int_equal(d.kind, DECODED_SEGMENT);
    assert_true(d.segment.options_cut);
    assert_int_equal(d.segment.options_bytes, 4);
    assert_int_equal(d.segment.seq, 1000);
    assert_int_equal(d.segment.flags, SEG_SYN);
    assert_int_equal(d.segment.wnd, 64240);
}

static void
with_a_cut_payload_the_length_comes_from_ip(void **state)
{
    (void)state;
    struct packet packet = packet_named(PACKET_DATA);
    struct decoded d;
    packet.captured -= 5;
    decode_packet(&packet, &d);
    assert_int_equal(d.segment.data_length, 7);
    assert_int_equal(d.segment.data_bytes, 2);
}

/* ---- Options ------------------------------------------------------------ */

static struct option
find_option(const struct segment *segment, uint8_t kind)
{
    struct reader r = segment_options(segment);
    struct option option;
    const char *why;
    while (option_next(&r, &option, &why))
        if (option.kind == kind)
            return option;
    fail_msg("no option %u", kind);
    return option;
}

static void
options_a_lab_meets_are_read(void **state)
{
    (void)state;
    struct decoded syn = decode(PACKET_SYN), sack = decode(PACKET_SACK);
    struct decoded uto = decode(PACKET_USER_TIMEOUT_MD5);
    struct decoded open = decode(PACKET_FAST_OPEN);
    assert_int_equal(find_option(&syn.segment, OPTION_MSS).mss, 1460);
    assert_int_equal(find_option(&syn.segment, OPTION_TIMESTAMPS).value, 1);
    struct option blocks = find_option(&sack.segment, OPTION_SACK);
    assert_int_equal(blocks.sack_count, 1);
    assert_int_equal(blocks.sack[0].left, 2001);
    assert_int_equal(blocks.sack[0].right, 3001);
    assert_int_equal(
        find_option(&uto.segment, OPTION_USER_TIMEOUT).user_timeout_s, 600);
    assert_int_equal(find_option(&uto.segment, OPTION_MD5).length, 18);
    assert_int_equal(find_option(&open.segment, OPTION_FAST_OPEN).length, 10);
}

static const char *
why_options_end(enum packet_name name)
{
    struct decoded d = decode(name);
    assert_int_equal(d.kind, DECODED_SEGMENT);
    struct reader r = segment_options(&d.segment);
    struct option option;
    const char *why;
    while (option_next(&r, &option, &why))
        ;
    return why;
}

static void
an_empty_packet_is_cut_in_its_link_header(void **state)
{
    (void)state;
    struct packet packet = packet_named(PACKET_ACK);
    struct decoded d;
    packet.captured = packet.original = 0;
    decode_packet(&packet, &d);
    assert_int_equal(d.kind, DECODED_MALFORMED);
    assert_string_equal(d.what, "the capture is cut inside the link header");
}

static void
a_lying_option_ends_the_list_with_a_reason(void **state)
{
    (void)state;
    assert_string_equal(why_options_end(PACKET_OPTION_LENGTH_0),
                        "an option length below 2");
    assert_string_equal(why_options_end(PACKET_OPTION_BEYOND_END),
                        "an option longer than the header");
    assert_null(why_options_end(PACKET_SYN));
}

static void
a_window_shift_above_14_counts_as_14(void **state)
{
    (void)state;
    static const uint8_t options[] = { 3, 3, 255, 0 };
    struct segment segment = { .options = options,
                               .options_bytes = sizeof options };
    assert_int_equal(segment_window_shift(&segment), 14);
    segment.options_bytes = 0;
    assert_int_equal(segment_window_shift(&segment), -1);
}

/* ---- Below TCP ---------------------------------------------------------- */

static void
every_link_layer_gives_the_same_segment(void **state)
{
    (void)state;

    static const enum packet_name acks[] = {
        PACKET_ACK,      PACKET_PADDED_ACK, PACKET_TWO_VLANS,
        PACKET_SNAP,     PACKET_ACK_SLL,    PACKET_ACK_SLL2,
        PACKET_ACK_NULL, PACKET_ACK_LOOP,   PACKET_ACK_RAW,
    };

    for (size_t i = 0; i < sizeof acks / sizeof acks[0]; i++) {
        struct decoded d = decode(acks[i]);
        assert_int_equal(d.kind, DECODED_SEGMENT);
        assert_address(&d.segment.src.address, "192.0.2.1");
        assert_int_equal(d.segment.seq, 1001);
        assert_int_equal(d.segment.ack, 5001);
        assert_int_equal(d.segment.flags, SEG_ACK);
        assert_int_equal(d.checksum, CHECKSUM_RIGHT);
    }
}

static void
ipv6_is_found_behind_every_link_and_extension_header(void **state)
{
    (void)state;

    static const enum packet_name syns[] = {
        PACKET_SYN_IPV6,      PACKET_IPV6_EXTENSIONS,
        PACKET_SYN_RAW_IPV6,  PACKET_IPV6_ATOMIC_FRAGMENT,
        PACKET_SYN_NULL_IPV6,
    };

    for (size_t i = 0; i < sizeof syns / sizeof syns[0]; i++) {
        struct decoded d = decode(syns[i]);
        assert_int_equal(d.kind, DECODED_SEGMENT);
        assert_address(&d.segment.dst.address, "2001:db8::2");
        assert_int_equal(d.segment.seq, 1000);
        assert_int_equal(d.checksum, CHECKSUM_RIGHT);
    }
}

static void
a_total_length_of_0_means_all_of_the_frame(void **state)
{
    (void)state;
    assert_int_equal(decode(PACKET_TSO).segment.data_length, 32);
}

static void
what_is_not_looked_into_is_named(void **state)
{
    (void)state;

    static const struct {
        enum packet_name name;
        const char *what;
    } rows[] = {
        { PACKET_MPLS, "MPLS" },
        { PACKET_GRE, "GRE tunnel" },
        { PACKET_SPANNING_TREE, "802.2 LLC: spanning tree" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct decoded d = decode(rows[i].name);
        assert_int_equal(d.kind, DECODED_OTHER);
        assert_string_equal(d.what, rows[i].what);
    }
}

static void
an_unknown_link_type_is_named_by_its_number(void **state)
{
    (void)state;
    struct packet packet = packet_named(PACKET_ACK);
    struct decoded d;
    packet.link_type = 999;
    decode_packet(&packet, &d);
    assert_int_equal(d.kind, DECODED_OTHER);
    assert_int_equal(d.number, 999);
}

static void
an_icmp_error_names_the_segment_it_quotes(void **state)
{
    (void)state;
    struct decoded d = decode(PACKET_PORT_UNREACHABLE);
    assert_int_equal(d.kind, DECODED_ICMP);
    assert_string_equal(d.icmp.name, "destination unreachable: port");
    assert_true(d.icmp.quotes_segment);
    assert_int_equal(d.icmp.quoted_src.port, 40000);
    assert_int_equal(d.icmp.quoted_dst.port, 80);
    assert_int_equal(d.icmp.quoted_seq, 1000);
    assert_string_equal(d.icmp.error, "port-unreachable");
    assert_false(decode(PACKET_ECHO_REQUEST).icmp.quotes_segment);
    assert_null(decode(PACKET_ECHO_REQUEST).icmp.error);
}

static void
an_icmp_error_names_the_datagram_it_quotes(void **state)
{
    (void)state;
    struct decoded d = decode(PACKET_UDP_UNREACHABLE);
    assert_int_equal(d.kind, DECODED_ICMP);
    assert_true(d.icmp.quotes_datagram);
    assert_false(d.icmp.quotes_segment);
    assert_int_equal(d.icmp.quoted_src.port, 40000);
    assert_int_equal(d.icmp.quoted_dst.port, 53);
}

static void
udp_and_arp_are_read(void **state)
{
    (void)state;
    struct decoded udp = decode(PACKET_UDP), arp = decode(PACKET_ARP_REQUEST);
    assert_int_equal(udp.kind, DECODED_DATAGRAM);
    assert_int_equal(udp.udp.dst.port, 53);
    assert_int_equal(udp.udp.data_length, 5);
    assert_int_equal(arp.kind, DECODED_ARP);
    assert_int_equal(arp.arp.operation, 1);
    assert_address(&arp.arp.target, "192.0.2.9");
}

/* ---- Fragments ---------------------------------------------------------- */

static void
assert_reassembled(const struct datagram *whole)
{
    struct decoded d;
    decode_datagram(whole, &d);
    assert_int_equal(d.kind, DECODED_SEGMENT);
    assert_int_equal(d.segment.data_length, 16);
    assert_memory_equal(d.segment.data, "0123456789abcdef", 16);
    assert_int_equal(d.checksum, CHECKSUM_RIGHT);
}

static void
two_pieces_make_a_segment_in_either_order(void **state)
{
    (void)state;
    struct decoded first = decode(PACKET_FRAGMENT_FIRST);
    struct decoded last = decode(PACKET_FRAGMENT_LAST);
    assert_int_equal(first.kind, DECODED_FRAGMENT);
    struct fragments *fragments = fragments_new();
    struct datagram whole;
    assert_false(fragments_add(fragments, 0, &first.fragment, &whole));
    assert_true(fragments_add(fragments, 1, &last.fragment, &whole));
    assert_reassembled(&whole);
    assert_false(fragments_add(fragments, 2, &last.fragment, &whole));
    assert_true(fragments_add(fragments, 3, &first.fragment, &whole));
    assert_reassembled(&whole);
    fragments_free(fragments);
}

static void
a_copy_of_a_piece_changes_nothing(void **state)
{
    (void)state;
    struct decoded first = decode(PACKET_FRAGMENT_FIRST);
    struct decoded last = decode(PACKET_FRAGMENT_LAST);
    struct fragments *fragments = fragments_new();
    struct datagram whole;
    assert_false(fragments_add(fragments, 0, &first.fragment, &whole));
    assert_false(fragments_add(fragments, 0, &first.fragment, &whole));
    assert_true(fragments_add(fragments, 1, &last.fragment, &whole));
    assert_reassembled(&whole);
    fragments_free(fragments);
}

static void
overlapping_pieces_make_nothing(void **state)
{
    (void)state;
    static const uint8_t other[24] = "these octets differ";
    struct decoded first = decode(PACKET_FRAGMENT_FIRST);
    struct decoded last = decode(PACKET_FRAGMENT_LAST);
    struct fragments *fragments = fragments_new();
    struct datagram whole, liar = first.fragment;
    liar.payload = other;
    assert_false(fragments_add(fragments, 0, &first.fragment, &whole));
    assert_false(fragments_add(fragments, 0, &liar, &whole));
    assert_false(fragments_add(fragments, 1, &last.fragment, &whole));
    fragments_free(fragments);
}

static void
a_piece_beyond_the_end_makes_nothing(void **state)
{
    (void)state;
    struct decoded first = decode(PACKET_FRAGMENT_FIRST);
    struct decoded last = decode(PACKET_FRAGMENT_LAST);
    struct fragments *fragments = fragments_new();
    struct datagram whole, beyond = first.fragment;
    // As many octets as the missing ones, but behind the last piece.
    last.fragment.fragment_offset = 56;
    beyond.fragment_offset = 80;
    beyond.length = beyond.captured = 24;
    assert_false(fragments_add(fragments, 0, &first.fragment, &whole));
    assert_false(fragments_add(fragments, 1, &last.fragment, &whole));
    assert_false(fragments_add(fragments, 2, &beyond, &whole));
    beyond.fragment_offset = 104;
    beyond.length = beyond.captured = 8;
    assert_false(fragments_add(fragments, 3, &beyond, &whole));
    fragments_free(fragments);
}

static void
pieces_older_than_a_minute_are_forgotten(void **state)
{
    (void)state;
    struct decoded first = decode(PACKET_FRAGMENT_FIRST);
    struct decoded last = decode(PACKET_FRAGMENT_LAST);
    struct fragments *fragments = fragments_new();
    struct datagram whole;
    assert_false(fragments_add(fragments, 0, &first.fragment, &whole));
    assert_false(fragments_add(fragments, 61000000000, &last.fragment, &whole));
    fragments_free(fragments);
}

static void
a_flood_of_first_pieces_is_bounded(void **state)
{
    (void)state;
    struct decoded first = decode(PACKET_FRAGMENT_FIRST);
    struct decoded last = decode(PACKET_FRAGMENT_LAST);
    struct fragments *fragments = fragments_new();
    struct datagram whole;
    for (uint32_t i = 0; i < 10 * FRAGMENT_DATAGRAMS; i++) {
        first.fragment.identification = i;
        assert_false(fragments_add(fragments, i, &first.fragment, &whole));
    }
    // The newest ones are kept.
    last.fragment.identification = 10 * FRAGMENT_DATAGRAMS - 1;
    assert_true(fragments_add(fragments, 1000, &last.fragment, &whole));
    fragments_free(fragments);
}

/* ---- Hostile ------------------------------------------------------------ */

/* Look at everything a decoded packet offers. */
static void
read_everything(const struct decoded *d)
{
    struct option option;
    const char *why;
    uint32_t sum = 0;
    if (d->kind != DECODED_SEGMENT)
        return;
    struct reader r = segment_options(&d->segment);
    while (option_next(&r, &option, &why))
        for (int i = 0; option.content && i < option.length - 2; i++)
            sum += option.content[i];
    for (uint32_t i = 0; i < d->segment.data_bytes; i++)
        sum += d->segment.data[i];
    assert_true(sum < UINT32_MAX);
}

static void
every_prefix_of_every_packet_is_read_within_bounds(void **state)
{
    (void)state;
    struct guard guard = guard_new(2048);
    for (int name = 0; name < PACKETS; name++) {
        struct packet packet = packet_named((enum packet_name)name);
        const uint8_t *octets = packet.octets;
        for (uint32_t n = 0; n <= packet.original; n++) {
            struct decoded d;
            packet.captured = n;
            packet.octets = guard_copy(&guard, octets, n);
            decode_packet(&packet, &d);
            read_everything(&d);
        }
    }
    guard_free(&guard);
}

static void
every_octet_of_every_packet_may_lie(void **state)
{
    (void)state;
    static const uint8_t lies[] = { 0x00, 0x01, 0x0f, 0x45, 0x7f, 0x80, 0xff };
    struct guard guard = guard_new(2048);
    uint8_t octets[2048];
    for (int name = 0; name < PACKETS; name++) {
        struct packet packet = packet_named((enum packet_name)name);
        const uint8_t *original = packet.octets;
        for (size_t i = 0; i < packet.captured * sizeof lies; i++) {
            struct decoded d;
            memcpy(octets, original, packet.captured);
            octets[i / sizeof lies] = lies[i % sizeof lies];
            packet.octets = guard_copy(&guard, octets, packet.captured);
            decode_packet(&packet, &d);
            read_everything(&d);
        }
    }
    guard_free(&guard);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_syn_gives_its_header_and_all_its_options),
        cmocka_unit_test(syn_and_fin_each_take_one_sequence_number),
        cmocka_unit_test(ethernet_padding_is_not_data),
        cmocka_unit_test(all_nine_flags_are_read),
        cmocka_unit_test(a_broken_header_is_malformed_and_says_why),
        cmocka_unit_test(
            a_header_cut_in_its_options_still_gives_flags_and_numbers),
        cmocka_unit_test(with_a_cut_payload_the_length_comes_from_ip),
        cmocka_unit_test(options_a_lab_meets_are_read),
        cmocka_unit_test(an_empty_packet_is_cut_in_its_link_header),
        cmocka_unit_test(a_lying_option_ends_the_list_with_a_reason),
        cmocka_unit_test(a_window_shift_above_14_counts_as_14),
        cmocka_unit_test(every_link_layer_gives_the_same_segment),
        cmocka_unit_test(ipv6_is_found_behind_every_link_and_extension_header),
        cmocka_unit_test(a_total_length_of_0_means_all_of_the_frame),
        cmocka_unit_test(what_is_not_looked_into_is_named),
        cmocka_unit_test(an_unknown_link_type_is_named_by_its_number),
        cmocka_unit_test(an_icmp_error_names_the_segment_it_quotes),
        cmocka_unit_test(an_icmp_error_names_the_datagram_it_quotes),
        cmocka_unit_test(udp_and_arp_are_read),
        cmocka_unit_test(two_pieces_make_a_segment_in_either_order),
        cmocka_unit_test(a_copy_of_a_piece_changes_nothing),
        cmocka_unit_test(overlapping_pieces_make_nothing),
        cmocka_unit_test(a_piece_beyond_the_end_makes_nothing),
        cmocka_unit_test(pieces_older_than_a_minute_are_forgotten),
        cmocka_unit_test(a_flood_of_first_pieces_is_bounded),
        cmocka_unit_test(every_prefix_of_every_packet_is_read_within_bounds),
        cmocka_unit_test(every_octet_of_every_packet_may_lie),
    };
    return RUN(tests);
}
