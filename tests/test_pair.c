/* Two captures of one conversation, laid together. */
#include "claim.h"

#include <stdlib.h>
#include <string.h>

#include "../capture/entry.h"
#include "../capture/frame.h"
#include "../capture/source.h"
#include "../src/pair/pair.h"
#include "command_line.h"
#include "scratch.h"
#include "two_views.h"

enum {
    ROWS = 1 << 14
};

/* A frame or a fate, as a pair gave it. */
struct row {
    int64_t time_ns;
    uint64_t id;
    bool is_frame;
    uint32_t interface;
    struct segment segment;
    enum checksum_answer checksum;
    enum fate fate;
};

static struct woven {
    struct row rows[ROWS];
    uint32_t count;
    struct pair_account account;
    struct pair_direction ways[PLACES]; // without their delays
    int64_t least_ns[PLACES], median_ns[PLACES], most_ns[PLACES];
    struct link_counts links;
    uint32_t translations;
    struct translation translation[4];
} woven;

static struct views views;

/* ---- Weaving ------------------------------------------------------------- */

static void
keep_row(const struct packet *packet)
{
    struct row *row = &woven.rows[woven.count++];
    struct decoded decoded;
    struct entry entry;
    assert_true(woven.count < ROWS);
    assert_int_equal(packet->frame, woven.count);
    *row = (struct row){ .time_ns = packet->time_ns, .id = packet->id };
    if (packet->link_type == LINK_ENTRY) {
        assert_true(entry_read(packet->octets, packet->captured, &entry));
        assert_int_equal(entry.kind, ENTRY_FATE);
        assert_true(entry.has_fate);
        row->time_ns = entry.time_ns;
        row->id = entry.frame_id;
        row->fate = entry.fate;
        return;
    }
    decode_packet(packet, &decoded);
    assert_int_equal(decoded.kind, DECODED_SEGMENT);
    row->is_frame = true;
    row->interface = packet->interface;
    row->segment = decoded.segment;
    row->checksum = decoded.checksum;
}

static void
keep_account(const struct pair *pair)
{
    woven.account = *pair_account(pair);
    woven.links = *woven.account.counts;
    for (int i = 0; i < PLACES && woven.account.directions[i]; i++) {
        woven.ways[i] = *woven.account.directions[i];
        woven.least_ns[i] = woven.ways[i].delays.least_ns;
        woven.median_ns[i] = delays_median(&woven.ways[i].delays);
        woven.most_ns[i] = woven.ways[i].delays.most_ns;
    }
    while (woven.translations < 4 &&
           pair_links_translation(woven.account.links, woven.translations,
                                  &woven.translation[woven.translations]))
        woven.translations++;
}

/* False: a capture could not be opened. */
static bool
weave(const char *client, const char *server)
{
    struct pair_options options = { .paths = { client, server },
                                    .connections = 1000 };
    struct source_error error;
    struct packet packet;
    const char *at;
    woven.count = woven.translations = 0;
    memset(woven.ways, 0, sizeof woven.ways);
    struct pair *pair = pair_open(&options, &error, &at);
    if (!pair)
        return false;
    while (pair_next(pair, &packet) == SOURCE_PACKET)
        keep_row(&packet);
    keep_account(pair);
    pair_close(pair);
    return true;
}

/* What holds of every pair: in order of time, and each number has its fates. */
static void
assert_sound(void)
{
    static uint8_t told[ROWS], due[ROWS];
    memset(told, 0, sizeof told);
    memset(due, 0, sizeof due);
    for (uint32_t i = 0; i < woven.count; i++) {
        const struct row *row = &woven.rows[i];
        assert_true(i == 0 || row->time_ns >= row[-1].time_ns);
        if (row->is_frame) {
            due[row->id] = row->id != 0;
            continue;
        }
        assert_true(due[row->id]);
        if (row->fate == FATE_DOUBLED)
            due[row->id]++;
        else
            told[row->id]++;
    }
    assert_memory_equal(told, due, sizeof told);
}

static void
weave_views(void)
{
    const char *paths[2];
    views_write(&views, "client.pcap", "server.pcap", paths);
    assert_true(weave(paths[0], paths[1]));
    assert_sound();
}

static const struct row *
frame_of(uint32_t seq, int nth)
{
    for (uint32_t i = 0; i < woven.count; i++)
        if (woven.rows[i].is_frame && woven.rows[i].segment.seq == seq &&
            nth-- == 0)
            return &woven.rows[i];
    fail_msg("no frame %u", seq);
    return NULL;
}

static int
fates_of(const struct row *frame, enum fate fate)
{
    int n = 0;
    for (uint32_t i = 0; i < woven.count; i++)
        n += !woven.rows[i].is_frame && woven.rows[i].id == frame->id &&
             woven.rows[i].fate == fate;
    return n;
}

