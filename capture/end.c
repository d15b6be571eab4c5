/*
 * end: the RFC 9293 machine for one end of a connection, seen from outside.
 *
 * Two halves: what sending shows (end_sent), and what arriving does
 * (end_received, a function for each numbered step of RFC 9293, 3.10.7).
 */
#include "end.h"

#include <assert.h>
#include <stdlib.h>

#include "option.h"
#include "seq.h"

const char *const segment_is_names[SEGMENT_IS_NAMES] = {
    "syn",          "syn-ack",      "handshake-ack", "data",
    "ack",          "fin",          "rst",           "retransmission",
    "out-of-order", "gap",          "duplicate-ack", "keep-alive",
    "zero-window",  "window-probe", "window-update", "data-on-syn",
    "port-reused",  "late",         "ignored",       "challenge",
};

static_assert(IS_CHALLENGE == 1 << (SEGMENT_IS_NAMES - 1), "a name a bit");

static bool
has(const struct segment *segment, uint16_t flag)
{
    return segment->flags & flag;
}

void
end_clear(struct end *end)
{
    free(end->gaps);
    end->gaps = NULL;
}

static uint32_t
reset_taken(struct end *end)
{
    end->state = STATE_CLOSED;
    end->flags |= END_RESET;
    return 0;
}

/* ---- Missing numbers ---------------------------------------------------- */

/* The end's gaps, made when first needed; NULL when there is no memory: then
 * what fills a gap is called a retransmission. */
static struct end_gaps *
end_gaps(struct end *end)
{
    if (!end->gaps) {
        end->gaps = calloc(1, sizeof *end->gaps);
        if (end->gaps)
            end->gaps->received_top = end->rcv.nxt;
    }
    return end->gaps;
}

static void
end_gaps_release(struct end *end)
{
    if (end->gaps && end->gaps->sent.count == 0 &&
        end->gaps->received.count == 0)
        end_clear(end);
}

/* ---- What sending shows ------------------------------------------------- */

static uint32_t
scaled_window(const struct end *end, const struct segment *segment)
{
    bool scaled = !has(segment, SEG_SYN) && end_knows(end, END_SHIFT_SENT) &&
                  end_knows(end, END_SHIFT_HEARD);
    return scaled ? (uint32_t)segment->wnd << end->shift : segment->wnd;
}

uint32_t
end_window(const struct end *end, const struct segment *segment, bool *known)
{
    *known =
        has(segment, SEG_SYN) || has(segment, SEG_RST) ||
        (end_knows(end, END_SYN_READ) && end_knows(end, END_PEER_SYN_READ));
    return scaled_window(end, segment);
}

/* Its own initial sequence number and window scale. */
static void
sent_syn_numbers(struct end *end, const struct segment *segment)
{
    int shift = segment_window_shift(segment);
    end->iss = segment->seq;
    end->snd.una = end->snd.nxt = segment->seq;
    end->flags |= END_ISS_KNOWN | END_SENT;
    if (!segment->options_cut)
        end->flags |= END_SYN_READ;
    if (shift >= 0) {
        end->flags |= END_SHIFT_SENT;
        end->shift = (uint8_t)shift;
    }
}

/* The first segment seen from this end: where its numbers begin. */
static void
sent_first(struct end *end, const struct segment *segment)
{
    if (has(segment, SEG_SYN)) {
        sent_syn_numbers(end, segment);
        return;
    }
    end->snd.una = end->snd.nxt = segment->seq;
    end->flags |= END_SENT;
}

/*
 * A probe repeats the number before the next one, with no octet or an old one:
 * a keep-alive (RFC 9293, 3.8.4), or, while the peer's window is 0, a window
 * probe (3.8.6.1). An octet not acknowledged yet is a retransmission instead.
 */
