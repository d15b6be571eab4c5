/* relay: frames in, judged, and on. */
#include "relay.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../capture/clock.h"
#include "../text/text.h"

enum {
    BATCH = 64, // frames, before those that are due have their turn
};

static const int64_t age_most_ns = 1000000000; // the clock was set meanwhile

/* ---- What is told --------------------------------------------------------- */

static void
tell_at(struct relay *r, int64_t time_ns, uint64_t id, enum fate fate,
        const char *why)
{
    char message[96];
    struct text text = text_over(message, sizeof message);
    text_format(&text, *why ? "frame %n %s: %s" : "frame %n %s", id,
                fate_names[fate], why);
    struct entry entry = {
        .kind = ENTRY_FATE,
        .time_ns = time_ns,
        .message = { message, (size_t)(text.next - message) },
        .has_fate = true,
        .fate = fate,
        .frame_id = id,
        .why = span_of(why),
    };
    recorder_entry(r->recorder, &entry);
}

void
relay_tell(struct relay *r, uint64_t id, enum fate fate, const char *why)
{
    tell_at(r, clock_ns(CLOCK_REALTIME), id, fate, why);
}

void
relay_record(struct relay *r, enum direction from, const struct packet *packet)
{
    struct packet seen = *packet;
    seen.interface = from;
    seen.id = r->id += r->id_step;
    if (seen.captured > r->snaplen)
        seen.captured = r->snaplen;
    r->frames[from]++;
    r->octets[from] += packet->original;
    recorder_packet(r->recorder, &seen);
}

/* ---- On ------------------------------------------------------------------- */

bool
relay_send_on(struct relay *r, enum direction from, uint64_t id,
              const uint8_t *octets, uint32_t bytes, const char *why)
{
    char refused[96];
    int64_t time_ns = clock_ns(CLOCK_REALTIME);
    if (source_inject(r->sources[1 - from], octets, bytes) == 0) {
        tell_at(r, time_ns, id, FATE_ARRIVED, why);
        return true;
    }
    snprintf(refused, sizeof refused, "refused by the kernel: %s",
             strerror(errno));
    tell_at(r, time_ns, id, FATE_LOST, refused);
    return false;
}

static void
arrive(struct relay *r, struct flying *flying)
{
    transit_leave(r->transit, flying);
    int copies = flying->doubled ? 2 : 1;
    while (copies > 0 &&
           relay_send_on(r, flying->from, flying->id, flying->octets,
                         flying->bytes, flying->why))
        copies--;
    transit_overtake(r->transit, flying->from, flying->id);
    transit_drop(r->transit, flying);
}

static void
arrive_overtaken(struct relay *r)
{
    for (struct flying *flying; (flying = transit_overtaken(r->transit));)
        arrive(r, flying);
}

void
relay_deliver(struct relay *r, struct flying *flying)
{
    arrive(r, flying);
    arrive_overtaken(r);
}

void
relay_lose(struct relay *r, struct flying *flying, const char *why)
{
    relay_tell(r, flying->id, FATE_LOST, why);
    transit_leave(r->transit, flying);
    transit_drop(r->transit, flying);
}

static void
deliver_due(struct relay *r)
{
    struct flying *flying;
    while ((flying = transit_next(r->transit)) &&
           flying->due_ns <= clock_ns(CLOCK_MONOTONIC))
        relay_deliver(r, flying);
}

int64_t
relay_due_ns(const struct relay *r)
{
    const struct flying *flying = transit_next(r->transit);
    if (r->has_next[FROM_CLIENT] || r->has_next[FROM_SERVER])
        return 0;
    if (!flying)
        return -1;
    int64_t ns = flying->due_ns - clock_ns(CLOCK_MONOTONIC);
    return ns > 0 ? ns : 0;
}

/* ---- In ------------------------------------------------------------------- */

/* A frame that came, and what is known of it. */
struct arrival {
    enum direction from;
    const struct packet *packet;
    struct decoded decoded;
    int64_t left_ns; // by the monotonic clock
    struct verdict verdict;
};

