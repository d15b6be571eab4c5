/*
 * notation_word: the words of a line, one after another.
 *
 * A line's end and a word that is not there are found at once; the first
 * mistake stays, and everything read after it is empty.
 */
#ifndef TCPLAB_NOTATION_WORD_H
#define TCPLAB_NOTATION_WORD_H

#include "notation.h"

struct words {
    const char *next, *end; // within one line, without its comment
    bool asks;              // a ? was read
    bool wrong;             // `error` is filled in
    uint32_t number;        // the line's
    struct span line;
    struct expectation_error *error;
};

/* The words of `line`; what is behind a # is left out. */
struct words words_of(struct span line, uint32_t number,
                      struct expectation_error *error);

/* Say what is wrong and what would be right; `%s` in `reason` is `word`. */
void words_wrong(struct words *words, const char *reason, struct span word,
                 const char *right);

bool words_at_end(struct words *words);

/* The next word without taking it; empty at the end. A word is a name, a
 * number, or one character of punctuation; "..." and ".." are words. */
struct span words_peek(struct words *words);
struct span words_take(struct words *words);

/* Take the next word if it is `word`. */
bool words_skip(struct words *words, const char *word);

/* Take the next word, which must be `word`. */
void words_expect(struct words *words, const char *word, const char *right);

/* A name of a program, a call, a number: begins with a letter. */
struct span words_name(struct words *words, const char *right);

/* A decimal number; `*value` is 0 when there is none. */
bool words_number(struct words *words, int64_t *value);

/* "text" with its escapes; what is between the quotes. */
struct span words_string(struct words *words, const char *right);

/* 3s, 250ms, 0.25s, in nanoseconds. */
int64_t words_time(struct words *words);

/* Everything up to a comma or bracket that closes at this depth. */
struct span words_argument(struct words *words);

#endif
