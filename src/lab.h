/* lab: a folder of labs/, its programs and its recorded trace. */
#ifndef TCPLAB_LAB_H
#define TCPLAB_LAB_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct lab {
    int number;
    char name[64];       // "04-connect"
    char path[PATH_MAX]; // its folder
};

/* The lab called `name`: "4", "04", "connect" or "04-connect". False: there is
 * none. */
bool lab_find(const char *name, struct lab *lab);

/*
 * Build those of the programs wanted whose source is newer than they are, and
 * show the compiler line on standard error. Returns 0, or -1: the compiler said
 * why.
 */
int lab_build(const struct lab *lab, bool server, bool client);

/* A file of the lab's folder, as a word for the shell. False: the path is too
 * long. */
bool lab_shell_word(const struct lab *lab, const char *file, char *word,
                    size_t size);

#endif
