/* hosts: a topology, a wire, and its trace read into two tables. */
#include "hosts.h"

#include "claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../capture/clock.h"
#include "netns.h"

enum {
    PATIENCE_MS = 10000
};

static const int64_t millisecond = 1000000;

struct hosts *
hosts_make(void)
{
    static const char *const more[] = { HOSTS_MORE };
    struct topology_options options = { .more = more, .more_count = 1 };
    need_network();
    struct hosts *h = calloc(1, sizeof *h);
    assert_non_null(h);
    h->home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    const char *step = topology_make(&h->topology, &options);
    if (step)
        fail_msg("%s: %s", step, strerror(errno));
    h->policy = policy_new(1);
    assert_non_null(h->policy);
    return h;
}

void
hosts_rule(struct hosts *h, const char *text)
{
    struct expectation_error error;
    char why[WIRE_WHY];
    if (policy_add(h->policy, text, &error))
        return;
    policy_error_text(&error, why, sizeof why);
    fail_msg("%s: %s", text, why);
}

void
hosts_join(struct hosts *h, const struct wire_options *options)
{
    char why[WIRE_WHY];
    struct source_error error;
    struct wire_options all = { 0 };
    if (options)
        all = *options;
    all.netns = h->topology.netns[PLACE_MIDDLE];
    all.policy = h->policy;
    if (wire_start(&h->wire, &all, why) < 0)
        fail_msg("%s", why);
    h->trace = source_open_fd(h->wire.stream_fd, NULL, &error);
    if (!h->trace)
        fail_msg("%s", error.text);
}

/* ---- What it tells -------------------------------------------------------- */

static void
note_fate(struct hosts *h, const struct packet *packet)
{
    struct entry entry;
    assert_true(entry_read(packet->octets, packet->captured, &entry));
    assert_int_equal(entry.kind, ENTRY_FATE);
    assert_true(entry.has_fate);
    assert_true(h->fate_count < 2 * HOSTS_FRAMES);
    struct told_fate *fate = &h->fates[h->fate_count++];
    *fate = (struct told_fate){ .id = entry.frame_id,
                                .fate = entry.fate,
                                .time_ns = entry.time_ns };
    snprintf(fate->why, sizeof fate->why, "%.*s", (int)entry.why.bytes,
             entry.why.at);
}

static void
note_frame(struct hosts *h, const struct packet *packet)
{
    assert_true(h->frame_count < HOSTS_FRAMES);
    struct told_frame *frame = &h->frames[h->frame_count++];
    *frame = (struct told_frame){ .id = packet->id,
                                  .interface = packet->interface,
                                  .left_ns = packet->time_ns,
                                  .original = packet->original };
    decode_packet(packet, &frame->decoded);
    if (frame->decoded.kind == DECODED_SEGMENT)
        frame->word = segment_word_of(frame->decoded.segment.flags,
                                      frame->decoded.segment.data_length);
}

static void
read_told(struct hosts *h)
{
    struct packet packet;
    enum source_result result;
    while ((result = source_next(h->trace, &packet)) == SOURCE_PACKET)
        if (packet.link_type == LINK_ENTRY)
            note_fate(h, &packet);
        else
            note_frame(h, &packet);
    h->over = result != SOURCE_WAIT;
    if (h->over)
        assert_int_equal(result, SOURCE_END);
}

static int
ms_left(int64_t until_ns)
{
    int64_t ns = until_ns - clock_ns(CLOCK_MONOTONIC);
    return ns <= 0 ? 0 : (int)(ns / millisecond) + 1;
}

void
hosts_until(struct hosts *h, enough_fn *enough)
{
    int64_t until_ns = clock_ns(CLOCK_MONOTONIC) + PATIENCE_MS * millisecond;
    for (read_told(h); !enough(h); read_told(h)) {
        int ms = ms_left(until_ns);
        if (ms == 0 || h->over)
            fail_msg("it did not come: %d frames, %d fates", h->frame_count,
                     h->fate_count);
        source_wait(h->trace, ms);
    }
}

void
hosts_for(struct hosts *h, int ms)
{
    int64_t until_ns = clock_ns(CLOCK_MONOTONIC) + ms * millisecond;
    for (read_told(h); (ms = ms_left(until_ns)) > 0 && !h->over; read_told(h))
        source_wait(h->trace, ms);
}

