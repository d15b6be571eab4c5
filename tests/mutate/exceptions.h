/* exceptions: mutations that cannot be decided, a row each with its reason. */
#ifndef TCPLAB_MUTATE_EXCEPTIONS_H
#define TCPLAB_MUTATE_EXCEPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* NAME, LINE, HOW and REASON between tabs; in NAME and LINE a * is any words, as
 * in a shell. # begins a comment. */
struct exception {
    char *name, *line, *how, *reason;
    bool is_met;  // what it is about was altered
    bool is_used; // and it excused something
};

struct exceptions {
    char *text;
    struct exception *rows;
    size_t count;
};

struct exceptions exceptions_load(const char *path);
void exceptions_clear(struct exceptions *exceptions);

/* Is the mutation excused? `bites`: it needs no excuse. */
bool exceptions_has(const struct exceptions *exceptions, const char *name,
                    const char *line, const char *how, bool bites);

/* Name the rows that nothing needs any more. True: there are some. */
bool exceptions_tell_stale(const struct exceptions *exceptions);

#endif
