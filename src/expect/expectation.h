/*
 * expectation: what a timeline should show, and whether its events show it.
 *
 * A text in the kit's notation goes in, then events, in order. Then every line
 * of the text holds, does not hold, or cannot be judged here; and a line that
 * does not hold says in whole sentences what differs. Nothing is printed.
 *
 *     struct expectation *e = expectation_new(text, bytes, &error);
 *     expectation_event(e, event);            for each event
 *     expectation_judge(e);
 *     for (i = 0; (line = expectation_line(e, i)); i++)
 *         ...
 *     expectation_free(e);
 *
 * The notation, a line each; blanks do not matter, # begins a comment:
 *
 *     WHO call(ARGS)             WHO enters the call
 *     WHO call = RESULT          it returns: N, >N, *, -1, -1 ENAME
 *     WHO call(ARGS) = RESULT    both, of one call
 *     X > Y FLAGS [seq E] [ack E] [len N] [win N] [opt NAME [N]] [is NAME]
 *                                win is the window as sent; >N as well
 *     X > Y UDP [len N]
 *     X > Y ICMP [NAME]          an error: port-unreachable
 *     WHO state STATE [by kernel]
 *     WHO exits N, WHO exits by SIGNAL, WHO prints "TEXT"
 *     nothing [until LINE]       no SYN, FIN, RST or data meanwhile
 *     ...                        anything may stand here
 *     either, or, end            one of these
 *     connection N:              the lines below are about this one
 *
 * Of two ends that send datagrams, the one whose port was bound is `server`. A
 * text with a UDP line names all datagrams, as it names all segments.
 *
 * Behind a line, or on lines of their own below it: before LINE, after LINE,
 * within 3s, about 1s. Behind a line: x2..5, from WHO. Behind a segment, what the
 * wire does with it: lost; twice; arrives 0.25s later, which is about that, within
 * a quarter or 20 ms; arrives later, which is not at once.
 *
 * Each direction's segments and each program's calls are aligned with their
 * lines so that the fewest lines fail: one event that is missing, altered or
 * out of order makes one line fail.
 */
#ifndef TCPLAB_EXPECTATION_H
#define TCPLAB_EXPECTATION_H

#include "../event/event.h"

enum held {
    HELD_NO,
    HELD_YES,
    HELD_UNKNOWN,   // not observable here, or still to be filled in
    HELD_NOT_ASKED, // it stands in another way of `either` than the one taken
};

struct expectation;

/* Why a text is not in the notation. Line 0: there is no memory. */
struct expectation_error {
    uint32_t line;    // in the text, from 1
    uint32_t column;  // of the word in question, in `text`, from 1; 0: none
    char text[120];   // the line
    char reason[160]; // what is wrong, a sentence
    char right[160];  // what would be right, a sentence; may be empty
};

struct expectation_line {
    const char *text; // the line, with one blank between words
    uint32_t number;  // in the text, from 1
    enum held held;
    const uint64_t *events; // the numbers of the events that show it
    size_t event_count;
    uint64_t nearest; // the event that comes nearest, or is one too many; or 0
    const char *why;  // sentences, unless held is HELD_YES; else ""
};

/* What a trace may be unable to show, for whoever knows. */
enum expectation_blind {
    BLIND_CALLS = 1 << 0,    // calls, exits, output
    BLIND_SEGMENTS = 1 << 1, // segments
    BLIND_KERNEL = 1 << 2,   // states by the kernel
};

enum {
    // The bounds of matching: ways through all `either`, and comparisons of a
    // line with an event.
    EXPECTATION_WAYS = 1000,
    EXPECTATION_COMPARISONS = 20000000,
};

/* Read `text`. NULL, with `error` filled in, when it is not in the notation. */
struct expectation *expectation_new(const char *text, size_t bytes,
                                    struct expectation_error *error);
void expectation_free(struct expectation *expectation);

/* What the names `server` and `port` stand for in arguments. Without it they
 * are taken from what the server binds, or else from the connections. */
void expectation_server(struct expectation *expectation,
                        const struct endpoint *server);

/* The trace cannot show these, a sum of BLIND_ bits. Without it, what no event
 * is about counts as not shown where that is certain. */
void expectation_blind(struct expectation *expectation, unsigned blind);

/* An event happened; what is needed of it is copied. */
void expectation_event(struct expectation *expectation,
                       const struct event *event);

/* Compare. To be called once, at the end. False: there is no memory. */
bool expectation_judge(struct expectation *expectation);

/* After expectation_judge(). */

/* The lines in the order of the text; NULL behind the last. */
const struct expectation_line *
expectation_line(const struct expectation *expectation, size_t index);

/* The first line that does not hold; NULL: there is none. */
const struct expectation_line *
expectation_failure(const struct expectation *expectation);

/* NO when a line does not hold; else UNKNOWN when one is; else YES. */
enum held expectation_held(const struct expectation *expectation);

/* Did matching reach a bound? Then another way might have held. */
bool expectation_gave_up(const struct expectation *expectation);

#endif
