/*
 * match: the lines of a text and the facts of a trace, laid side by side.
 *
 * Three steps. The names of connections and numbers are found by vote, so that
 * one altered number leaves the others standing. Each lane, which is what one
 * program calls or one direction of a connection carries, is aligned: the
 * cheapest way to leave out lines, to leave over facts, and to pair a line with
 * a fact that nearly shows it. Then what follows from what is checked across
 * lanes. Each way through the choices of `either` is one try; the one with the
 * fewest lines that fail stands.
 */
#ifndef TCPLAB_MATCH_H
#define TCPLAB_MATCH_H

#include "../text/text.h"
#include "fact.h"
#include "notation.h"

/* What is wrong with a line. */
enum fault {
    FAULT_NONE,
    FAULT_MISSING,  // nothing shows it
    FAULT_DIFFERS,  // `fact` nearly shows it
    FAULT_LANE,     // `fact` is on the wrong side of `other` in its lane
    FAULT_EXTRA,    // `fact` stands behind it, and no line asks for it
    FAULT_TOO_MANY, // the same, before the first line
    FAULT_CAUSE,    // `fact` comes on the wrong side of `other`
    FAULT_BEFORE,   // `fact` is not before `other`
    FAULT_AFTER,
    FAULT_ALONE, // what it should be before or after is not there
    FAULT_PAIR,  // `fact` is the return of another call
    FAULT_EARLY,
    FAULT_LATE,
    FAULT_NOT_QUIET, // `fact` stands where there should be nothing
    // Not judged.
    BLIND_TO_CALLS,
    BLIND_TO_SEGMENTS,
    BLIND_TO_STATES,
    BLIND_TO_SHORT_STATE,
    BLIND_TO_FATE,
    BLIND_BY_BOUND, // there was too much to compare
    BLIND_BY_FAULT, // a line above fails, `other`, and this one follows from it
    STILL_ASKED,
};

/* What a try found about a line. */
struct trial {
    bool asked; // it stands in the way that is tried, and can be judged
    enum fault fault;
    int fact, other; // indices of facts, or FACT_NONE
    int first, last; // facts that show it
    int entry, back; // CALL: the first that show its call and its return
    uint32_t extras; // facts behind it that nothing asks for
    size_t printed;  // PRINT: octets of `last` up to the end
};

/* A connection that the text speaks of. */
struct group {
    uint32_t block;
    bool is_flow;        // of datagrams
    struct span ends[2]; // programs, as the text names them
    uint32_t connection; // 0: none
    enum role role;      // of ends[0] in it
};

enum {
    NAME_RIVALS = 8
};

/* A name of a number, in a group. */
struct name {
    size_t group;
    struct span name;
    bool known; // at least two mentions agree
    uint32_t value;
    // From the vote.
    uint32_t votes, highest;      // mentions that agree, the first of them
    uint32_t rivals[NAME_RIVALS]; // values with as many votes
    uint32_t rival_count;
};

/* Where a line's connection and names stand, or FACT_NONE. */
struct place {
    int group, seq, ack;
};

/* What `server` and `port` stand for. */
struct address_names {
    bool server_known;
    struct endpoint server;
    bool client_known;
    struct endpoint client;
};

struct match {
    const struct notation *notation;
    const struct facts *facts;
    struct address_names addresses;
    unsigned blind; // BLIND_ bits

    struct group *groups;
    size_t group_count;
    struct name *names;
    size_t name_count;
    struct place *places; // a line each
    enum fault *unjudged; // a line each: why it cannot be judged, or NONE
    uint32_t *way;        // a choice each: the way that is tried
    struct trial *trials; // a line each
    int *owner;           // a fact each: the line that it shows, or OWNER_
    uint64_t comparisons; // made so far
    uint64_t cost;        // of the try
    bool gave_up, failed; // a bound was reached; there was no memory
};

/* Append words; there may be none. */
static inline void
text_words(struct text *text, struct span words)
{
    if (words.bytes)
        text_bytes(text, words.at, words.bytes);
}

enum {
    OWNER_NONE = FACT_NONE,
    OWNER_FREE = -2,  // it may stand where it stands
    OWNER_STRAY = -3, // of a lane without lines
    DIFFERS_ALTOGETHER = 1000
};

