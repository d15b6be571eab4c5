/*
 * match_cause: from cause to effect, across lanes.
 *
 * Within a lane the alignment keeps the order. Across lanes only causes do: a
 * segment comes before what acknowledges it, a call's entry before the segments
 * it makes, a segment before the return that it lets happen. Each pair that
 * stands the wrong way round is a conflict between two lines, and the fewest
 * lines that explain all conflicts fail.
 */
#include "match.h"

#include <stdlib.h>

#include "../../capture/seq.h"

/* `cause` should come before `effect`, and does not. */
struct conflict {
    size_t cause, effect; // lines
    int cause_fact, effect_fact;
    enum fault fault;
    bool settled;
};

struct order {
    struct match *match;
    struct conflict *conflicts;
    size_t count, room;
    bool *used; // a line each: a cause that has its effect already
};

static const struct fact *
fact_of(const struct match *match, int index)
{
    return &match->facts->items[index];
}

static const struct line *
line_of(const struct order *order, size_t index)
{
    return &order->match->notation->lines[index];
}

/* `cause` is said to come before `effect`: if not, it is a conflict. */
static void
expect_order(struct order *order, size_t cause, int cause_fact, size_t effect,
             int effect_fact, enum fault fault)
{
    if (cause_fact == FACT_NONE || effect_fact == FACT_NONE ||
        cause_fact < effect_fact)
        return;
    if (order->count == order->room) {
        size_t room = order->room ? 2 * order->room : 16;
        struct conflict *all = realloc(order->conflicts, room * sizeof *all);
        if (!all) {
            order->match->failed = true;
            return;
        }
        order->conflicts = all;
        order->room = room;
    }
    order->conflicts[order->count++] = (struct conflict){
        .cause = cause,
        .effect = effect,
        .cause_fact = cause_fact,
        .effect_fact = effect_fact,
        .fault = fault,
    };
}

/* Is it a line of this kind that something shows as it should be? */
static bool
is_shown(const struct order *order, size_t line, enum line_kind kind)
{
    const struct trial *trial = &order->match->trials[line];
    return line_of(order, line)->kind == kind &&
           match_asks(order->match, line) && trial->first != FACT_NONE &&
           (trial->fault == FAULT_NONE || trial->fault == FAULT_EXTRA ||
            trial->fault == FAULT_TOO_MANY);
}

/* ---- Within a lane ------------------------------------------------------ */

/* The alignment keeps the order but for lines that it found elsewhere. */
static void
order_lane(struct order *order, size_t first, size_t second)
{
    const struct match *match = order->match;
    const struct line *one = line_of(order, first);
    const struct line *two = line_of(order, second);
    bool same = one->kind == LINE_CALL ||
                match->places[first].group == match->places[second].group;
    if (same && span_equal(one->who, two->who))
        expect_order(order, first, match->trials[first].last, second,
                     match->trials[second].first, FAULT_LANE);
}

/* ---- A segment before what answers it ----------------------------------- */

static bool
is_syn_ack(const struct fact_segment *segment)
{
    return segment->flags & SEG_SYN && segment->flags & SEG_ACK;
}

/* The SYN-ACKs of a simultaneous open answer the SYNs, and not each other. */
static bool
answers(const struct fact_segment *answer, const struct fact_segment *segment)
{
    uint32_t length = segment->data_length + !!(segment->flags & SEG_SYN) +
                      !!(segment->flags & SEG_FIN);
    if (!length || (is_syn_ack(answer) && is_syn_ack(segment)))
        return false;
    if (answer->flags & SEG_ACK)
        return seq_at_or_before(segment->seq + length, answer->ack);
    return answer->flags & SEG_RST && answer->seq == segment->ack;
}

static void
order_answers(struct order *order, size_t first, size_t second)
{
    const struct match *match = order->match;
    const struct trial *trials = match->trials;
    if (match->places[first].group != match->places[second].group ||
        span_equal(line_of(order, first)->who, line_of(order, second)->who))
        return;
    const struct fact *one = fact_of(match, trials[first].first);
    const struct fact *two = fact_of(match, trials[second].first);
    bool says_ack = line_of(order, first)->ack.how != WANTED_ANY ||
                    line_of(order, first)->word == WORD_SYN_ACK;
    if (answers(&two->segment, &one->segment) ||
        (says_ack && answers(&one->segment, &two->segment)))
        expect_order(order, first, trials[first].first, second,
                     trials[second].first, FAULT_CAUSE);
}