static void
assert_way(enum place from, uint64_t sent, uint64_t arrived, uint64_t lost,
           uint64_t doubled, uint64_t overtaken)
{
    const struct pair_direction *d = &woven.ways[from];
    assert_int_equal(d->sent, sent);
    assert_int_equal(d->arrived, arrived);
    assert_int_equal(d->lost, lost);
    assert_int_equal(d->doubled, doubled);
    assert_int_equal(d->overtaken, overtaken);
    assert_int_equal(d->unseen, 0);
    assert_int_equal(d->backward, 0);
}

static int64_t
away(int64_t a, int64_t b)
{
    return llabs(a - b);
}

static int
begin(void **state)
{
    (void)state;
    views_begin(&views);
    return 0;
}

static int
end(void **state)
{
    (void)state;
    views_end(&views);
    return 0;
}

/* ---- The way ------------------------------------------------------------- */

static void
all_that_left_arrived_after_the_delay(void **state)
{
    (void)state;
    views_open(&views);
    goes(&views, CLIENT, SEG_ACK | SEG_PSH, 1001, 5001, 100);
    views_close(&views, 100, 0);
    weave_views();
    assert_way(PLACE_CLIENT, 5, 5, 0, 0, 0);
    assert_way(PLACE_SERVER, 3, 3, 0, 0, 0);
    assert_int_equal(woven.least_ns[PLACE_CLIENT], 40000000);
    assert_int_equal(woven.most_ns[PLACE_SERVER], 40000000);
    assert_int_equal(frame_of(5000, 0)->interface, PLACE_SERVER);
    assert_int_equal(frame_of(1001, 1)->interface, PLACE_CLIENT);
}

static void
a_lost_segment_is_lost_and_its_retransmission_is_not(void **state)
{
    (void)state;
    views_open(&views);
    goes_lost(&views, CLIENT, SEG_ACK | SEG_PSH, 1001, 5001, 100);
    views_wait(&views, 300);
    goes(&views, CLIENT, SEG_ACK | SEG_PSH, 1001, 5001, 100);
    views_wait(&views, 40);
    goes_lost(&views, SERVER, SEG_ACK, 5001, 1101, 0);
    views_close(&views, 100, 0);
    weave_views();
    assert_way(PLACE_CLIENT, 6, 5, 1, 0, 0);
    assert_way(PLACE_SERVER, 4, 3, 1, 0, 0);
    assert_int_equal(fates_of(frame_of(1001, 1), FATE_LOST), 1);
    assert_int_equal(fates_of(frame_of(1001, 2), FATE_ARRIVED), 1);
}

static void
without_timestamps_the_ip_identification_tells_which_copy_was_lost(void **state)
{
    (void)state;
    views.no_times = true;
    views_open(&views);
    goes(&views, CLIENT, SEG_ACK, 1001, 5001, 100);
    goes_lost(&views, CLIENT, SEG_ACK, 1001, 5001, 100);
    goes_lost(&views, CLIENT, SEG_ACK, 1001, 5001, 100);
    goes(&views, CLIENT, SEG_ACK, 1001, 5001, 100);
    views_close(&views, 100, 0);
    weave_views();
    assert_int_equal(fates_of(frame_of(1001, 1), FATE_ARRIVED), 1);
    assert_int_equal(fates_of(frame_of(1001, 2), FATE_LOST), 1);
    assert_int_equal(fates_of(frame_of(1001, 3), FATE_LOST), 1);
    assert_int_equal(fates_of(frame_of(1001, 4), FATE_ARRIVED), 1);
}

static void
without_both_the_usual_delay_tells_it(void **state)
{
    (void)state;
    views.no_times = views.is_ipv6 = true;
    views_open(&views);
    goes_lost(&views, CLIENT, SEG_ACK, 1001, 5001, 100);
    views_wait(&views, 200);
    goes(&views, CLIENT, SEG_ACK, 1001, 5001, 100);
    views_close(&views, 100, 0);
    weave_views();
    assert_way(PLACE_CLIENT, 6, 5, 1, 0, 0);
    assert_int_equal(fates_of(frame_of(1001, 1), FATE_LOST), 1);
    assert_int_equal(fates_of(frame_of(1001, 2), FATE_ARRIVED), 1);
    assert_int_equal(frame_of(1001, 2)->checksum, CHECKSUM_RIGHT);
}

static void
a_first_syn_that_no_capture_of_the_server_shows_is_lost(void **state)
{
    (void)state;
    goes_lost(&views, CLIENT, SEG_SYN, 1000, 0, 0);
    views_wait(&views, 1000);
    views_open(&views);
    views_close(&views, 0, 0);
    weave_views();
    assert_int_equal(fates_of(frame_of(1000, 0), FATE_LOST), 1);
    assert_int_equal(fates_of(frame_of(1000, 1), FATE_ARRIVED), 1);
}