static uint32_t
sent_probe(const struct end *end, const struct segment *segment)
{
    if (segment->flags & (SEG_SYN | SEG_FIN | SEG_RST) ||
        segment->data_length > 1 || !has(segment, SEG_ACK))
        return 0;
    bool before_next = segment->seq == end->snd.nxt - 1;
    bool before_unacked = segment->seq == end->snd.una - 1;
    bool acked =
        segment->data_length == 0 || seq_before(segment->seq, end->snd.una);
    bool closed_window = end->snd.wnd == 0 && end_knows(end, END_WINDOW_HEARD);
    if (closed_window && (before_next || before_unacked) && acked)
        return IS_WINDOW_PROBE;
    if (closed_window && segment->data_length == 1 &&
        segment->seq == end->snd.nxt)
        return IS_WINDOW_PROBE;
    return before_next && acked ? IS_KEEP_ALIVE : 0;
}

/* In a simultaneous open each end repeats its SYN's number in a SYN-ACK: the
 * SYN is sent again, and yet it is another segment. */
static bool
is_first_syn_ack(const struct end *end, const struct segment *segment)
{
    return has(segment, SEG_SYN) && has(segment, SEG_ACK) &&
           !end_knows(end, END_SYN_ACK_SENT);
}

/* Below SND.NXT: these numbers were sent before, unless they fill a gap. */
static uint32_t
sent_old_numbers(struct end *end, const struct segment *segment)
{
    bool fills = end->gaps && gaps_fill(&end->gaps->sent, segment->seq,
                                        segment_end(segment));
    end->snd.nxt = seq_max(end->snd.nxt, segment_end(segment));
    if (fills || is_first_syn_ack(end, segment))
        return 0;
    end->retransmitted++;
    return IS_RETRANSMISSION;
}

/* Place SEG.SEQ and SEG.LEN among the numbers this end has used. */
static uint32_t
sent_numbers(struct end *end, const struct segment *segment)
{
    uint32_t is = sent_probe(end, segment);
    if (segment->len == 0 || has(segment, SEG_RST))
        return is;
    if (segment->seq == end->snd.nxt) {
        end->snd.nxt = segment_end(segment);
        return is;
    }
    if (seq_before(segment->seq, end->snd.nxt))
        return is ? is : sent_old_numbers(end, segment);
    if (end_gaps(end))
        gaps_open(&end->gaps->sent, end->snd.nxt, segment->seq);
    end->snd.nxt = segment_end(segment);
    return is;
}

static void check_early_fin(struct end *end);

/* An end that acknowledges a number has received all before it. */
static void
sent_ack(struct end *end, const struct segment *segment)
{
    if (!has(segment, SEG_ACK) || has(segment, SEG_RST))
        return;
    if (!end_knows(end, END_RECEIVED)) {
        end->rcv.nxt = segment->ack;
        end->flags |= END_RECEIVED;
    }
    if (has(segment, SEG_SYN) && !end_knows(end, END_IRS_KNOWN)) {
        end->irs = segment->ack - 1;
        end->flags |= END_IRS_KNOWN;
    }
    if (!seq_after(segment->ack, end->rcv.nxt))
        return;
    uint32_t old_next = end->rcv.nxt;
    end->rcv.nxt = segment->ack;
    if (!end->gaps)
        return;
    gaps_fill(&end->gaps->received, old_next, segment->ack);
    if (end->gaps->received.count == 0)
        end->rcv.nxt = seq_max(segment->ack, end->gaps->received_top);
    check_early_fin(end);
}

/* The state that sending this segment shows. */
static void
sent_syn(struct end *end, const struct segment *segment)
{
    if (has(segment, SEG_ACK)) {
        end->flags |= END_SYN_ACK_SENT;
        if (end->state <= STATE_SYN_SENT)
            end->state = STATE_SYN_RECEIVED;
        return;
    }
    end->flags |= END_SYN_SENT;
    if (end->state <= STATE_LISTEN)
        end->state = STATE_SYN_SENT;
}

/* A FIN that does not acknowledge the peer's FIN left before that one came:
 * the two crossed, and this end is in CLOSING, not in LAST-ACK. */
