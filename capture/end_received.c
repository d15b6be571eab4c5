/*
 * end_received: what a segment does to the end that receives it. RFC 9293,
 * 3.10.7, "SEGMENT ARRIVES": a function for each state, and in it for each
 * numbered step.
 */
#include "end.h"

#include "end_inside.h"
#include "option.h"
#include "seq.h"

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

void
end_check_early_fin(struct end *end)
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

/* Second: a RST counts only with an ACK of our SYN. */
static uint32_t
reset_in_syn_sent(struct end *end, bool ack)
{
    if (!ack)
        return IS_IGNORED;
    end_reset(end);
    return 0;
}

static uint32_t
received_in_syn_sent(struct end *end, const struct segment *segment)
{
    bool ack = has(segment, SEG_ACK);
    if (ack && !syn_sent_ack_acceptable(end, segment)) // first
        return has(segment, SEG_RST) ? IS_IGNORED : 0;
    if (has(segment, SEG_RST)) // second
        return reset_in_syn_sent(end, ack);
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
        end_reset(end);
    else if (segment->seq == end->rcv.nxt)
        end->state = STATE_CLOSED; // no reset: both had ended before
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
    return fills ? IS_OUT_OF_ORDER : IS_DUPLICATE;
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

/* All of it was received before. The SYN-ACK of a simultaneous open repeats a
 * number, and is new. */
static uint32_t
all_received(const struct segment *segment)
{
    return has(segment, SEG_SYN) && has(segment, SEG_ACK) ? 0 : IS_DUPLICATE;
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
        return all_received(segment);
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
        end_check_early_fin(end);
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
        return segment->seq == end->irs ? IS_DUPLICATE : 0;
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
