/* end_sent: what a segment shows of the end that sent it. */
#include "end.h"

#include "end_inside.h"
#include "option.h"
#include "seq.h"

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
    end_check_early_fin(end);
}

/* The state that sending this segment shows. A SYN of an end that has closed is
 * an old one. */
static void
sent_syn(struct end *end, const struct segment *segment)
{
    if (end_knows(end, END_FIN_SENT))
        return;
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
        end_reset(end);
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
        end->rcv.wnd = end_scaled_window(end, segment);
    sent_ack(end, segment);
    sent_state(end, segment);
    end_gaps_release(end);
    return is;
}