static void
a_doubled_segment_arrives_twice(void **state)
{
    (void)state;
    views_open(&views);
    goes_twice(&views, CLIENT, SEG_ACK, 1001, 5001, 100);
    goes(&views, SERVER, SEG_ACK, 5001, 1101, 0);
    views_close(&views, 100, 0);
    weave_views();
    assert_way(PLACE_CLIENT, 5, 5, 0, 1, 0);
    assert_int_equal(fates_of(frame_of(1001, 1), FATE_DOUBLED), 1);
    assert_int_equal(fates_of(frame_of(1001, 1), FATE_ARRIVED), 2);
}

static void
a_doubled_acknowledgment_is_not_the_next_one(void **state)
{
    (void)state;
    views.no_times = true;
    views_open(&views);
    goes_twice(&views, SERVER, SEG_ACK, 5001, 1001, 0);
    goes_lost(&views, SERVER, SEG_ACK, 5001, 1001, 0);
    goes(&views, SERVER, SEG_ACK, 5001, 1001, 0);
    views_close(&views, 0, 0);
    weave_views();
    assert_way(PLACE_SERVER, 6, 5, 1, 1, 0);
    assert_int_equal(fates_of(frame_of(5001, 0), FATE_DOUBLED), 1);
    assert_int_equal(fates_of(frame_of(5001, 1), FATE_LOST), 1);
}

static void
a_late_segment_is_overtaken_and_its_delay_is_told(void **state)
{
    (void)state;
    views_open(&views);
    goes_late(&views, CLIENT, SEG_ACK, 1001, 5001, 100, 250);
    goes(&views, CLIENT, SEG_ACK, 1101, 5001, 100);
    views_wait(&views, 400);
    views_close(&views, 200, 0);
    weave_views();
    assert_way(PLACE_CLIENT, 6, 6, 0, 0, 1);
    assert_int_equal(woven.most_ns[PLACE_CLIENT], 290000000);
    assert_int_equal(woven.median_ns[PLACE_CLIENT], 40000000);
}

/* What happened to segments by chance, counted as it was made. */
static struct truth {
    uint64_t sent[2], lost[2], doubled[2];
} truth;

static void
goes_by_chance(int from, uint16_t flags, uint32_t seq, uint32_t ack,
               uint32_t length)
{
    static uint32_t dice = 1;
    dice = dice * 1664525 + 1013904223;
    uint32_t throw = dice >> 16 & 1023;
    truth.sent[from]++;
    if (throw < 40) {
        goes_lost(&views, from, flags, seq, ack, length);
        truth.lost[from]++;
    } else if (throw < 60) {
        goes_twice(&views, from, flags, seq, ack, length);
        truth.doubled[from]++;
    } else {
        goes_late(&views, from, flags, seq, ack, length, throw % 50 / 10.0);
    }
}

/* Every tenth segment is sent again, whatever became of it. */
static void
talk_by_chance(int again)
{
    uint32_t a = 1001;
    memset(&truth, 0, sizeof truth);
    views_open(&views);
    for (int i = 0; i < 1500; i++, a += 100) {
        goes_by_chance(CLIENT, SEG_ACK, a, 5001, 100);
        if (again && i % again == 0)
            goes_by_chance(CLIENT, SEG_ACK, a, 5001, 100);
        if (i % 2)
            goes_by_chance(SERVER, SEG_ACK, 5001, a, 0);
    }
    views_close(&views, 150000, 0);
    weave_views();
    for (int i = 0; i < 2; i++) {
        assert_int_equal(woven.ways[i].sent, truth.sent[i] + 4 - (i == SERVER));
        assert_int_equal(woven.ways[i].lost, truth.lost[i]);
        assert_int_equal(woven.ways[i].doubled, truth.doubled[i]);
        assert_int_equal(woven.ways[i].unseen, 0);
    }
}

static void
thousands_of_segments_by_chance_are_told_exactly(void **state)
{
    (void)state;
    talk_by_chance(10);
}

static void
so_they_are_by_ip_identification_alone(void **state)
{
    (void)state;
    views.no_times = true;
    talk_by_chance(10);
}

static void
so_they_are_by_their_numbers_alone_if_none_is_sent_again(void **state)
{
    (void)state;
    views.no_times = views.is_ipv6 = true;
    talk_by_chance(0);
}

/* ---- Offloading ---------------------------------------------------------- */

static void
a_large_segment_is_shown_as_the_card_cut_it(void **state)
{
    (void)state;
    views_open(&views);
    goes_cut(&views, CLIENT, SEG_ACK | SEG_PSH, 1001, 5001, 5000, 1000, 2);
    views_wait(&views, 300);
    goes(&views, CLIENT, SEG_ACK | SEG_PSH, 3001, 5001, 1000);
    views_close(&views, 5000, 0);
    weave_views();
    assert_int_equal(woven.ways[PLACE_CLIENT].cut, 1);
    assert_way(PLACE_CLIENT, 10, 9, 1, 0, 0);
    for (uint32_t i = 0; i < 5; i++) {
        const struct row *row = frame_of(1001 + 1000 * i, i == 0);
        assert_int_equal(row->segment.data_length, 1000);
        assert_int_equal(row->checksum, CHECKSUM_RIGHT);
        assert_int_equal((row->segment.flags & SEG_PSH) != 0, i == 4);
        assert_int_equal(fates_of(row, FATE_LOST), i == 2);
    }
    assert_int_equal(fates_of(frame_of(3001, 1), FATE_ARRIVED), 1);
}

