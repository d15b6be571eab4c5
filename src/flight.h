/*
 * flight: frames that have left their sender and not arrived.
 *
 * Most have a time at which they arrive. Others rest: until somebody lets them
 * go, or until others have overtaken them.
 */
#ifndef TCPLAB_FLIGHT_H
#define TCPLAB_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../capture/decode.h"
#include "policy_rule.h"

enum flight_stage {
    FLIGHT_TIMED,     // arrives at due_ns
    FLIGHT_HELD,      // until somebody lets it go
    FLIGHT_OVERTAKEN, // until `overtaken` later ones of its direction arrived
};

struct flying {
    uint64_t id; // later frames have greater ones
    enum direction from;
    enum flight_stage stage;
    int64_t due_ns;     // TIMED
    uint32_t overtaken; // OVERTAKEN: by so many more
    bool doubled;       // arrives twice
    char why[48];       // what its arrival is due to
    // The numbers a segment takes; none for what takes none.
    bool has_numbers;
    struct endpoint src, dst;
    uint32_t first, end; // SEG.SEQ, and the number after its last
    size_t place;        // where it is kept
    uint32_t bytes;
    uint8_t octets[];
};

struct flight;

/* Room for so many frames and octets; NULL with errno. */
struct flight *flight_new(size_t frames, size_t octets);
void flight_free(struct flight *flight);

/*
 * Copy a frame, to be filled in and given to flight_enter(). NULL: there is no
 * room, or no memory.
 */
struct flying *flight_copy(struct flight *flight, const uint8_t *octets,
                           uint32_t bytes);
void flight_enter(struct flight *flight, struct flying *flying);

/* Take one out; it stays valid until flight_drop(), which frees it. */
void flight_leave(struct flight *flight, struct flying *flying);
void flight_drop(struct flight *flight, struct flying *flying);

/* The one that arrives next by its time; NULL: none does. Lent. */
struct flying *flight_next(const struct flight *flight);

/* By its number; NULL: it is not there. Lent. */
struct flying *flight_find(const struct flight *flight, uint64_t id);

/* The oldest of those that rest; NULL: none does. Lent. */
struct flying *flight_oldest_held(const struct flight *flight);

/* A frame of that direction has arrived: it overtook the older ones that are
 * to be overtaken. */
void flight_overtake(struct flight *flight, enum direction from, uint64_t id);

/* The oldest that has been overtaken often enough; NULL: none. Lent. */
struct flying *flight_overtaken(const struct flight *flight);

/* Is a held segment there that covers all the numbers `segment` takes? */
bool flight_holds(const struct flight *flight, const struct segment *segment);

/* Any of those there; NULL: none is. Lent. */
struct flying *flight_any(const struct flight *flight);

#endif
