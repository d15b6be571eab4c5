/* pair_path: between which hosts a capture was made: pairs of addresses, the
 * near one and the far one. */
#ifndef TCPLAB_PAIR_PATH_H
#define TCPLAB_PAIR_PATH_H

#include "../../capture/endpoint.h"

enum {
    PATHS_MAX = 1 << 14 // of a capture; beyond these none is added
};

struct path {
    struct address near, far;
};

struct paths {
    struct path *path; // owned; NULL: none
    uint32_t *table;   // by hash, an index and 1; owned
    uint32_t count;
};

/* Where there is no memory, nothing is added. */
void paths_add(struct paths *paths, const struct address *near,
               const struct address *far);
bool paths_has(const struct paths *paths, const struct address *near,
               const struct address *far);
void paths_clear(struct paths *paths);

#endif