/* One bit of the last octet that a checksum covers. */
static void
corrupt(const struct arrival *a, struct flying *flying)
{
    const struct segment *segment = &a->decoded.segment;
    size_t at = flying->bytes - 1;
    if (a->decoded.kind == DECODED_SEGMENT)
        at = (size_t)(segment->header - a->packet->octets) +
             4u * segment->data_offset + segment->data_length - 1;
    if (at < flying->bytes)
        flying->octets[at] ^= 1;
}

static void
note_numbers(const struct arrival *a, struct flying *flying)
{
    const struct segment *segment = &a->decoded.segment;
    if (a->decoded.kind != DECODED_SEGMENT)
        return;
    flying->has_numbers = segment->len > 0;
    flying->src = segment->src;
    flying->dst = segment->dst;
    flying->first = segment->seq;
    flying->end = segment_end(segment);
}

static void
tell_verdict(struct relay *r, const struct verdict *verdict)
{
    if (verdict->doubled)
        relay_tell(r, r->id, FATE_DOUBLED, verdict->why);
    if (verdict->corrupted)
        relay_tell(r, r->id, FATE_CORRUPTED, verdict->why);
    if (verdict->held)
        relay_tell(r, r->id, FATE_HELD, verdict->why);
}

static void
keep(struct relay *r, const struct arrival *a)
{
    const struct verdict *v = &a->verdict;
    struct flying *flying =
        transit_copy(r->transit, a->packet->octets, a->packet->captured);
    if (!flying) {
        relay_tell(r, r->id, FATE_LOST, "too many held");
        return;
    }
    tell_verdict(r, v);
    flying->id = r->id;
    flying->from = a->from;
    flying->stage = v->held        ? TRANSIT_HELD
                    : v->overtaken ? TRANSIT_OVERTAKEN
                                   : TRANSIT_TIMED;
    flying->due_ns = v->due_ns;
    flying->overtaken = v->overtaken;
    flying->doubled = v->doubled;
    memcpy(flying->why, v->why, sizeof flying->why);
    note_numbers(a, flying);
    if (v->corrupted)
        corrupt(a, flying);
    transit_enter(r->transit, flying);
}

/* Is there nothing to wait for, and nobody before it? */
static bool
is_due(const struct relay *r, const struct verdict *v)
{
    int64_t now_ns = clock_ns(CLOCK_MONOTONIC);
    const struct flying *next = transit_next(r->transit);
    return !v->held && !v->overtaken && !v->doubled && !v->corrupted &&
           v->due_ns <= now_ns && (!next || next->due_ns > now_ns);
}

/* Somebody thinks, and what is sent again for that says nothing new: why it is
 * lost, or NULL. */
static const char *
absorbs(const struct relay *r, const struct arrival *a)
{
    const struct segment *segment = &a->decoded.segment;
    if (transit_holds(r->transit, segment))
        return "sent again while the first is held";
    if (policy_saw(r->policy, a->from, segment) &&
        transit_holds_connection(r->transit, segment))
        return "sent again while another is held";
    return NULL;
}

/* Is it one of those that are stopped in mid-air, one after the other? */
static bool
is_stepped(const struct decoded *decoded)
{
    return decoded->kind == DECODED_SEGMENT ||
           decoded->kind == DECODED_DATAGRAM ||
           (decoded->kind == DECODED_ICMP && !policy_spares(decoded));
}

