/*
 * check: a lab's expected timeline, held against what happened.
 */
#ifndef TCPLAB_CHECK_H
#define TCPLAB_CHECK_H

#include "expect/expectation.h"
#include "follow.h"

struct check {
    struct expectation *expectation; // owned; NULL: nothing is expected
    struct events *events;           // what tells of each line
};

/*
 * Expect `text` (of `bytes`, called `name` in messages) of what `follow` will
 * follow. Returns 0, or -1 when it was told on standard error what is wrong
 * with it.
 */
int check_begin(struct check *check, const char *text, size_t bytes,
                const char *name, struct follow *follow);
void check_end(struct check *check);

/* The server is somewhere else: at `address` and `port`. */
void check_server(struct check *check, const char *address, uint16_t port);

#endif