/* ---- A call before the segments it makes -------------------------------- */

enum {
    ONE_SYN = 1 << WORD_SYN,
    ONE_SYN_ACK = 1 << WORD_SYN_ACK,
    ONE_ACK = 1 << WORD_ACK,
    ONE_FIN = 1 << WORD_FIN,
    ONE_RST = 1 << WORD_RST,
    ONE_DATA = 1 << WORD_DATA,
    ONE_UDP = 1 << WORD_UDP,
    ONE_ICMP = 1 << WORD_ICMP,
    SENT = ONE_DATA | ONE_UDP,
    RECEIVED = ONE_DATA | ONE_FIN | ONE_RST | ONE_UDP | ONE_ICMP,
};

/* What a call's entry makes, and what its return waits for, as bits. */
static const struct {
    const char *name;
    unsigned makes, waits;
} socket_calls[] = {
    { "connect", ONE_SYN, ONE_SYN_ACK | ONE_RST },
    { "accept", 0, ONE_ACK },
    { "accept4", 0, ONE_ACK },
    { "send", SENT, 0 },
    { "sendto", SENT, 0 },
    { "sendmsg", SENT, 0 },
    { "sendmmsg", SENT, 0 },
    { "sendfile", SENT, 0 },
    { "splice", SENT, 0 },
    { "write", SENT, 0 },
    { "writev", SENT, 0 },
    { "recv", 0, RECEIVED },
    { "recvfrom", 0, RECEIVED },
    { "recvmsg", 0, RECEIVED },
    { "read", 0, RECEIVED },
    { "readv", 0, RECEIVED },
    { "shutdown", ONE_FIN, 0 },
    { "close", ONE_FIN | ONE_RST, 0 },
    { "poll", 0, ONE_ACK | RECEIVED },
};

static unsigned
makes(struct span name)
{
    for (size_t i = 0; i < sizeof socket_calls / sizeof socket_calls[0]; i++)
        if (span_is(name, socket_calls[i].name))
            return socket_calls[i].makes;
    return 0;
}

/* Of what the call may wait for, what the result says that came. */
static unsigned
waits(const struct fact *back)
{
    unsigned all = 0;
    for (size_t i = 0; i < sizeof socket_calls / sizeof socket_calls[0]; i++)
        if (span_is(back->name, socket_calls[i].name))
            all = socket_calls[i].waits;
    if (!back->has_result)
        return 0;
    if (span_is(back->name, "poll"))
        return back->result > 0 ? all : 0;
    if (back->result < 0)
        return all & (ONE_RST | ONE_ICMP);
    if (all & ONE_FIN) // a datagram may be empty
        return (back->result ? ONE_DATA : ONE_FIN) | ONE_UDP;
    return all & ~(unsigned)ONE_RST;
}

/* A call and a segment may belong together unless both say otherwise. */
static bool
may_belong(const struct fact *call, const struct fact *segment)
{
    return !call->connection || !segment->connection ||
           call->connection == segment->connection;
}

/* A RST without ACK answers a segment that no socket takes; no call made it. */
static bool
is_bare_reset(const struct fact *segment)
{
    return match_word(segment) == WORD_RST &&
           !(segment->segment.flags & SEG_ACK);
}

/* May the call of line `call` have made the segment of `line`? */
static bool
may_make(const struct order *order, size_t call, size_t line,
         const struct fact *segment)
{
    const struct line *l = line_of(order, call);
    int entry = order->match->trials[call].entry;
    return l->kind == LINE_CALL && l->enters && l->least == l->most &&
           match_asks(order->match, call) &&
           span_equal(l->who, line_of(order, line)->who) &&
           makes(l->name) & 1u << match_word(segment) &&
           (entry == FACT_NONE ||
            may_belong(fact_of(order->match, entry), segment));
}

/* The maker of a segment: the first call above that made nothing yet; when all
 * did, the last one. */
