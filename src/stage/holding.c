/* holding: a queue, and questions about its head. */
#include "holding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../capture/clock.h"
#include "../../capture/decode.h"
#include "../text/words.h"
#include "meeting.h"

enum {
    COMMAND_ROOM = 200
};

/* ---- The queue ----------------------------------------------------------- */

/* A wire holds as many frames as it has room for. */
static bool
grow(struct director *d)
{
    int size = d->held_size ? 2 * d->held_size : 64;
    struct stopped *larger = realloc(d->held, (size_t)size * sizeof d->held[0]);
    if (!larger)
        return false;
    d->held = larger;
    d->held_size = size;
    return true;
}

/* In the order in which it happened, behind what is asked about already: a
 * segment is heard of after the call that follows it. */
static bool
hold(struct director *d, struct stopped held)
{
    int i = d->held_count;
    if (d->held_count == d->held_size && !grow(d))
        return false;
    for (; i > d->is_asking && d->held[i - 1].time_ns > held.time_ns; i--)
        d->held[i] = d->held[i - 1];
    d->held[i] = held;
    d->held_count++;
    return true;
}

static void
forget(struct director *d, int i)
{
    memmove(&d->held[i], &d->held[i + 1],
            (size_t)(d->held_count - i - 1) * sizeof d->held[0]);
    d->held_count--;
    d->is_asking &= i != 0;
}

bool
holding_call(struct director *d, struct thread *thread)
{
    return hold(d, (struct stopped){ .thread = thread, .time_ns = d->now_ns });
}

void
holding_forget(struct director *d, const struct thread *thread)
{
    for (int i = d->held_count - 1; i >= 0; i--)
        if (d->held[i].thread == thread)
            forget(d, i);
}

static void
forget_frame(struct director *d, uint64_t id)
{
    for (int i = d->held_count - 1; i >= 0; i--)
        if (!d->held[i].thread && d->held[i].frame == id)
            forget(d, i);
}

/* ---- Frames -------------------------------------------------------------- */

static struct passing *
passing_of(struct director *d, uint64_t id)
{
    return &d->passing[id % PASSING];
}

/* What a question calls it. */
static const char *
name_of(const struct decoded *decoded)
{
    switch (decoded->kind) {
    case DECODED_SEGMENT:
        return segment_name(&decoded->segment);
    case DECODED_DATAGRAM:
        return "UDP";
    case DECODED_ICMP:
        return "ICMP";
    case DECODED_ARP:
        return "ARP";
    case DECODED_FRAGMENT:
        return "IP fragment";
    case DECODED_OTHER:
    case DECODED_ENTRY:
    case DECODED_MALFORMED:
        break;
    }
    return "frame";
}

void
holding_frame(struct director *d, const struct packet *packet)
{
    // By the interface: the hosts' own, and the router's, who passes on what
    // the other one sent.
    static const char *const senders[TRACE_INTERFACES] = { "client", "server",
                                                           "server", "client" };
    struct decoded decoded;
    struct passing *p = passing_of(d, packet->id);
    decode_packet(packet, &decoded);
    *p = (struct passing){
        .id = packet->id,
        .time_ns = packet->time_ns,
        .word = name_of(&decoded),
        .from = senders[packet->interface],
        .is_segment = decoded.kind == DECODED_SEGMENT,
    };
    if (!p->is_segment)
        return;
    p->src = decoded.segment.src;
    p->dst = decoded.segment.dst;
}

/* All went on until a segment fitted: from there on calls are held again, and
 * segments by the wire, which saw it first. */
static void
hold_again(struct director *d)
{
    if (!d->awaits_match)
        return;
    d->awaits_match = false;
    d->steps = d->plan->steps;
    if (d->wire_count > 1 && d->plan->steps_segments)
        director_tell_wires(d, "hold on"); // the other wire has not seen it
}

void
holding_fate(struct director *d, const struct entry *entry)
{
    if (!entry->has_fate)
        return;
    if (entry->fate == FATE_HELD) {
        const struct passing *p = passing_of(d, entry->frame_id);
        bool known = p->id == entry->frame_id;
        hold(d, (struct stopped){ .frame = entry->frame_id,
                                  .time_ns =
                                      known ? p->time_ns : entry->time_ns });
        hold_again(d);
    } else if (entry->fate == FATE_ARRIVED || entry->fate == FATE_LOST) {
        forget_frame(d, entry->frame_id);
    }
}