static bool
crossed(const struct end *end, const struct segment *segment)
{
    return end_knows(end, END_FIN_TAKEN) && has(segment, SEG_ACK) &&
           seq_before(segment->ack, end->rcv.nxt);
}

static void
sent_fin(struct end *end, const struct segment *segment)
{
    end->flags |= END_FIN_SENT;
    end->fin = segment_end(segment);
    if (end->state == STATE_CLOSE_WAIT)
        end->state = crossed(end, segment) ? STATE_CLOSING : STATE_LAST_ACK;
    else if (end->state <= STATE_ESTABLISHED)
        end->state = STATE_FIN_WAIT_1;
}

static void
sent_state(struct end *end, const struct segment *segment)
{
    if (has(segment, SEG_RST)) {
        reset_taken(end);
        return;
    }
    if (end_knows(end, END_RESET))
        return;
    if (has(segment, SEG_SYN))
        sent_syn(end, segment);
    else if ((end->state == STATE_CLOSED || end->state == STATE_SYN_SENT) &&
             !end_knows(end, END_FIN_SENT))
        end->state = STATE_ESTABLISHED; // the handshake went on unseen
    if (has(segment, SEG_FIN) && !end_knows(end, END_FIN_SENT))
        sent_fin(end, segment);
}

/* What a segment is by its header alone. */
static uint32_t
is_by_header(const struct segment *segment)
{
    uint32_t is = 0;
    if (has(segment, SEG_RST))
        is |= IS_RST;
    if (has(segment, SEG_SYN))
        is |= has(segment, SEG_ACK) ? IS_SYN_ACK : IS_SYN;
    if (has(segment, SEG_FIN))
        is |= IS_FIN;
    if (segment->data_length)
        is |= has(segment, SEG_SYN) ? IS_DATA | IS_DATA_ON_SYN : IS_DATA;
    if (is == 0 && has(segment, SEG_ACK))
        is |= IS_ACK;
    if (segment->wnd == 0 && !(segment->flags & (SEG_SYN | SEG_RST)))
        is |= IS_ZERO_WINDOW;
    return is;
}

uint32_t
end_sent(struct end *end, const struct segment *segment)
{
    uint32_t is = is_by_header(segment);
    end->segments++;
    end->bytes += segment->data_length;
    // A RST may carry its peer's number: it tells nothing of its sender's.
    if (!end_knows(end, END_SENT) && !has(segment, SEG_RST))
        sent_first(end, segment);
    else if (has(segment, SEG_SYN) && !end_knows(end, END_ISS_KNOWN))
        sent_syn_numbers(end, segment);
    is |= sent_numbers(end, segment);
    if (!has(segment, SEG_RST))
        end->rcv.wnd = scaled_window(end, segment);
    sent_ack(end, segment);
    sent_state(end, segment);
    end_gaps_release(end);
    return is;
}

/* ---- What arriving does: RFC 9293, 3.10.7 ------------------------------- */

/* The peer's initial sequence number and window scale. */
static void
received_syn_numbers(struct end *end, const struct segment *segment)
{
    int shift = segment_window_shift(segment);
    end->irs = segment->seq;
    end->rcv.nxt = segment->seq + 1;
    end->flags |= END_IRS_KNOWN | END_RECEIVED;
    if (!segment->options_cut)
        end->flags |= END_PEER_SYN_READ;
    if (shift >= 0) {
        end->flags |= END_SHIFT_HEARD;
        end->peer_shift = (uint8_t)shift;
    }
}

/* The window a received segment offers to this end. */
static uint32_t
offered_window(const struct end *end, const struct segment *segment)
{
    bool scaled = !has(segment, SEG_SYN) && end_knows(end, END_SHIFT_SENT) &&
                  end_knows(end, END_SHIFT_HEARD);
    return scaled ? (uint32_t)segment->wnd << end->peer_shift : segment->wnd;
}

static void
take_window(struct end *end, const struct segment *segment)
{
    end->snd.wnd = offered_window(end, segment);
    end->snd.wl1 = segment->seq;
    end->snd.wl2 = segment->ack;
    end->flags |= END_WINDOW_HEARD;
}

