/* trace: a trace in memory, which can be told otherwise than it was. */
#ifndef TCPLAB_MUTATE_TRACE_H
#define TCPLAB_MUTATE_TRACE_H

#include "../../src/expect/expectation.h"
#include "../../src/expect/notation.h"

struct record {
    struct packet packet;
    uint8_t *octets; // owned; the packet lends them
};

struct trace {
    struct record *records;
    size_t count, room;
};

/* Read the file `path`; a message and the end of the program when it cannot
 * be. */
struct trace trace_load(const char *path);
struct trace trace_copy(const struct trace *trace);
void trace_clear(struct trace *trace);

void trace_remove(struct trace *trace, size_t at);

/* Record `from` comes as early as record `to` above it. */
void trace_move(struct trace *trace, size_t from, size_t to);

/* What an alteration changes. */
enum part {
    PART_SEQ,
    PART_ACK,
    PART_LENGTH,
    PART_WINDOW,
    PART_OPTION,
    PART_FLAGS,
    PART_ARGUMENTS,
    PART_RESULT,
    PART_STATUS,
    PART_WORDS,
    PART_FATE,
    PARTS,
};

extern const char *const part_names[PARTS];

/* Alter a part of a record that `line` asks for. False: the line does not ask
 * for it, or the record has none. */
bool trace_alter(struct trace *trace, size_t at, const struct line *line,
                 enum part part);

#endif