/* ---- match.c ------------------------------------------------------------ */

/* All there is to do. False: there was no memory. */
bool match_run(struct match *match);
void match_clear(struct match *match);

/* One try of the ways in `match->way`. Returns the lines that fail. */
size_t match_try(struct match *match);

/* Is the line in the way that is tried, and one that can be judged? */
bool match_asks(const struct match *match, size_t line);

/* May anything stand at the line: "...", or a line that is still asked? */
bool match_is_open(const struct match *match, size_t line);

/* Is it a fault, and not a reason why nothing was judged? */
bool match_is_fault(enum fault fault);

/* A fault of a line; the first one found stays. */
void match_fault(struct match *match, size_t line, enum fault fault, int fact,
                 int other);

/* ---- match_name.c ------------------------------------------------------- */

/* Find the groups and their connections, and the names of numbers. */
bool match_find_groups(struct match *match);

/* Let the facts vote for what each name stands for. */
bool match_vote(struct match *match);

/* The role of the program that a segment line names as sender. */
enum role match_sender(const struct match *match, size_t line);

/* Does the fact stand in the lane of a segment line? */
bool match_is_in_lane(const struct match *match, size_t line,
                      const struct fact *fact);

/* ---- match_differ.c ----------------------------------------------------- */

enum segment_word match_word(const struct fact *fact);

/* Does the kernel send it by itself, again or as a probe? */
bool match_is_by_itself(const struct fact *fact);

/* That, or a pure ACK: no line need ask for it. */
bool match_is_free(const struct fact *fact);

/*
 * In how many things does the fact differ from the line? `why`, unless NULL,
 * gets a sentence for each. DIFFERS_ALTOGETHER: they cannot be compared.
 */
unsigned match_differ(const struct match *match, const struct line *line,
                      const struct place *place, const struct fact *fact,
                      struct text *why);

/* Append "connect(3, 127.0.0.1:7004)". */
void match_write_call(struct text *text, const struct fact *fact);

/* ---- match_fate.c ------------------------------------------------------- */

/* The same for what becomes of a segment on the wire; 0 where no fates are
 * told. "It was not lost: it arrived 0.100 ms after it left. " */
unsigned match_fate_differs(const struct match *match, const struct line *line,
                            const struct fact *fact, struct text *why);

/* ---- match_datagram.c --------------------------------------------------- */

/* Is the line about a flow? An ICMP line is, when datagrams stand in its block.
 */
bool match_is_of_flow(const struct match *match, const struct line *line);

/* Is the fact about a flow, and the text about datagrams? Then it counts. */
bool match_counts_datagram(const struct match *match, const struct fact *fact);

/* match_differ(), of a fact that is a datagram. */
unsigned match_datagram_differs(const struct match *match,
                                const struct line *line,
                                const struct fact *fact, struct text *why);

/* ---- match_argument.c --------------------------------------------------- */

/* The first argument that a line asks for and a call has not; else empty. */
struct span match_argument(const struct match *match, const struct line *line,
                           const struct fact *call);

/* ---- match_address.c ---------------------------------------------------- */

/* Find what `server`, `client` and `port` stand for, as far as it is not known.
 */
void match_find_addresses(struct match *match);

/* ---- match_align.c ------------------------------------------------------ */

/* Align every lane. False: no memory. */
bool match_lanes(struct match *match);

/* ---- match_state.c ------------------------------------------------------ */

/* States, exits and what was printed. */
void match_states(struct match *match);

/* The state a fact tells of the program and connection of a state line, or
 * FACT_NONE. */
int match_state_of(const struct match *match, size_t line,
                   const struct fact *fact);

/* Did a program end as the line asks? `status` is as wait(2) gives it. */
bool match_status_fits(const struct wanted *wanted, uint32_t status);

/* ---- match_cause.c ------------------------------------------------------ */

/* The order within lanes, and from cause to effect. False: no memory. */
bool match_causes(struct match *match);

/* ---- match_relation.c --------------------------------------------------- */

void match_relations(struct match *match);

/* ---- match_why.c -------------------------------------------------------- */

/*
 * Why the line does not hold, or is not judged, in sentences. Returns the fact
 * that comes nearest, or FACT_NONE.
 */
int match_why(const struct match *match, size_t line, struct text *why);

#endif
