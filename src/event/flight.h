/*
 * flight: the frames in the air, from leaving to their last fate.
 *
 * Of a frame with a segment its header and options are kept, not its data. At
 * most FLIGHTS are in the air at once. A frame for which there is no place is
 * taken as one that arrived at once, as with one place of capture, and what is
 * told of it later names no frame. So does what is told of a frame whose number
 * another one has taken meanwhile.
 */
#ifndef TCPLAB_FLIGHT_H
#define TCPLAB_FLIGHT_H

#include "../../capture/connection.h"
#include "../../capture/decode.h"
#include "../../capture/entry.h"

enum {
    FLIGHTS = 1 << 16,    // in the air at once: about 20 MB
    FLIGHT_COPIES = 1000, // of one frame; more are not believed
    // What arrives within this time arrived at once, for a reader.
    FLIGHT_AT_ONCE_NS = 1000000,
};

struct flight {
    uint64_t id;            // what fates name it by
    uint64_t event;         // the number of the event at which it left
    uint64_t frame;         // of its packet
    int64_t left_ns;        // since 1970, UTC
    uint32_t connection;    // its number when it left; 0: none
    enum role from;         // who sent it, if it holds a segment
    uint32_t interface;     // of its packet
    uint16_t copies;        // that arrive, as far as is told
    uint16_t arrived;       // of them
    bool corrupted;         // its receiver throws it away
    uint64_t continues;     // the frame that a router passed on as this one;
                            // 0: none
    struct decoded decoded; // as it left, without its octets
    uint8_t options[SEGMENT_OPTIONS_MAX];
};

struct flights;

/* NULL with errno when there is no memory. */
struct flights *flights_new(void);
void flights_free(struct flights *flights);

/*
 * The frame `id` leaves. NULL: there is no place for it. A frame of the same
 * number that is still in the air is forgotten.
 */
struct flight *flights_add(struct flights *flights, uint64_t id,
                           const struct decoded *decoded);

/* The frame in the air with this number; NULL: there is none. */
struct flight *flights_find(const struct flights *flights, uint64_t id);

/*
 * Note what is told of a frame. False: that was its last fate, and after it is
 * shown flights_end() forgets it.
 */
bool flight_tell(struct flight *flight, enum fate fate);
void flights_end(struct flights *flights, struct flight *flight);

/* Forget all, giving each to `give` first, in the order of their places. */
void flights_each(struct flights *flights,
                  void (*give)(void *context, struct flight *flight),
                  void *context);

#endif
