/*
 * policy: what happens to a frame on the wire: how long it takes, what is lost,
 * and the rules.
 *
 * The way of a frame: rules are asked in their order, and the first that fits
 * has its will. Then the frame waits until those before it are sent, at `rate`,
 * is sent itself, and takes `delay`. A direction keeps its order, but for what
 * rules do. ARP and neighbour discovery are delayed, and that is all.
 */
#ifndef TCPLAB_POLICY_H
#define TCPLAB_POLICY_H

#include "policy_rule.h"

enum {
    POLICY_RULES = 64,
    POLICY_TEXT = 120,  // of a rule, with its NUL
    POLICY_QUEUE = 100, // frames that wait for the rate, when nothing is said
    POLICY_QUEUE_MOST = 65536,
};

struct policy;

/* A policy of nothing: every frame arrives at once. What happens by chance
 * follows from `seed`. NULL with errno. */
struct policy *policy_new(uint64_t seed);
void policy_free(struct policy *policy);

/*
 * Each takes what stands on a command line. False: `error` says why, with the
 * column, and nothing is changed.
 *
 * policy_add()    a rule, asked behind those there are; at most POLICY_RULES
 * policy_delay()  "100ms", or "100ms:20ms": 80 to 120 ms, by chance
 * policy_rate()   "1mbit": bits of frames in a second, each way for itself
 * policy_queue()  "50": so many wait for the rate; what comes then is lost
 */
bool policy_add(struct policy *policy, const char *text,
                struct expectation_error *error);
bool policy_delay(struct policy *policy, const char *text,
                  struct expectation_error *error);
bool policy_rate(struct policy *policy, const char *text,
                 struct expectation_error *error);
bool policy_queue(struct policy *policy, const char *text,
                  struct expectation_error *error);

/* Wait for the first frame that the match of a rule fits, "client < server
 * SYN-ACK": its verdict says `awaited`, once. False: as above. */
bool policy_await(struct policy *policy, const char *match,
                  struct expectation_error *error);

/* "column 8: ..." and what would be right, as one line. */
void policy_error_text(const struct expectation_error *error, char *room,
                       size_t size);

/* The rules, as they were given and with their counts, from 0. */
int policy_count(const struct policy *policy);
const struct rule *policy_rule(const struct policy *policy, int i);
const char *policy_rule_text(const struct policy *policy, int i);

struct policy_frame {
    enum direction from;
    const struct decoded *decoded;
    uint32_t octets; // its length on the wire
    int64_t left_ns; // when it left its sender; the same clock for all frames
};

/* What happens to a frame. All false: it arrives at due_ns. */
struct verdict {
    bool lost, held, doubled, corrupted;
    bool unreachable;   // lost, and its sender is told
    bool awaited;       // by policy_await()
    uint32_t overtaken; // by so many, before it may arrive
    int64_t due_ns;
    char why[48]; // "rule 1: drop", "queue full"; empty: no reason
};

struct verdict policy_judge(struct policy *policy,
                            const struct policy_frame *frame);

/* Did all of a segment that takes numbers leave before, in frames that were
 * judged? */
bool policy_saw(const struct policy *policy, enum direction from,
                const struct segment *segment);

/* ARP and neighbour discovery: without them there would be no talk. */
bool policy_spares(const struct decoded *decoded);

#endif
