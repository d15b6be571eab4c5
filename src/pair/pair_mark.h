/*
 * pair_mark: segments that are remembered by their numbers, to be recognised in
 * another capture.
 */
#ifndef TCPLAB_PAIR_MARK_H
#define TCPLAB_PAIR_MARK_H

#include "pair_capture.h"

enum {
    MARKS_MAX = 3 << 20 // of a capture, of 24 octets in a table 1/4 empty
};

struct mark {
    uint64_t key; // 0: a free place
    int64_t time_ns;
    uint32_t connection;
    uint8_t from;  // enum role
    uint8_t taken; // it was recognised before
};

struct marks {
    struct mark *table; // owned
    uint32_t slots, count;
    uint64_t secret; // nobody can choose numbers that collide
};

/* Returns 0, or -1 with errno. */
int marks_init(struct marks *marks);
void marks_clear(struct marks *marks);

/*
 * Keep `sighting`, by its numbers alone and by them with its endpoints, unless
 * one like it is kept already: it was sent, or came, again. False: there is no
 * room for more.
 */
bool marks_keep(struct marks *marks, const struct sighting *sighting);

/*
 * The mark with the numbers of `sighting`; NULL: none. One with its endpoints
 * comes first, for not everybody chooses numbers at random: a port scanner uses
 * one for all.
 */
struct mark *marks_find(struct marks *marks, const struct sighting *sighting);

#endif
