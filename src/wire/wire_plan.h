/*
 * wire_plan: what is asked of a wire before there is one: words from a command
 * line or a lab's description, which become a policy.
 */
#ifndef TCPLAB_WIRE_PLAN_H
#define TCPLAB_WIRE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy.h"

/* The words are lent. */
struct wire_plan {
    const char *delay, *rate, *queue; // NULL: not given
    const char *rules[POLICY_RULES];
    int rule_count;
    uint64_t seed;
    bool arp;    // the hosts ask for each other's address
    bool resent; // what is sent again while it, or its answer, is held, arrives
};

enum wire_word {
    WIRE_WORD_DELAY,
    WIRE_WORD_RATE,
    WIRE_WORD_QUEUE,
    WIRE_WORD_RULE,
};

/* Take what was given for one of them. NULL, or what is wrong with it (lent until
 * the next call). */
const char *wire_plan_take(struct wire_plan *plan, enum wire_word word,
                           const char *value);

/* A policy of it; the caller's. NULL with errno: every word was taken before. */
struct policy *wire_plan_policy(const struct wire_plan *plan);

/* "delay 250ms, rule client > server SYN #1 drop": for a reader. */
void wire_plan_text(const struct wire_plan *plan, char *room, size_t size);

#endif
