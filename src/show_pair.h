/* show_pair: what `show --pair` does. */
#ifndef TCPLAB_SHOW_PAIR_H
#define TCPLAB_SHOW_PAIR_H

#include "follow.h"

struct show_pair {
    char *const *files; // two: the client's capture, the server's
    const char *filter; // or NULL
    const char *save;   // where what is shown is saved; NULL: nowhere
    uint32_t connections;
};

/* NULL, or why these cannot be a pair: wrong usage. */
const char *show_pair_conflict(const struct show_pair *show);

/* Returns an exit status. */
int show_pair(struct follow *follow, const struct show_pair *show);

#endif
