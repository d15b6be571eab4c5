/*
 * notation: the language of expected timelines, read into lines.
 *
 * It is described in expectation.h. Lines keep the order of the text; `either`
 * and `connection N:` become numbers that the lines between them carry.
 */
#ifndef TCPLAB_NOTATION_H
#define TCPLAB_NOTATION_H

#include "../../capture/entry.h"
#include "expectation.h"

enum line_kind {
    LINE_CALL,
    LINE_SEGMENT,
    LINE_STATE,
    LINE_EXIT,
    LINE_PRINT,
    LINE_NOTHING,
    LINE_ANYTHING, // "..."
};

/* A number that a line asks for. */
enum wanted_how {
    WANTED_ANY,    // left out, or *
    WANTED_NUMBER, // `number`
    WANTED_ABOVE,  // more than `number`
    WANTED_NAMED,  // `name` plus `number`
    WANTED_ERROR,  // -1 with the error `name`
};

struct wanted {
    enum wanted_how how;
    int64_t number;
    struct span name;
};

/* What a segment is called; each is recognized by its flags and data. */
enum segment_word {
    WORD_SYN,
    WORD_SYN_ACK,
    WORD_ACK, // a pure one
    WORD_FIN,
    WORD_RST,
    WORD_DATA,
    WORD_UDP,  // a datagram
    WORD_ICMP, // an error about a datagram, or about a segment
    WORD_ANY,  // ?
    SEGMENT_WORDS,
};

extern const char *const segment_words[SEGMENT_WORDS];

/* What a segment with these flags and so many octets of data is called. */
enum segment_word segment_word_of(uint16_t flags, uint32_t data_length);

enum {
    LINE_OPTIONS = 6,
    LINE_RELATIONS = 4,
    LINE_REPEATED = 1000, // the most that x2..5 may say
};

/* A TCP option a line asks for, by the kind's number. */
struct wanted_option {
    uint8_t kind;
    struct wanted value;
};

/* What a line asks of a segment's way, a sum. */
enum wanted_fate {
    WANTED_LOST = 1 << 0,
    WANTED_TWICE = 1 << 1, // two copies arrive
    WANTED_LATER = 1 << 2, // `arrives_ns` after it left; 0: not at once
};

struct line;

enum relation_kind {
    RELATION_BEFORE,
    RELATION_AFTER,
    RELATION_UNTIL, // of LINE_NOTHING
};

struct relation {
    enum relation_kind kind;
    struct line *line; // owned
};

struct line {
    enum line_kind kind;
    uint32_t number; // in the text, from 1
    char *text;      // owned
    uint32_t block;  // connection N:, 1 when nothing is said
    uint32_t choice; // which `either` it stands in, from 1; 0: none
    uint32_t way;    // which of its ways, from 1
    // x2..5: how often it stands; `most` 0: without an end.
    uint32_t least, most;
    bool asks; // a ? stands in it

    struct span who;  // CALL, STATE, EXIT, PRINT; SEGMENT: who sends
    struct span peer; // SEGMENT: who gets; CALL: from WHO; or empty

    // CALL
    struct span name;
    bool enters, returns;
    struct span arguments[ENTRY_ARGUMENTS]; // empty: anything
    uint32_t argument_count;
    struct wanted result;

    // SEGMENT
    enum segment_word word;
    struct span error; // ICMP: one of icmp_errors; empty: any
    struct wanted seq, ack, length, window;
    uint32_t is; // IS_ bits, all of which are asked for
    struct wanted_option options[LINE_OPTIONS];
    uint32_t option_count;
    unsigned fate; // WANTED_LOST ..., 0: nothing is asked
    int64_t arrives_ns;

    // STATE
    enum tcp_state state;
    bool by_kernel;

    struct wanted status; // EXIT: a number, or ERROR with the signal's name
    struct span words;    // PRINT: between the quotes, with escapes

    struct relation relations[LINE_RELATIONS];
    uint32_t relation_count;
    int64_t within_ns, about_ns; // after the line above; 0: not asked
};

struct notation {
    char *text;         // a copy, which the lines borrow from
    struct line *lines; // count of them
    size_t count;
    uint32_t choices; // how many `either` there are
    uint32_t *ways;   // of each, how many ways
};

/* Read `text`. False: `error` says why. */
bool notation_read(struct notation *notation, const char *text, size_t bytes,
                   struct expectation_error *error);
void notation_clear(struct notation *notation);

#endif
