/*
 * words: what segments and sequence numbers are called, in every view.
 */
#ifndef TCPLAB_WORDS_H
#define TCPLAB_WORDS_H

#include "../../capture/connection.h"
#include "../../capture/decode.h"
#include "text.h"

/* "SYN", "SYN-ACK", "ACK", "DATA", "FIN", "RST": what a reader calls it. */
const char *segment_name(const struct segment *segment);

/* Does the name leave out a flag that is set? A FIN's ACK always counts. */
bool segment_flags_say_more(const struct segment *segment);

/* "FIN+ACK", from the low bit to the high one; "none". */
void text_flags(struct text *text, uint16_t flags);

/* Is `role`'s initial sequence number known, so that its numbers can be told
 * from it? */
bool isn_known(const struct connection *connection, enum role role);

/* A sequence number of `role`, relative to its ISN; negative just below it. */
int64_t relative_number(const struct connection *connection, enum role role,
                        uint32_t number);

/* "A+1", "B"; `role`'s ISN must be known. */
void text_symbol(struct text *text, const struct connection *connection,
                 enum role role, uint32_t number);

/* The number that tells a segment of `from` from its others: "seq A+1", or "ack
 * B+1" when it uses none. `connection` may be NULL. */
void text_which(struct text *text, const struct connection *connection,
                enum role from, const struct segment *segment);

/* "cwnd 10, ssthresh none": how many segments may be on their way, and where slow
 * start ends, 0: nowhere yet (RFC 5681, 3.1). */
void text_cwnd(struct text *text, uint32_t cwnd, uint32_t ssthresh);

/* What an OTHER or MALFORMED packet is, or what is wrong with it. */
void text_what(struct text *text, const struct decoded *decoded);

/* What the bits of `is` mean beyond the segment's name, each with ", " in
 * front: ", retransmission, zero window". */
void text_is(struct text *text, uint32_t is);

#endif