static void
what_was_put_together_after_it_arrived_counts_as_it_left(void **state)
{
    (void)state;
    views_open(&views);
    go_joined(&views, CLIENT, 1001, 5001, 1000, 4);
    views_close(&views, 4000, 0);
    weave_views();
    assert_int_equal(woven.ways[PLACE_CLIENT].joined, 1);
    assert_way(PLACE_CLIENT, 8, 8, 0, 0, 0);
    assert_int_equal(frame_of(3001, 0)->segment.data_length, 1000);
}

/* ---- The clocks ---------------------------------------------------------- */

static void
the_offset_of_the_clocks_is_found(void **state)
{
    (void)state;
    views.offset_ns = 12300000;
    views_open(&views);
    for (uint32_t i = 0; i < 20; i++)
        goes_late(&views, (int)i % 2, SEG_ACK, i % 2 ? 5001 : 1001 + i * 10,
                  i % 2 ? 1001 + i * 10 : 5001, i % 2 ? 0 : 20, i * 0.07);
    views_close(&views, 200, 0);
    weave_views();
    const struct clock_offset *o = &woven.account.offset;
    assert_true(o->known && o->is_sure && !o->drifts);
    assert_true(away(o->ns, 12300000) <= o->uncertainty_ns);
    assert_true(o->uncertainty_ns < 1000000);
    assert_int_equal(o->most_wrong_ns, 40000000);
    assert_true(away(woven.least_ns[PLACE_CLIENT], 40000000) < 100000);
}

static void
clocks_that_are_hours_apart_are_no_hindrance(void **state)
{
    (void)state;
    views.offset_ns = -7 * 3600 * INT64_C(1000000000);
    views_open(&views);
    goes_lost(&views, CLIENT, SEG_ACK, 1001, 5001, 10);
    views_close(&views, 10, 0);
    weave_views();
    assert_true(away(woven.account.offset.ns, views.offset_ns) < 2000);
    assert_way(PLACE_CLIENT, 5, 4, 1, 0, 0);
}

static void
a_drift_is_found_and_taken_out(void **state)
{
    (void)state;
    views.drift = 0.00005;
    views.offset_ns = 3000000;
    views_open(&views);
    uint32_t a = 1001;
    for (int i = 0; i < 600; i++, a += 10) {
        views_wait(&views, 1000);
        goes_late(&views, CLIENT, SEG_ACK, a, 5001, 10, (i * 7 % 11) * 0.05);
        views_wait(&views, 40);
        goes_late(&views, SERVER, SEG_ACK, 5001, a + 10, 0,
                  (i * 5 % 13) * 0.04);
    }
    views_close(&views, 6000, 0);
    weave_views();
    const struct clock_offset *o = &woven.account.offset;
    assert_true(o->drifts);
    assert_true(o->drift > 0.000049 && o->drift < 0.000051);
    assert_true(away(o->ns, 3000000) < 100000);
    assert_way(PLACE_CLIENT, 604, 604, 0, 0, 0);
    assert_true(woven.most_ns[PLACE_CLIENT] < 40700000);
    assert_true(woven.least_ns[PLACE_CLIENT] > 39900000);
}

static void
a_way_that_is_longer_back_than_there_shows_only_as_an_offset(void **state)
{
    (void)state;
    views.delay_ns[SERVER] = 60000000;
    views_open(&views);
    views_close(&views, 0, 0);
    weave_views();
    assert_int_equal(woven.account.offset.ns, -10000000);
    assert_true(10000000 < woven.account.offset.most_wrong_ns);
}

static void
with_one_direction_only_the_offset_is_not_known(void **state)
{
    (void)state;
    goes(&views, CLIENT, SEG_SYN, 1000, 0, 0);
    views_wait(&views, 1000);
    goes(&views, CLIENT, SEG_SYN, 1000, 0, 0);
    weave_views();
    assert_false(woven.account.offset.known);
    assert_int_equal(woven.least_ns[PLACE_CLIENT], 0);
    assert_way(PLACE_CLIENT, 2, 2, 0, 0, 0);
}

/* ---- Which is which ------------------------------------------------------ */

