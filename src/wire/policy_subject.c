/* policy_subject: does a rule fit what a frame carries? */
#include "policy_rule.h"

static bool
within(const struct range *range, uint64_t number)
{
    return number >= range->first && number <= range->last;
}

/* What a frame carries, as a rule sees it. */
struct carried {
    enum segment_word word; // WORD_ANY: none of the names
    uint32_t data;          // octets
    const char *error;      // of ICMP; NULL: none of icmp_errors
};

/* Of a datagram in pieces the first has its header. */
static struct carried
carried_by(const struct decoded *decoded)
{
    const struct segment *segment = &decoded->segment;
    const struct datagram *piece = &decoded->fragment;
    struct decoded first;
    switch (decoded->kind) {
    case DECODED_SEGMENT:
        return (struct carried){
            .word = segment_word_of(segment->flags, segment->data_length),
            .data = segment->data_length,
        };
    case DECODED_DATAGRAM:
        return (struct carried){ .word = WORD_UDP,
                                 .data = decoded->udp.data_length };
    case DECODED_ICMP:
        return (struct carried){ .word = WORD_ICMP,
                                 .error = decoded->icmp.error };
    case DECODED_FRAGMENT:
        if (piece->fragment_offset || piece->protocol == IP_PROTOCOL_TCP)
            break;
        decode_datagram(piece, &first);
        return carried_by(&first);
    case DECODED_ARP:
    case DECODED_OTHER:
    case DECODED_ENTRY:
    case DECODED_MALFORMED:
        break;
    }
    return (struct carried){ .word = WORD_ANY };
}

/* The addresses of its IP header; false: it has none, or nobody can tell. */
static bool
addresses_of(const struct decoded *d, const struct address *ends[2])
{
    switch (d->kind) {
    case DECODED_SEGMENT:
        ends[0] = &d->segment.src.address;
        ends[1] = &d->segment.dst.address;
        return true;
    case DECODED_DATAGRAM:
        ends[0] = &d->udp.src.address;
        ends[1] = &d->udp.dst.address;
        return true;
    case DECODED_ICMP:
        ends[0] = &d->icmp.src;
        ends[1] = &d->icmp.dst;
        return true;
    case DECODED_FRAGMENT:
        ends[0] = &d->fragment.src;
        ends[1] = &d->fragment.dst;
        return true;
    case DECODED_ARP:
    case DECODED_OTHER:
    case DECODED_ENTRY:
    case DECODED_MALFORMED:
        break;
    }
    return false;
}

static bool
fits_addresses(const struct rule *rule, const struct decoded *decoded)
{
    const struct address *ends[2];
    if (!rule->src.asked && !rule->dst.asked)
        return true;
    return addresses_of(decoded, ends) &&
           (!rule->src.asked || address_equal(&rule->src.is, ends[0])) &&
           (!rule->dst.asked || address_equal(&rule->dst.is, ends[1]));
}

bool
rule_fits(const struct rule *rule, const struct rule_subject *subject)
{
    const struct segment *segment = &subject->decoded->segment;
    if (!rule->from[subject->from] || !fits_addresses(rule, subject->decoded))
        return false;
    if (rule->any)
        return true;
    struct carried carried = carried_by(subject->decoded);
    if (carried.word != rule->word)
        return false;
    if (rule->error && rule->error != carried.error)
        return false;
    if (rule->has_length && !within(&rule->length, carried.data))
        return false;
    return !rule->has_sequence ||
           (subject->has_initial &&
            within(&rule->sequence, segment->seq - subject->initial));
}