/* ---- Asking -------------------------------------------------------------- */

/* What a segment in mid-air would change: where both ends stand now. */
static void
prompt_segment(struct director *d, uint64_t id)
{
    char words[160], src[ENDPOINT_TEXT], dst[ENDPOINT_TEXT];
    const struct passing *p = passing_of(d, id);
    bool known = p->id == id;
    struct entry entry = { .kind = ENTRY_PROMPT, .frame_id = id };
    states_rest(d->states);
    entry.time_ns = clock_ns(CLOCK_REALTIME);
    states_timer(d->states, &entry);
    if (known) {
        entry.message = entry.name = span_of(p->word);
        entry.who = span_of(p->from);
    }
    if (known && p->is_segment) {
        endpoint_to_text(&p->src, src);
        endpoint_to_text(&p->dst, dst);
        snprintf(words, sizeof words, "%s %s > %s", p->word, src, dst);
        entry.message = span_of(words);
        entry.arguments[0] = span_of(states_name(d->states, &p->src, &p->dst));
        entry.arguments[1] = span_of(states_name(d->states, &p->dst, &p->src));
        entry.argument_count = 2;
    }
    recorder_entry(d->recorder, &entry);
}

void
holding_ask(struct director *d)
{
    d->now_ns = clock_ns(CLOCK_REALTIME);
    if (d->held[0].thread)
        director_prompt_call(d, d->held[0].thread);
    else
        prompt_segment(d, d->held[0].frame);
    d->is_asking = true;
}

/* ---- Letting go ---------------------------------------------------------- */

static void
tell_wire(struct director *d, const char *word, uint64_t id)
{
    char command[COMMAND_ROOM];
    snprintf(command, sizeof command, "%s %llu", word, (unsigned long long)id);
    director_tell_wire_of(d, id, command);
}

/* The first of what is held goes on; a segment as `word` says. */
static void
let_go(struct director *d, const char *word)
{
    struct stopped held = d->held[0];
    forget(d, 0);
    d->is_asking = false;
    if (held.thread)
        meeting_call(d, held.thread);
    else
        tell_wire(d, word, held.frame);
}

void
holding_rule(const char *match, char rule[HOLDING_RULE])
{
    snprintf(rule, HOLDING_RULE, "%s%s hold", match,
             strchr(match, '#') ? "" : " #1");
}

/* The public wire holds the first segment that fits, and where segments are stepped
 * through, all behind it: they may come before it is heard of here. */
static bool
await(struct director *d, const char *match)
{
    char rule[HOLDING_RULE], command[HOLDING_RULE + 8], answer[COMMAND_ROOM];
    holding_rule(match, rule);
    if (d->plan->steps_segments)
        snprintf(command, sizeof command, "until %s", match);
    else
        snprintf(command, sizeof command, "policy %s", rule);
    return wire_tell(&d->wires[d->public_wire], command, answer, sizeof answer);
}

static void
go_on(struct director *d, const char *match)
{
    char answer[COMMAND_ROOM];
    d->steps = false;
    d->awaits_match = *match && d->wire_count > 0 && await(d, match);
    d->let_go = !d->awaits_match;
    for (int i = 0; i < d->wire_count; i++)
        if (!d->awaits_match || i != d->public_wire)
            wire_tell(&d->wires[i], "hold off", answer, sizeof answer);
    while (d->held_count > 0)
        let_go(d, "deliver");
}

void
holding_begin(struct director *d)
{
    d->steps = d->plan->steps && !d->plan->from;
    if (d->plan->steps_segments)
        director_tell_wires(d, "hold on");
}

void
holding_key(struct director *d, const char *key)
{
    static const struct {
        char key;
        const char *word;
    } ways[] = {
        { 'n', "deliver" }, { 'd', "drop" }, { '2', "double" }, { 'l', "pass" }
    };

    d->now_ns = clock_ns(CLOCK_REALTIME);
    if (*key == 'q')
        d->result.interrupted = true;
    if (*key == 'c')
        go_on(d, key[1] == ' ' ? key + 2 : "");
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        if (*key == ways[i].key && d->is_asking && d->held_count > 0)
            let_go(d, ways[i].word);
}