static void
captures_given_the_other_way_around_are_noticed(void **state)
{
    (void)state;
    const char *paths[2];
    views.offset_ns = -500000000; // more than the delay, and to mislead
    views_open(&views);
    goes_lost(&views, SERVER, SEG_ACK, 5001, 1001, 10);
    views_close(&views, 0, 10);
    views_write(&views, "client.pcap", "server.pcap", paths);
    assert_true(weave(paths[1], paths[0]));
    assert_sound();
    assert_true(woven.account.swapped);
    assert_string_equal(woven.account.paths[PLACE_CLIENT], paths[0]);
    assert_way(PLACE_SERVER, 4, 3, 1, 0, 0);
    assert_true(weave(paths[0], paths[1]));
    assert_false(woven.account.swapped);
}

static void
a_capture_and_itself_were_made_at_one_place(void **state)
{
    (void)state;
    const char *paths[2];
    views_open(&views);
    views_close(&views, 0, 0);
    views_write(&views, "client.pcap", "server.pcap", paths);
    assert_true(weave(paths[0], paths[0]));
    assert_sound();
    assert_true(woven.links.same_place);
    assert_way(PLACE_CLIENT, 4, 4, 0, 0, 0);
    assert_int_equal(woven.most_ns[PLACE_CLIENT], 0);
}

static void
what_comes_behind_one_that_waits_is_not_taken_for_it(void **state)
{
    (void)state;
    const char *paths[2];
    views.no_times = views.is_ipv6 = true; // so they are all alike
    views_open(&views);
    for (int i = 0; i < 3; i++)
        goes(&views, SERVER, SEG_ACK, 5001, 1001, 0);
    views_close(&views, 0, 0);
    views_write(&views, "client.pcap", "server.pcap", paths);
    assert_true(weave(paths[0], paths[0]));
    assert_way(PLACE_SERVER, 6, 6, 0, 0, 0);
    assert_int_equal(woven.most_ns[PLACE_SERVER], 0);
    assert_int_equal(woven.account.offset.ns, 0);
}

static void
connections_with_the_same_numbers_are_told_apart(void **state)
{
    (void)state;
    views.no_times = true;
    for (int i = 0; i < 50; i++) { // as a port scanner does
        views.port[SERVER] = (uint16_t)(100 + i);
        goes(&views, CLIENT, SEG_SYN, 1000, 0, 0);
        views_wait(&views, 40);
        if (i == 7)
            goes_lost(&views, SERVER, SEG_RST | SEG_ACK, 0, 1001, 0);
        else
            goes(&views, SERVER, SEG_RST | SEG_ACK, 0, 1001, 0);
    }
    weave_views();
    assert_int_equal(woven.links.linked, 50);
    assert_way(PLACE_CLIENT, 50, 50, 0, 0, 0);
    assert_way(PLACE_SERVER, 50, 49, 1, 0, 0);
    assert_int_equal(woven.translations, 0);
}

static void
connections_opened_by_the_servers_host_go_the_other_way(void **state)
{
    (void)state;
    views_open(&views);
    views_close(&views, 0, 0);
    views_open(&views);
    for (int i = 0; i < 2; i++) // the server's host opens one to port 40001
        views.port[i] = (uint16_t)(41000 + i);
    goes(&views, SERVER, SEG_SYN, 70000, 0, 0);
    views_wait(&views, 40);
    goes_lost(&views, CLIENT, SEG_SYN | SEG_ACK, 80000, 70001, 0);
    views_wait(&views, 1000);
    goes(&views, CLIENT, SEG_SYN | SEG_ACK, 80000, 70001, 0);
    views_wait(&views, 40);
    goes(&views, SERVER, SEG_ACK, 70001, 80001, 0);
    weave_views();
    assert_false(woven.account.swapped);
    assert_int_equal(frame_of(70000, 0)->interface, PLACE_SERVER);
    assert_int_equal(frame_of(80000, 1)->interface, PLACE_CLIENT);
    assert_int_equal(woven.ways[PLACE_CLIENT].lost, 1);
    assert_int_equal(woven.ways[PLACE_SERVER].lost, 0);
}

static void
a_translated_connection_is_one_connection(void **state)
{
    (void)state;
    char own[ENDPOINT_TEXT], seen[ENDPOINT_TEXT];
    views.nat = true;
    views_open(&views);
    goes(&views, SERVER, SEG_ACK, 5001, 1001, 77);
    views_close(&views, 0, 77);
    weave_views();
    assert_way(PLACE_CLIENT, 4, 4, 0, 0, 0);
    assert_way(PLACE_SERVER, 4, 4, 0, 0, 0);
    assert_int_equal(woven.translations, 1);
    endpoint_to_text(&woven.translation[0].own, own);
    endpoint_to_text(&woven.translation[0].seen, seen);
    assert_int_equal(woven.translation[0].role, ROLE_CLIENT);
    assert_string_equal(own, "192.0.2.1:40000");
    assert_string_equal(seen, "203.0.113.5:61000");
    const struct row *row = frame_of(5001, 0);
    endpoint_to_text(&row->segment.dst, own);
    assert_string_equal(own, "192.0.2.1:40000");
    assert_int_equal(row->checksum, CHECKSUM_RIGHT);
}