void
hosts_tell(struct hosts *h, const char *command, uint64_t id)
{
    char words[200], answer[WIRE_WHY];
    snprintf(words, sizeof words, command, (unsigned long long)id);
    if (!wire_tell(&h->wire, words, answer, sizeof answer))
        fail_msg("%s: %s", words, answer);
}

/* What hosts_await() waits for. */
static enum fate awaited;
static int awaited_count;

static bool
they_have_it(const struct hosts *h)
{
    return hosts_fates(h, 0, awaited) >= awaited_count;
}

void
hosts_await(struct hosts *h, enum fate fate, int count)
{
    awaited = fate;
    awaited_count = count;
    hosts_until(h, they_have_it);
}

bool
hosts_have_closed(const struct hosts *h)
{
    int arrived = 0;
    for (int i = 0; i < h->frame_count; i++)
        arrived += h->frames[i].word == WORD_FIN &&
                   hosts_fates(h, h->frames[i].id, FATE_ARRIVED) > 0;
    return arrived >= 2;
}

bool
hosts_are_quiet(const struct hosts *h)
{
    for (int i = 0; i < h->frame_count; i++)
        if (!hosts_fates(h, h->frames[i].id, FATE_ARRIVED) &&
            !hosts_fates(h, h->frames[i].id, FATE_LOST))
            return false;
    return true;
}

static bool
is_over(const struct hosts *h)
{
    return h->over;
}

static bool
is_told(const struct hosts *h, uint64_t id)
{
    for (int i = 0; i < h->frame_count; i++)
        if (h->frames[i].id == id)
            return true;
    return false;
}

static void
assert_one_end_each(const struct hosts *h)
{
    for (int i = 0; i < h->frame_count; i++) {
        uint64_t id = (uint64_t)i + 1;
        assert_true(is_told(h, id));
        int arrived = hosts_fates(h, id, FATE_ARRIVED);
        int lost = hosts_fates(h, id, FATE_LOST);
        int doubled = hosts_fates(h, id, FATE_DOUBLED);
        if (lost ? lost != 1 || arrived : arrived != 1 + doubled)
            fail_msg("frame %d of %d: %d arrived, %d lost, %d doubled", i + 1,
                     h->frame_count, arrived, lost, doubled);
    }
}

void
hosts_part(struct hosts *h)
{
    hosts_tell(h, "quit", 0);
    while (!h->over) {
        read_told(h);
        if (!h->over)
            hosts_until(h, is_over);
    }
    source_close(h->trace);
    h->trace = NULL;
    assert_true(wire_end(&h->wire, &h->result));
    assert_string_equal(h->result.failure, "");
    assert_int_equal(h->result.unseen, 0);
    assert_int_equal(h->result.trace_error, 0);
    assert_one_end_each(h);
}

void
hosts_free(struct hosts *h)
{
    if (h->sink)
        close(h->sink);
    close(h->home);
    topology_close(&h->topology);
    policy_free(h->policy);
    free(h);
}

const struct told_frame *
hosts_frame(const struct hosts *h, enum segment_word word, int nth)
{
    int left = nth;
    for (int i = 0; i < h->frame_count; i++)
        if (h->frames[i].decoded.kind == DECODED_SEGMENT &&
            h->frames[i].word == word && --left == 0)
            return &h->frames[i];
    fail_msg("there is no %s number %d", segment_words[word], nth);
    return NULL;
}

int
hosts_fates(const struct hosts *h, uint64_t id, enum fate fate)
{
    int count = 0;
    for (int i = 0; i < h->fate_count; i++)
        count += (!id || h->fates[i].id == id) && h->fates[i].fate == fate;
    return count;
}

const struct told_fate *
hosts_fate(const struct hosts *h, uint64_t id, enum fate fate)
{
    for (int i = h->fate_count - 1; i >= 0; i--)
        if (h->fates[i].id == id && h->fates[i].fate == fate)
            return &h->fates[i];
    fail_msg("frame %d was not %s", (int)id, fate_names[fate]);
    return NULL;
}

const struct told_frame *
hosts_frame_of(const struct hosts *h, uint64_t id)
{
    for (int i = 0; i < h->frame_count; i++)
        if (h->frames[i].id == id)
            return &h->frames[i];
    fail_msg("there is no frame %d", (int)id);
    return NULL;
}

int64_t
hosts_took_ns(const struct hosts *h, uint64_t id)
{
    return hosts_fate(h, id, FATE_ARRIVED)->time_ns -
           hosts_frame_of(h, id)->left_ns;
}