static void
order_maker(struct order *order, size_t line)
{
    const struct match *match = order->match;
    const struct fact *segment = fact_of(match, match->trials[line].first);
    size_t maker = line;
    if (is_bare_reset(segment))
        return;
    for (size_t i = 0; i < line; i++) {
        if (!may_make(order, i, line, segment))
            continue;
        maker = i;
        if (!order->used[i])
            break;
    }
    if (maker == line || !is_shown(order, maker, LINE_CALL))
        return;
    order->used[maker] = true;
    expect_order(order, maker, match->trials[maker].entry, line,
                 match->trials[line].first, FAULT_CAUSE);
}

/* ---- A segment before the return it lets happen ------------------------- */

/* May the return at `line` have waited for the segment of line `segment`? */
static bool
may_wait(const struct order *order, size_t segment, size_t line,
         const struct fact *returned)
{
    const struct line *l = line_of(order, segment);
    int first = order->match->trials[segment].first;
    if (l->kind != LINE_SEGMENT || !match_asks(order->match, segment) ||
        order->used[segment] || !(waits(returned) & 1u << l->word) ||
        !span_equal(l->peer, line_of(order, line)->who))
        return false;
    if (first == FACT_NONE)
        return true;
    const struct fact *fact = fact_of(order->match, first);
    return may_belong(returned, fact) &&
           (l->word != WORD_ACK || fact->segment.is & IS_HANDSHAKE_ACK);
}

/* What the return waited for: the first such segment above that no return has
 * waited for. */
static void
order_waiter(struct order *order, size_t line)
{
    const struct match *match = order->match;
    int back = match->trials[line].back;
    if (back == FACT_NONE)
        return;
    const struct fact *returned = fact_of(match, back);
    for (size_t i = 0; i < line; i++) {
        if (!may_wait(order, i, line, returned))
            continue;
        order->used[i] = !span_is(returned->name, "poll");
        if (is_shown(order, i, LINE_SEGMENT))
            expect_order(order, i, match->trials[i].first, line, back,
                         FAULT_CAUSE);
        return;
    }
}

/* Two lines that are shown, the first above the second. */
static void
order_pair(struct order *order, size_t first, size_t second)
{
    enum line_kind kind = line_of(order, first)->kind;
    if (line_of(order, second)->kind != kind || !is_shown(order, second, kind))
        return;
    order_lane(order, first, second);
    if (kind == LINE_SEGMENT)
        order_answers(order, first, second);
}

static void
find_conflicts(struct order *order)
{
    size_t lines = order->match->notation->count;
    for (size_t i = 0; i < lines; i++) {
        bool calls = is_shown(order, i, LINE_CALL);
        bool segment = is_shown(order, i, LINE_SEGMENT);
        if (calls)
            order_waiter(order, i);
        if (segment)
            order_maker(order, i);
        for (size_t j = i + 1; (calls || segment) && j < lines; j++)
            order_pair(order, i, j);
    }
}

/* ---- The fewest lines --------------------------------------------------- */

static size_t
conflicts_of(const struct order *order, size_t line)
{
    size_t count = 0;
    for (size_t i = 0; i < order->count; i++)
        count += !order->conflicts[i].settled &&
                 (order->conflicts[i].cause == line ||
                  order->conflicts[i].effect == line);
    return count;
}

static void
fail(struct order *order, size_t line)
{
    for (size_t i = 0; i < order->count; i++) {
        struct conflict *c = &order->conflicts[i];
        if (c->cause == line)
            match_fault(order->match, line, c->fault, c->cause_fact,
                        c->effect_fact);
        else if (c->effect == line)
            match_fault(order->match, line, c->fault, c->effect_fact,
                        c->cause_fact);
        c->settled |= c->cause == line || c->effect == line;
    }
}

/* Again and again the line with the most conflicts; among equals the lower. */
static void
settle(struct order *order)
{
    for (;;) {
        size_t worst = 0, most = 0;
        for (size_t i = 0; i < order->match->notation->count; i++) {
            size_t count = order->count ? conflicts_of(order, i) : 0;
            if (count && count >= most) {
                most = count;
                worst = i;
            }
        }
        if (!most)
            return;
        fail(order, worst);
    }
}

bool
match_causes(struct match *match)
{
    struct order order = { .match = match };
    order.used = calloc(match->notation->count + 1, sizeof *order.used);
    if (order.used) {
        find_conflicts(&order);
        settle(&order);
    }
    free(order.conflicts);
    free(order.used);
    return order.used && !match->failed;
}
