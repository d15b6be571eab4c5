/*
 * holding: the director's part that holds calls and segments, in the order they
 * happened, asks about the first of them, and lets it go when a key says so.
 *
 * A key is a word down the control pipe, a line each:
 *
 *   n          the call happens; the segment arrives
 *   d          the segment is lost
 *   2          it arrives twice
 *   l          it lets the next one of its direction overtake it
 *   c          nothing is held any more
 *   c MATCH    nothing is held until a segment fits (policy_rule.h), as
 *              "c client < server SYN-ACK"
 *   q          the run ends
 */
#ifndef TCPLAB_HOLDING_H
#define TCPLAB_HOLDING_H

#include "director.h"

enum {
    HOLDING_RULE = 200 // more than a rule has
};

/* The rule of the wire's that holds the first segment that fits `match`, and no
 * other. */
void holding_rule(const char *match, char rule[HOLDING_RULE]);

/* Before anything happens: hold from the beginning, if the plan says so. */
void holding_begin(struct director *director);

/* Hold a thread at its call, if there is memory. False: there is none. */
bool holding_call(struct director *director, struct thread *thread);

/* It is no more at that call. */
void holding_forget(struct director *director, const struct thread *thread);

/* A frame leaves its sender on the wire; and what becomes of one. */
void holding_frame(struct director *director, const struct packet *packet);
void holding_fate(struct director *director, const struct entry *entry);

/* Ask whether the first of what is held shall go on. */
void holding_ask(struct director *director);

/* A key was pressed. */
void holding_key(struct director *director, const char *key);

#endif
