/*
 * terminal: a pseudoterminal for what a program prints (pty(7)). Through a pipe
 * C programs would print only when they end.
 */
#ifndef TCPLAB_TERMINAL_H
#define TCPLAB_TERMINAL_H

#include <stddef.h>
#include <sys/types.h>

enum {
    TERMINAL_PATH = 64
};

struct terminal {
    int fd;   // our side
    int kept; // the program's side, kept open: it may print again later
    char path[TERMINAL_PATH]; // the program's
};

/* Returns 0, or -1 with errno. */
int terminal_open(struct terminal *terminal);
void terminal_close(struct terminal *terminal);

/* In the program's process: standard output and error become the terminal.
 * Returns 0, or -1 with errno. */
int terminal_enter(const struct terminal *terminal);

/* What was printed: up to `size` octets; 0: nothing now. */
size_t terminal_read(const struct terminal *terminal, char *room, size_t size);

#endif
