/* pair_path: a set of pairs of addresses. */
#include "pair_path.h"

#include <stdlib.h>

enum {
    SLOTS = PATHS_MAX * 2
};

/* Where the pair stands, or would: 0 is a free place. */
static uint32_t *
slot_of(const struct paths *paths, const struct address *near,
        const struct address *far)
{
    struct endpoint a = { *near, 0 }, b = { *far, 0 };
    uint32_t slot = (uint32_t)endpoint_pair_hash(&a, &b) % SLOTS;
    for (;; slot = (slot + 1) % SLOTS) {
        uint32_t index = paths->table[slot];
        if (index == 0 || (address_equal(&paths->path[index - 1].near, near) &&
                           address_equal(&paths->path[index - 1].far, far)))
            return &paths->table[slot];
    }
}

static bool
make_room(struct paths *paths)
{
    if (!paths->table)
        paths->table = calloc(SLOTS, sizeof *paths->table);
    if (!paths->path)
        paths->path = calloc(PATHS_MAX, sizeof *paths->path);
    return paths->table && paths->path && paths->count < PATHS_MAX;
}

void
paths_add(struct paths *paths, const struct address *near,
          const struct address *far)
{
    if (!make_room(paths))
        return;
    uint32_t *slot = slot_of(paths, near, far);
    if (*slot)
        return;
    paths->path[paths->count] = (struct path){ *near, *far };
    *slot = ++paths->count;
}

bool
paths_has(const struct paths *paths, const struct address *near,
          const struct address *far)
{
    return paths->count > 0 && *slot_of(paths, near, far) != 0;
}

void
paths_clear(struct paths *paths)
{
    free(paths->path);
    free(paths->table);
    *paths = (struct paths){ 0 };
}