/* The peer's FIN is received in its turn: the state moves on (3.10.7.4,
 * eighth). */
static void
fin_taken(struct end *end)
{
    if (end_knows(end, END_FIN_TAKEN))
        return;
    end->flags |= END_FIN_TAKEN;
    switch ((enum tcp_state)end->state) {
    case STATE_SYN_RECEIVED:
    case STATE_ESTABLISHED:
        end->state = STATE_CLOSE_WAIT;
        break;
    case STATE_FIN_WAIT_1:
        end->state = STATE_CLOSING;
        break;
    case STATE_FIN_WAIT_2:
        end->state = STATE_TIME_WAIT;
        break;
    case STATE_CLOSED:
    case STATE_LISTEN:
    case STATE_SYN_SENT:
    case STATE_CLOSE_WAIT:
    case STATE_CLOSING:
    case STATE_LAST_ACK:
    case STATE_TIME_WAIT:
    case STATES:
        break;
    }
}

/* The peer's FIN came before what precedes it: is its turn now? */
static void
check_early_fin(struct end *end)
{
    if (end->gaps && end->gaps->peer_fin_early &&
        seq_at_or_before(end->gaps->peer_fin, end->rcv.nxt))
        fin_taken(end);
}

/* 3.10.7.2: LISTEN. First RST, second ACK: nothing changes here. Third SYN. */
static uint32_t
received_in_listen(struct end *end, const struct segment *segment)
{
    if (has(segment, SEG_RST) || has(segment, SEG_ACK) ||
        !has(segment, SEG_SYN))
        return 0;
    received_syn_numbers(end, segment);
    take_window(end, segment);
    end->state = STATE_SYN_RECEIVED;
    return 0;
}

/* 3.10.7.3: SYN-SENT. First: does it acknowledge our SYN? */
static bool
syn_sent_ack_acceptable(const struct end *end, const struct segment *segment)
{
    return seq_after(segment->ack, end->iss) &&
           seq_at_or_before(segment->ack, end->snd.nxt);
}

/* Fourth: the SYN of the peer, with our ACK in it or crossing ours. */
static uint32_t
syn_sent_syn(struct end *end, const struct segment *segment)
{
    received_syn_numbers(end, segment);
    take_window(end, segment);
    if (has(segment, SEG_ACK)) {
        end->snd.una = segment->ack;
        end->state = STATE_ESTABLISHED;
    } else {
        end->state = STATE_SYN_RECEIVED;
    }
    return 0;
}

static uint32_t
received_in_syn_sent(struct end *end, const struct segment *segment)
{
    bool ack = has(segment, SEG_ACK);
    if (ack && !syn_sent_ack_acceptable(end, segment)) // first
        return has(segment, SEG_RST) ? IS_IGNORED : 0;
    if (has(segment, SEG_RST)) // second
        return ack ? reset_taken(end) : IS_IGNORED;
    if (has(segment, SEG_SYN)) // fourth
        return syn_sent_syn(end, segment);
    return 0; // fifth: neither SYN nor RST
}

/*
 * 3.10.7.4, first: is a RST's number in the window? Where the scale was not
 * seen the window is not known, and a RST is believed.
 */
static bool
reset_acceptable(const struct end *end, const struct segment *segment)
{
    if (!end_knows(end, END_RECEIVED) || !end_knows(end, END_SYN_READ) ||
        !end_knows(end, END_PEER_SYN_READ))
        return true;
    uint32_t window = end->rcv.wnd > 0 ? end->rcv.wnd : 1;
    return seq_within(segment->seq, end->rcv.nxt, window);
}

/* Second. In SYN-SENT's successor and all later states a RST ends it. */
static uint32_t
check_reset(struct end *end, const struct segment *segment)
{
    if (!reset_acceptable(end, segment))
        return IS_IGNORED;
    if (end->state != STATE_TIME_WAIT)
        return reset_taken(end);
    return 0;
}