/* ---- What is not known --------------------------------------------------- */

static void
what_only_one_capture_could_show_is_not_lost(void **state)
{
    (void)state;
    views.off[SERVER] = true;
    views_open(&views);
    goes(&views, CLIENT, SEG_ACK, 1001, 5001, 50);
    views_wait(&views, 500);
    views.off[SERVER] = false;
    goes(&views, CLIENT, SEG_ACK, 1051, 5001, 50);
    views_wait(&views, 100);
    goes(&views, SERVER, SEG_ACK, 5001, 1101, 0);
    views_wait(&views, 100);
    goes(&views, CLIENT, SEG_ACK, 1101, 5001, 50);
    views_wait(&views, 100);
    views.off[CLIENT] = true;
    goes(&views, SERVER, SEG_ACK, 5001, 1151, 0);
    views_close(&views, 150, 0);
    weave_views();
    assert_way(PLACE_CLIENT, 2, 2, 0, 0, 0);
    assert_way(PLACE_SERVER, 1, 1, 0, 0, 0);
    assert_int_equal(woven.ways[PLACE_CLIENT].one_sided, 5);
    assert_int_equal(woven.ways[PLACE_SERVER].one_sided, 4);
    assert_int_equal(frame_of(1001, 1)->id, 0);
}

static void
captures_that_begin_in_the_middle_are_linked(void **state)
{
    (void)state;
    views.nat = true;
    for (int i = 0; i < 2; i++)
        views.off[i] = true;
    views_open(&views);
    views.off[CLIENT] = false;
    for (uint32_t i = 0; i < 20; i++) {
        if (i == 10)
            views.off[SERVER] = false;
        views_wait(&views, 100);
        goes(&views, CLIENT, SEG_ACK, 1001 + 10 * i, 5001, 10);
    }
    views_close(&views, 200, 0);
    weave_views();
    assert_int_equal(woven.links.linked, 1);
    assert_way(PLACE_CLIENT, 12, 12, 0, 0, 0);
    assert_int_equal(woven.ways[PLACE_CLIENT].one_sided, 10);
}

static void
what_the_senders_capture_missed_is_told_apart(void **state)
{
    (void)state;
    views_open(&views);
    goes(&views, CLIENT, SEG_ACK, 1001, 5001, 10);
    only_comes(&views, CLIENT, SEG_ACK | SEG_RST, 1011, 5001, 0);
    goes(&views, CLIENT, SEG_ACK, 1011, 5001, 10);
    views_close(&views, 20, 0);
    weave_views();
    assert_int_equal(woven.ways[PLACE_CLIENT].unseen, 1);
    assert_int_equal(woven.ways[PLACE_CLIENT].lost, 0);
    assert_int_equal(woven.ways[PLACE_CLIENT].sent, 6);
}

static void
a_first_copy_that_the_senders_capture_does_not_show_is_noticed(void **state)
{
    (void)state;
    views_open(&views);
    goes(&views, CLIENT, SEG_ACK, 1011, 5001, 10);
    views_wait(&views, 100);
    goes(&views, CLIENT, SEG_ACK, 1001, 5001, 10);
    views_close(&views, 20, 0);
    weave_views();
    assert_int_equal(woven.ways[PLACE_CLIENT].behind, 1);
    assert_int_equal(woven.ways[PLACE_SERVER].behind, 0);
}

static void
a_connection_that_was_lost_whole_counts_between_the_same_hosts(void **state)
{
    (void)state;
    views_open(&views);
    views_close(&views, 0, 0);
    views.port[CLIENT] = 40001;
    for (int i = 0; i < 3; i++) {
        goes_lost(&views, CLIENT, SEG_SYN, 90000, 0, 0);
        views_wait(&views, 1000);
    }
    views.port[CLIENT] = 40002;
    goes(&views, CLIENT, SEG_SYN, 95000, 0, 0);
    views_wait(&views, 40);
    goes(&views, SERVER, SEG_RST | SEG_ACK, 0, 95001, 0);
    weave_views();
    assert_int_equal(woven.links.linked, 2);
    assert_int_equal(woven.links.alone[PLACE_CLIENT], 1);
    assert_int_equal(woven.ways[PLACE_CLIENT].lost, 3);
}

static void
frames_of_two_kinds_of_link_stand_together_as_ip(void **state)
{
    (void)state;
    views.files[SERVER].link_type = LINK_RAW;
    views_open(&views);
    goes(&views, SERVER, SEG_ACK, 5001, 1001, 33);
    views_close(&views, 0, 33);
    weave_views();
    assert_int_equal(woven.account.link_type, LINK_RAW);
    assert_way(PLACE_CLIENT, 4, 4, 0, 0, 0);
    assert_way(PLACE_SERVER, 4, 4, 0, 0, 0);
    assert_int_equal(frame_of(1000, 0)->checksum, CHECKSUM_RIGHT);
}

