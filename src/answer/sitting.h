/* sitting: which traces answer the questions of a lab. */
#ifndef TCPLAB_SITTING_H
#define TCPLAB_SITTING_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "../lab/lab.h"
#include "recording.h"

enum {
    SITTINGS_MAX = 32
};

/* A trace of the lab, or of one of its variants. */
struct sitting {
    const char *variant; // NULL: the lab itself
    bool is_there;       // and read into:
    struct recording recording;
    char path[PATH_MAX];
};

struct sittings {
    // What is asked for; borrowed.
    const struct lab *lab;
    const struct description *description;
    const char *variant; // NULL: all
    bool recorded;       // the traces the lab ships, instead of runs
    // What there is.
    struct sitting items[SITTINGS_MAX];
    size_t count;
    int status; // the worst exit status of reading them
};

/* Take the file that was named, which says itself of which variant it is.
 * False: it does not answer, and standard error says why. */
bool sittings_take_file(struct sittings *sittings, const char *file);

/* Take the newest run of the lab and of each variant. False: there is none, and
 * standard error says so. */
bool sittings_take_runs(struct sittings *sittings);

/* The trace of a variant, or of the lab itself; NULL: there is none. */
const struct sitting *sittings_find(const struct sittings *sittings,
                                    const char *variant);

void sittings_clear(struct sittings *sittings);

#endif
