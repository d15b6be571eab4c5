/*
 * output: buffered writing to a descriptor, as text or whole lines.
 *
 * A pipe whose reader has gone is no error: output stops, and the program ends
 * quietly. A full disk is one.
 */
#ifndef TCPLAB_OUTPUT_H
#define TCPLAB_OUTPUT_H

#include <stdbool.h>

#include "text.h"

enum {
    OUTPUT_LINE = 4096
}; // room that output_line() gives

struct output {
    int fd;
    char *buffer; // OUTPUT_BUFFER of them; owned
    size_t used;
    bool closed; // the reader has gone
    int error;   // errno of a failed write
    bool wraps;  // lines longer than `columns` are broken between words
    bool colour; // a terminal that wants it
    int columns; // how wide to wrap running text
    // The last picture and the one being drawn, when they are kept.
    bool keeps;
    char *pictures[2];
    size_t picture_bytes[2];
};

/* Returns 0, or -1 with errno. The descriptor stays the caller's. */
int output_init(struct output *output, int fd);
void output_clear(struct output *output);

/* Room for a line of up to OUTPUT_LINE characters; give it back with
 * output_commit() before anything else is written. */
struct text output_line(struct output *output);
void output_commit(struct output *output, const struct text *line);

/* The same, with a newline; a line that is too long goes on `indent` columns
 * in, if the output wraps. */
void output_commit_line(struct output *output, struct text *line, int indent);

void output_bytes(struct output *output, const char *bytes, size_t count);

/* Running text, wrapped at output->columns between words; the first line begins
 * with `label`, the others are indented by its length. */
void output_wrapped(struct output *output, const char *label,
                    const char *words);

/* What is written from now on is a new picture; write the last one again. */
void output_keep(struct output *output);
void output_again(struct output *output);

/* Write out what is held back. */
void output_flush(struct output *output);

/* Is there no use in writing more? */
static inline bool
output_is_over(const struct output *output)
{
    return output->closed || output->error;
}

#endif