/* ---- Damage -------------------------------------------------------------- */

static void
small_pair(const char *paths[2])
{
    views.nat = true;
    views.files[SERVER].link_type = LINK_RAW;
    views_open(&views);
    goes_cut(&views, CLIENT, SEG_ACK | SEG_PSH, 1001, 5001, 300, 100, 1);
    goes_twice(&views, SERVER, SEG_ACK, 5001, 1101, 0);
    views_close(&views, 300, 0);
    views_write(&views, "client.pcap", "server.pcap", paths);
}

static void
every_prefix_of_a_pair_is_told_as_far_as_it_goes(void **state)
{
    (void)state;
    const char *paths[2];
    small_pair(paths);
    for (int cut = 0; cut < 2; cut++) {
        size_t bytes = 0;
        char *octets = scratch_read(paths[cut], &bytes);
        for (size_t n = 0; n <= bytes; n++) {
            const char *files[2] = { paths[0], paths[1] };
            files[cut] = scratch_file("cut.pcap", octets, n);
            if (!weave(files[0], files[1]))
                assert_true(n < 24);
            else
                assert_sound();
        }
        free(octets);
    }
}

static void
every_octet_of_a_pair_may_lie(void **state)
{
    (void)state;
    static const uint8_t lies[] = { 0x00, 0xff, 0x80, 0x7f };
    const char *paths[2];
    small_pair(paths);
    size_t bytes = 0;
    char *octets = scratch_read(paths[SERVER], &bytes);
    for (size_t n = 24; n < bytes; n++) {
        char was = octets[n];
        octets[n] = (char)lies[n % sizeof lies];
        if (weave(paths[CLIENT], scratch_file("lie.pcap", octets, bytes)) &&
            woven.links.linked > 0)
            assert_true(woven.count > 0);
        octets[n] = was;
    }
    free(octets);
}

/* ---- The command --------------------------------------------------------- */

static void
the_command_tells_it_in_sentences(void **state)
{
    (void)state;
    const char *paths[2];
    views.nat = true;
    views.offset_ns = 12300000;
    views_open(&views);
    goes_lost(&views, CLIENT, SEG_ACK, 1001, 5001, 10);
    views_wait(&views, 300);
    goes(&views, CLIENT, SEG_ACK, 1001, 5001, 10);
    views_close(&views, 10, 0);
    views_write(&views, "client.pcap", "server.pcap", paths);
    struct ran ran =
        run("$TCPLAB show --pair %s %s | tr -s ' \\n' ' '", paths[0], paths[1]);
    assert_int_equal(ran.status, 0);
    static const char *const sentences[] = {
        "The server's clock is 12.300 ms ahead of the client's",
        "Two captures cannot tell whether it does: the offset may be wrong by "
        "up to 40.000 ms",
        "6 segments left, 5 arrived, 1 was lost, 0 were doubled, 0 were "
        "overtaken.",
        "client 192.0.2.1:40000 is seen as 203.0.113.5:61000 at the other end.",
    };
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++)
        if (!strstr(ran.out, sentences[i]))
            fail_msg("not told: %s\n%s", sentences[i], ran.out);
    ran_free(&ran);
}

static void
the_saved_trace_shows_the_same(void **state)
{
    (void)state;
    const char *paths[2], *saved = scratch_path("saved.pcapng");
    views_open(&views);
    goes_lost(&views, CLIENT, SEG_ACK, 1001, 5001, 10);
    goes_twice(&views, CLIENT, SEG_ACK, 1011, 5001, 10);
    views_close(&views, 20, 0);
    views_write(&views, "client.pcap", "server.pcap", paths);
    struct ran first = run("$TCPLAB show --pair -o %s --as json %s %s | "
                           "grep -v '\"kind\":\"pair\"'",
                           saved, paths[0], paths[1]);
    struct ran again = run("$TCPLAB show --as json %s", saved);
    assert_int_equal(again.status, 0);
    assert_non_null(strstr(first.out, "\"fate\":\"lost\""));
    assert_string_equal(first.out, again.out);
    ran_free(&first);
    ran_free(&again);
}

static void
json_has_one_line_of_the_pair(void **state)
{
    (void)state;
    const char *paths[2];
    views_open(&views);
    goes_lost(&views, SERVER, SEG_ACK, 5001, 1001, 10);
    views_close(&views, 0, 10);
    views_write(&views, "client.pcap", "server.pcap", paths);
    struct ran ran = run("$TCPLAB show --pair --summary --as json %s %s",
                         paths[0], paths[1]);
    json_t *lines = json_lines(ran.out), *pairs = json_of_kind(lines, "pair");
    assert_int_equal(json_array_size(pairs), 1);
    json_t *pair = json_array_get(pairs, 0);
    json_t *way = json_object_get(pair, "server_to_client");
    assert_int_equal(json_number(way, "sent"), 4);
    assert_int_equal(json_number(way, "lost"), 1);
    assert_int_equal(json_number(json_object_get(way, "delay_ns"), "median"),
                     40000000);
    assert_int_equal(
        json_number(json_object_get(pair, "clock"), "segments_to_server"), 4);
    json_decref(pairs);
    json_decref(lines);
    ran_free(&ran);
}