/* Fifth, in SYN-RECEIVED: the ACK of our SYN completes the handshake. */
static void
ack_in_syn_received(struct end *end, const struct segment *segment)
{
    bool known = end_knows(end, END_ISS_KNOWN);
    if (known && (!seq_after(segment->ack, end->iss) ||
                  seq_after(segment->ack, end->snd.nxt)))
        return;
    end->state =
        end_knows(end, END_FIN_SENT) ? STATE_FIN_WAIT_1 : STATE_ESTABLISHED;
    end->snd.una = segment->ack;
    take_window(end, segment);
}

/* Fifth: an ACK that repeats the last one (RFC 5681, 2), or only opens the
 * window. */
static uint32_t
repeated_ack(const struct end *end, const struct segment *segment)
{
    uint32_t window = offered_window(end, segment);
    if (segment->len > 0 || segment->ack != end->snd.una ||
        !end_knows(end, END_WINDOW_HEARD))
        return 0;
    if (window > end->snd.wnd)
        return IS_WINDOW_UPDATE;
    if (window == end->snd.wnd && end->snd.una != end->snd.nxt)
        return IS_DUPLICATE_ACK;
    return 0;
}

/* Fifth: SND.UNA moves up. More than SND.NXT means numbers not seen here; more
 * than the window allowed was never sent, and means nothing. */
static void
acknowledge(struct end *end, uint32_t ack)
{
    uint32_t window = end->snd.wnd > UINT16_MAX ? end->snd.wnd : UINT16_MAX;
    if (seq_after(ack, end->snd.nxt + window))
        return;
    if (seq_after(ack, end->snd.nxt)) {
        if (end->gaps)
            gaps_fill(&end->gaps->sent, end->snd.una, ack);
        end->snd.nxt = ack;
        end->flags |= END_SENT;
    }
    if (seq_after(ack, end->snd.una))
        end->snd.una = ack;
}

/* Fifth: is our FIN acknowledged? Then a closing state moves on. */
static void
check_fin_acknowledged(struct end *end)
{
    if (!end_knows(end, END_FIN_SENT) || seq_before(end->snd.una, end->fin))
        return;
    if (end->state == STATE_FIN_WAIT_1)
        end->state = STATE_FIN_WAIT_2;
    else if (end->state == STATE_CLOSING)
        end->state = STATE_TIME_WAIT;
    else if (end->state == STATE_LAST_ACK)
        end->state = STATE_CLOSED;
}

static uint32_t
check_ack(struct end *end, const struct segment *segment)
{
    if (!has(segment, SEG_ACK))
        return 0;
    if (!end_knows(end, END_SENT)) {
        end->snd.una = end->snd.nxt = segment->ack;
        end->flags |= END_SENT;
    }
    bool opening = end->state == STATE_SYN_RECEIVED;
    if (opening)
        ack_in_syn_received(end, segment);
    if (end->state == STATE_SYN_RECEIVED)
        return 0; // it did not acknowledge our SYN
    uint32_t is = opening ? 0 : repeated_ack(end, segment);
    acknowledge(end, segment->ack);
    if (seq_before(end->snd.wl1, segment->seq) ||
        (end->snd.wl1 == segment->seq &&
         seq_at_or_before(end->snd.wl2, segment->ack)) ||
        !end_knows(end, END_WINDOW_HEARD))
        take_window(end, segment);
    check_fin_acknowledged(end);
    return is;
}

/* Numbers beyond RCV.NXT: something is missing, or late. */
static uint32_t
text_beyond_next(struct end *end, const struct segment *segment)
{
    struct end_gaps *gaps = end_gaps(end);
    if (!gaps) {
        end->rcv.nxt = segment_end(segment);
        return IS_GAP;
    }
    if (gaps->received.count == 0)
        gaps->received_top = end->rcv.nxt;
    if (seq_at_or_before(gaps->received_top, segment->seq)) {
        bool touches = gaps->received_top == segment->seq;
        if (!touches)
            gaps_open(&gaps->received, gaps->received_top, segment->seq);
        gaps->received_top = segment_end(segment);
        return touches ? 0 : IS_GAP;
    }
    bool fills = gaps_fill(&gaps->received, segment->seq, segment_end(segment));
    gaps->received_top = seq_max(gaps->received_top, segment_end(segment));
    return fills ? IS_OUT_OF_ORDER : 0;
}

