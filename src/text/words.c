/* words: the names of things, in one place. */
#include "words.h"

#include "../../capture/source.h"

const char *
segment_name(const struct segment *segment)
{
    if (segment->flags & SEG_RST)
        return "RST";
    if (segment->flags & SEG_SYN)
        return segment->flags & SEG_ACK ? "SYN-ACK" : "SYN";
    if (segment->flags & SEG_FIN)
        return "FIN";
    if (segment->data_length)
        return "DATA";
    return segment->flags & SEG_ACK ? "ACK" : "none";
}

bool
segment_flags_say_more(const struct segment *segment)
{
    uint16_t flags = segment->flags;
    if (flags & (SEG_RST | SEG_FIN))
        return (flags & (flags - 1)) != 0;
    if (flags & SEG_SYN)
        return flags & ~(SEG_SYN | SEG_ACK);
    return flags != SEG_ACK;
}

void
text_flags(struct text *text, uint16_t flags)
{
    bool first = true;
    for (int i = FLAG_NAMES - 1; i >= 0; i--) {
        if (!(flags & flag_names[i].flag))
            continue;
        if (!first)
            text_char(text, '+');
        text_add(text, flag_names[i].name);
        first = false;
    }
    if (first)
        text_add(text, "none");
}

bool
isn_known(const struct connection *connection, enum role role)
{
    return end_knows(&connection->ends[role], END_ISS_KNOWN);
}

int64_t
relative_number(const struct connection *connection, enum role role,
                uint32_t number)
{
    uint32_t relative = number - connection->ends[role].iss;
    // A stream may be long; only what lies just below the ISN is below it.
    return relative > 0xffff0000u ? (int64_t)relative - ((int64_t)1 << 32)
                                  : (int64_t)relative;
}

void
text_symbol(struct text *text, const struct connection *connection,
            enum role role, uint32_t number)
{
    int64_t relative = relative_number(connection, role, number);
    text_char(text, role == ROLE_CLIENT ? 'A' : 'B');
    if (relative > 0)
        text_char(text, '+');
    else if (relative < 0)
        text_char(text, '-');
    if (relative != 0)
        text_number(text, (uint64_t)(relative < 0 ? -relative : relative));
}

void
text_cwnd(struct text *t, uint32_t cwnd, uint32_t ssthresh)
{
    text_format(t, "cwnd %n, ssthresh ", (uint64_t)cwnd);
    if (ssthresh)
        text_number(t, ssthresh);
    else
        text_add(t, "none");
}

void
text_what(struct text *text, const struct decoded *decoded)
{
    if (decoded->what == frame_unknown_link) {
        text_format(text, "link layer: %s", source_link_name(decoded->number));
        return;
    }
    text_add(text, decoded->what);
    if (decoded->number >= 0)
        text_format(text, " %n", (uint64_t)decoded->number);
}

void
text_which(struct text *text, const struct connection *connection,
           enum role from, const struct segment *segment)
{
    bool acks = segment->len == 0 && segment->flags & SEG_ACK;
    bool self = connection && connection_has(connection, CONNECTION_SELF);
    enum role role = acks && !self ? role_other(from) : from;
    uint32_t number = acks ? segment->ack : segment->seq;
    text_add(text, acks ? "ack " : "seq ");
    if (connection && isn_known(connection, role))
        text_symbol(text, connection, role, number);
    else
        text_format(text, "abs %n", (uint64_t)number);
}

struct word {
    uint32_t bit;
    const char *words;
};

static const struct word words_of[] = {
    { IS_HANDSHAKE_ACK, ", completes the handshake" },
    { IS_RETRANSMISSION, ", retransmission" },
    { IS_OUT_OF_ORDER, ", out of order" },
    { IS_GAP, ", numbers before it not seen" },
    { IS_DUPLICATE_ACK, ", duplicate ACK" },
    { IS_KEEP_ALIVE, ", keep-alive" },
    { IS_ZERO_WINDOW, ", zero window" },
    { IS_WINDOW_PROBE, ", window probe" },
    { IS_WINDOW_UPDATE, ", window update" },
    { IS_DATA_ON_SYN, ", data on the SYN" },
    { IS_PORT_REUSED, ", port reused" },
    { IS_LATE, ", after the connection was let go" },
    { IS_IGNORED, ", outside the window: changes nothing" },
    { IS_DUPLICATE, ", a duplicate: its receiver has all of it" },
    { IS_CHALLENGE, ", another number: a new connection only if answered" },
};

/* What the name of a segment says already. */
static const uint32_t is_in_the_name =
    IS_SYN | IS_SYN_ACK | IS_DATA | IS_ACK | IS_FIN | IS_RST;

void
text_is(struct text *text, uint32_t is)
{
    if (!(is & ~is_in_the_name))
        return;
    for (size_t i = 0; i < sizeof words_of / sizeof words_of[0]; i++)
        if (is & words_of[i].bit)
            text_add(text, words_of[i].words);
}