static struct verdict
judge(struct relay *r, const struct arrival *a)
{
    bool is_segment = a->decoded.kind == DECODED_SEGMENT;
    const char *absorbed;
    struct verdict verdict = { .lost = true };
    struct policy_frame frame = { .from = a->from,
                                  .decoded = &a->decoded,
                                  .octets = a->packet->original,
                                  .left_ns = a->left_ns };
    if (a->packet->original > r->frame_most) {
        snprintf(verdict.why, sizeof verdict.why, "longer than the MTU of %u",
                 r->mtu);
        return verdict;
    }
    if (is_segment && !r->resent && (absorbed = absorbs(r, a))) {
        snprintf(verdict.why, sizeof verdict.why, "%s", absorbed);
        return verdict;
    }
    verdict = policy_judge(r->policy, &frame);
    r->holding |= verdict.awaited;
    bool is_held = r->holding && (is_stepped(&a->decoded) || verdict.awaited);
    if (is_held && !verdict.lost && !verdict.held) {
        verdict.held = true;
        if (!*verdict.why)
            snprintf(verdict.why, sizeof verdict.why, "stepping");
    }
    return verdict;
}

static void
take(struct relay *r, enum direction from, const struct packet *packet)
{
    struct arrival a = { .from = from, .packet = packet };
    int64_t age_ns = clock_ns(CLOCK_REALTIME) - packet->time_ns;
    if (age_ns < 0 || age_ns > age_most_ns)
        age_ns = 0;
    a.left_ns = clock_ns(CLOCK_MONOTONIC) - age_ns;
    relay_record(r, from, packet);
    decode_packet(packet, &a.decoded);
    a.verdict = judge(r, &a);
    if (a.verdict.lost) {
        relay_tell(r, r->id, FATE_LOST, a.verdict.why);
        if (a.verdict.unreachable)
            relay_refuse(r, from, packet, &a.decoded);
    } else if (is_due(r, &a.verdict)) {
        relay_send_on(r, from, r->id, packet->octets, packet->captured,
                      a.verdict.why);
        transit_overtake(r->transit, from, r->id);
        arrive_overtaken(r);
    } else {
        keep(r, &a);
    }
}

/* The next frame of each side, as far as it has come. */
static void
look(struct relay *r, enum direction from)
{
    if (r->has_next[from])
        return;
    enum source_result result = source_next(r->sources[from], &r->next[from]);
    r->has_next[from] = result == SOURCE_PACKET;
    if (result == SOURCE_PACKET || result == SOURCE_WAIT)
        return;
    snprintf(r->failure, sizeof r->failure, "reading frames: %s",
             source_why(r->sources[from]));
    r->over = true;
}

/* The one that left first, so that numbers go with time. */
static bool
take_next(struct relay *r)
{
    look(r, FROM_CLIENT);
    look(r, FROM_SERVER);
    bool client = r->has_next[FROM_CLIENT], server = r->has_next[FROM_SERVER];
    if (!client && !server)
        return false;
    enum direction from =
        !server || (client && r->next[FROM_CLIENT].time_ns <=
                                  r->next[FROM_SERVER].time_ns)
            ? FROM_CLIENT
            : FROM_SERVER;
    take(r, from, &r->next[from]);
    r->has_next[from] = false;
    return true;
}

void
relay_turn(struct relay *r)
{
    for (int i = 0; i < BATCH && take_next(r); i++)
        ;
    deliver_due(r);
    recorder_release(r->recorder, INT64_MAX);
}

void
relay_finish(struct relay *r, struct wire_result *result)
{
    for (struct flying *flying; (flying = transit_any(r->transit));)
        relay_lose(r, flying, "the wire was taken away");
    for (int i = 0; i < DIRECTIONS; i++) {
        result->frames[i] = r->frames[i];
        result->octets[i] = r->octets[i];
        result->unseen += source_counts(r->sources[i]).dropped;
    }
    recorder_release(r->recorder, INT64_MAX);
    result->trace_error = recorder_counts(r->recorder).error;
    result->rules = (uint32_t)policy_count(r->policy);
    for (uint32_t i = 0; i < result->rules; i++) {
        result->matched[i] = policy_rule(r->policy, (int)i)->matched;
        result->acted[i] = policy_rule(r->policy, (int)i)->acted;
    }
    memcpy(result->failure, r->failure, sizeof result->failure);
}
