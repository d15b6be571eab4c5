/*
 * policy_rule: one rule of a policy, read from a line of text.
 *
 *     client > server  SYN  #1                  drop
 *     client < server  DATA seq B+1..B+1000     delay 250ms
 *     DATA len 1..100                           duplicate 10%
 *     client > server  UDP  len 5               drop
 *     ICMP port-unreachable                     delay 1s
 *     any                                       drop 1%
 *
 * First, which frames: from whom to whom (left out: both ways), what the segment
 * or datagram is called (as in the notation; ICMP is any message of it, or the
 * error behind it; `any`: whatever it is), and then
 *   seq A+1..A+100  where its first number lies, counted from the initial one
 *                   of its sender (A the client, B the server)
 *   len 1..100      how many octets of data it has
 *   from 192.0.2.1  to 2001:db8::2  what its IP header says
 *   #2  #2..4  #2.. which of those that all the rest fits, from 1
 * A UDP datagram has len and no seq, an ICMP message neither. Of a datagram that
 * comes in pieces (RFC 791, 3.2), a rule about UDP or ICMP sees the first, which
 * has the header; len is the whole datagram's. The other pieces are `any`.
 * Then what happens: drop, hold, delay TIME, duplicate, reorder N, corrupt,
 * unreachable; with a percentage behind it, to so many of them, chosen at
 * random; with `for 5s` behind that, so long from the first of them on, and then
 * to none.
 */
#ifndef TCPLAB_POLICY_RULE_H
#define TCPLAB_POLICY_RULE_H

#include "../../capture/decode.h"
#include "../expect/notation.h"

/* Who sends: also the number of its interface on the wire. */
enum direction {
    FROM_CLIENT,
    FROM_SERVER,
    DIRECTIONS,
};

enum rule_action {
    ACTION_DROP,
    ACTION_HOLD,
    ACTION_DELAY,
    ACTION_DUPLICATE,
    ACTION_REORDER, // is overtaken by the next frames of its direction
    ACTION_CORRUPT,
    ACTION_UNREACHABLE, // is lost, and a router on the way says so (ICMP)
    ACTIONS,
};

/* "drop", as a rule has it. */
extern const char *const rule_action_names[ACTIONS];

/* From `first` to `last`, both included. */
struct range {
    uint64_t first, last;
};

enum {
    RULE_ALWAYS = 1000000, // `parts`: all of a million
    RULE_OVERTAKEN = 1000, // the most that reorder may say
};

/* An end of the IP header, "to 192.0.2.1". */
struct rule_address {
    bool asked;
    struct address is; // when it is
};

struct rule {
    // Which frames.
    bool from[DIRECTIONS];
    bool any;               // whatever it is, TCP or not
    enum segment_word word; // unless `any`
    const char *error;      // ICMP: the one of icmp_errors; NULL: any message
    struct rule_address src, dst;
    bool has_sequence, has_length;
    struct range sequence; // SEG.SEQ, relative to the sender's initial number
    struct range length;   // octets of data
    struct range count;    // which of those that fit
    // What happens to them.
    enum rule_action action;
    uint32_t parts;     // to so many of a million
    int64_t delay_ns;   // DELAY
    uint32_t overtaken; // REORDER: by so many
    int64_t span_ns;    // so long from the first on; 0: without an end
    // So far.
    uint64_t matched; // frames that the first part fits but for `count`
    uint64_t acted;   // of them, those it happened to
    int64_t began_ns; // when the first of these left, once there is one
};

/* Read a rule. False: `error` says why, with the column. */
bool rule_read(struct rule *rule, const char *text,
               struct expectation_error *error);

/* What a rule looks at. */
struct rule_subject {
    enum direction from;
    const struct decoded *decoded;
    bool has_initial; // the sender's initial number is known
    uint32_t initial;
};

/* Does everything fit but `count`? */
bool rule_fits(const struct rule *rule, const struct rule_subject *subject);

#endif