static void
assert_refused(int status, const char *words, const char *arguments)
{
    struct ran ran =
        run("cd %s; $TCPLAB show --pair %s", scratch_folder(), arguments);
    if (ran.status != status || !strstr(ran.err, words))
        fail_msg("%s: %d: %s", arguments, ran.status, ran.err);
    ran_free(&ran);
}

static void
what_is_no_pair_is_refused_with_the_reason(void **state)
{
    (void)state;
    const char *paths[2];
    views_open(&views);
    views_write(&views, "client.pcap", "server.pcap", paths);
    struct views other;
    views_begin(&other);
    goes(&other, CLIENT, SEG_SYN, 777, 0, 0);
    const char *others[2];
    views_write(&other, "other.pcap", "empty.pcap", others);
    views_end(&other);
    assert_refused(1, "no connection in common", "client.pcap other.pcap");
    assert_refused(2, "takes two files", "client.pcap");
    assert_refused(2, "takes two files", "client.pcap server.pcap other.pcap");
    assert_refused(2, "more than once", "client.pcap -");
    assert_refused(2, "choose another name",
                   "-o client.pcap client.pcap server.pcap");
    assert_refused(3, "No such file", "client.pcap nothing.pcap");
    struct ran ran = run("cd %s; head -c -10 server.pcap >cut.pcap; $TCPLAB "
                         "show --pair client.pcap cut.pcap",
                         scratch_folder());
    assert_int_equal(ran.status, 1);
    assert_non_null(strstr(ran.err, "cut.pcap: after packet 2"));
    assert_non_null(strstr(ran.out, "1 arrived, 0 were lost"));
    ran_free(&ran);
    ran = run("$TCPLAB show -o x %s", paths[0]);
    assert_int_equal(ran.status, 2);
    ran_free(&ran);
}

#define CLAIM(claim) cmocka_unit_test_setup_teardown(claim, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM(all_that_left_arrived_after_the_delay),
        CLAIM(a_lost_segment_is_lost_and_its_retransmission_is_not),
        CLAIM(
            without_timestamps_the_ip_identification_tells_which_copy_was_lost),
        CLAIM(without_both_the_usual_delay_tells_it),
        CLAIM(a_first_syn_that_no_capture_of_the_server_shows_is_lost),
        CLAIM(a_doubled_segment_arrives_twice),
        CLAIM(a_doubled_acknowledgment_is_not_the_next_one),
        CLAIM(a_late_segment_is_overtaken_and_its_delay_is_told),
        CLAIM(thousands_of_segments_by_chance_are_told_exactly),
        CLAIM(so_they_are_by_ip_identification_alone),
        CLAIM(so_they_are_by_their_numbers_alone_if_none_is_sent_again),
        CLAIM(a_large_segment_is_shown_as_the_card_cut_it),
        CLAIM(what_was_put_together_after_it_arrived_counts_as_it_left),
        CLAIM(the_offset_of_the_clocks_is_found),
        CLAIM(clocks_that_are_hours_apart_are_no_hindrance),
        CLAIM(a_drift_is_found_and_taken_out),
        CLAIM(a_way_that_is_longer_back_than_there_shows_only_as_an_offset),
        CLAIM(with_one_direction_only_the_offset_is_not_known),
        CLAIM(captures_given_the_other_way_around_are_noticed),
        CLAIM(a_capture_and_itself_were_made_at_one_place),
        CLAIM(what_comes_behind_one_that_waits_is_not_taken_for_it),
        CLAIM(connections_with_the_same_numbers_are_told_apart),
        CLAIM(connections_opened_by_the_servers_host_go_the_other_way),
        CLAIM(a_translated_connection_is_one_connection),
        CLAIM(what_only_one_capture_could_show_is_not_lost),
        CLAIM(captures_that_begin_in_the_middle_are_linked),
        CLAIM(what_the_senders_capture_missed_is_told_apart),
        CLAIM(a_first_copy_that_the_senders_capture_does_not_show_is_noticed),
        CLAIM(a_connection_that_was_lost_whole_counts_between_the_same_hosts),
        CLAIM(frames_of_two_kinds_of_link_stand_together_as_ip),
        CLAIM(every_prefix_of_a_pair_is_told_as_far_as_it_goes),
        CLAIM(every_octet_of_a_pair_may_lie),
        CLAIM(the_command_tells_it_in_sentences),
        CLAIM(the_saved_trace_shows_the_same),
        CLAIM(json_has_one_line_of_the_pair),
        CLAIM(what_is_no_pair_is_refused_with_the_reason),
    };
    return RUN(tests);
}