/* Numbers from RCV.NXT on while later ones have come already. */
static uint32_t
text_into_gap(struct end *end, const struct segment *segment)
{
    struct end_gaps *gaps = end->gaps;
    bool fills = gaps_fill(&gaps->received, segment->seq, segment_end(segment));
    gaps->received_top = seq_max(gaps->received_top, segment_end(segment));
    end->rcv.nxt =
        gaps->received.count ? gaps->received.gap[0].left : gaps->received_top;
    return fills ? IS_OUT_OF_ORDER : 0;
}

/* Seventh: the segment's text, and the number of its FIN. */
static uint32_t
process_text(struct end *end, const struct segment *segment)
{
    if (segment->len == 0)
        return 0;
    if (!end_knows(end, END_RECEIVED)) {
        end->rcv.nxt = segment->seq;
        end->flags |= END_RECEIVED;
    }
    if (seq_after(segment->seq, end->rcv.nxt))
        return text_beyond_next(end, segment);
    if (seq_at_or_before(segment_end(segment), end->rcv.nxt))
        return 0; // all of it was received before
    if (end->gaps && end->gaps->received.count)
        return text_into_gap(end, segment);
    end->rcv.nxt = segment_end(segment);
    return 0;
}

/* Eighth: a FIN counts when everything before it has come. */
static void
check_fin(struct end *end, const struct segment *segment)
{
    if (has(segment, SEG_FIN)) {
        if (seq_at_or_before(segment_end(segment), end->rcv.nxt)) {
            fin_taken(end);
        } else if (end->gaps) {
            end->gaps->peer_fin = segment_end(segment);
            end->gaps->peer_fin_early = true;
        }
    } else {
        check_early_fin(end);
    }
}

/* Fourth: a SYN in a synchronized state changes nothing (RFC 5961, 4). A
 * repeated one, in SYN-RECEIVED, may bring the ACK of a simultaneous open. */
static bool
check_syn(const struct end *end, const struct segment *segment)
{
    return !has(segment, SEG_SYN) || end->state == STATE_SYN_RECEIVED;
}

/* 3.10.7.4: all other states, in the order of the RFC's numbers. */
static uint32_t
received_otherwise(struct end *end, const struct segment *segment)
{
    uint32_t is = 0;
    if (has(segment, SEG_RST)) // first and second
        return check_reset(end, segment);
    if (!check_syn(end, segment)) // fourth
        return 0;
    is |= check_ack(end, segment);    // fifth
    is |= process_text(end, segment); // seventh
    check_fin(end, segment);          // eighth
    return is;
}

/* 3.10.7.1: CLOSED. An end never seen before is open; the capture is late. */
static uint32_t
received_in_closed(struct end *end, const struct segment *segment)
{
    bool unseen = !end_knows(end, END_SENT) && !end_knows(end, END_RECEIVED);
    if (!unseen || has(segment, SEG_SYN) || has(segment, SEG_RST))
        return 0;
    end->state = STATE_ESTABLISHED;
    return received_otherwise(end, segment);
}

uint32_t
end_received(struct end *end, const struct segment *segment)
{
    uint32_t is;
    switch ((enum tcp_state)end->state) {
    case STATE_CLOSED:
        is = received_in_closed(end, segment);
        break;
    case STATE_LISTEN:
        is = received_in_listen(end, segment);
        break;
    case STATE_SYN_SENT:
        is = received_in_syn_sent(end, segment);
        break;
    default:
        is = received_otherwise(end, segment);
    }
    end_gaps_release(end);
    return is;
}
