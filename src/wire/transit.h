/*
 * transit: frames that have left their sender and not arrived.
 *
 * Most have a time at which they arrive. Others rest: until somebody lets them
 * go, or until others have overtaken them.
 */
#ifndef TCPLAB_TRANSIT_H
#define TCPLAB_TRANSIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../capture/decode.h"
#include "policy_rule.h"

enum transit_stage {
    TRANSIT_TIMED,     // arrives at due_ns
    TRANSIT_HELD,      // until somebody lets it go
    TRANSIT_OVERTAKEN, // until `overtaken` later ones of its direction arrived
};

struct flying {
    uint64_t id; // later frames have greater ones
    enum direction from;
    enum transit_stage stage;
    int64_t due_ns;           // TIMED
    uint32_t overtaken;       // OVERTAKEN: by so many more
    bool doubled;             // arrives twice
    char why[48];             // what its arrival is due to
    struct endpoint src, dst; // of a segment
    // The numbers it takes; none for what takes none.
    bool has_numbers;
    uint32_t first, end; // SEG.SEQ, and the number after its last
    size_t place;        // where it is kept
    uint32_t bytes;
    uint8_t octets[];
};

struct transit;

/* Room for so many frames and octets; NULL with errno. */
struct transit *transit_new(size_t frames, size_t octets);
void transit_free(struct transit *transit);

/*
 * Copy a frame, to be filled in and given to transit_enter(). NULL: there is no
 * room, or no memory.
 */
struct flying *transit_copy(struct transit *transit, const uint8_t *octets,
                            uint32_t bytes);
void transit_enter(struct transit *transit, struct flying *flying);

/* Take one out; it stays valid until transit_drop(), which frees it. */
void transit_leave(struct transit *transit, struct flying *flying);
void transit_drop(struct transit *transit, struct flying *flying);

/* The one that arrives next by its time; NULL: none does. Lent. */
struct flying *transit_next(const struct transit *transit);

/* By its number; NULL: it is not there. Lent. */
struct flying *transit_find(const struct transit *transit, uint64_t id);

/* The oldest of those that rest; NULL: none does. Lent. */
struct flying *transit_oldest_held(const struct transit *transit);

/* A frame of that direction has arrived: it overtook the older ones that are
 * to be overtaken. */
void transit_overtake(struct transit *transit, enum direction from,
                      uint64_t id);

/* The oldest that has been overtaken often enough; NULL: none. Lent. */
struct flying *transit_overtaken(const struct transit *transit);

/* Is a held segment there that covers all the numbers `segment` takes? */
bool transit_holds(const struct transit *transit,
                   const struct segment *segment);

/* Is any segment of its connection held, either way? */
bool transit_holds_connection(const struct transit *transit,
                              const struct segment *segment);

/* Any of those there; NULL: none is. Lent. */
struct flying *transit_any(const struct transit *transit);

#endif
