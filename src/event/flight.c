/* flight: a place for each number, modulo FLIGHTS. Numbers count up, so two
 * frames meet at a place only when one has been in the air for that long. */
#include "flight.h"

#include <stdlib.h>
#include <string.h>

struct flights {
    struct flight *places[FLIGHTS]; // NULL: free
};

struct flights *
flights_new(void)
{
    return calloc(1, sizeof(struct flights));
}

void
flights_free(struct flights *flights)
{
    for (size_t i = 0; flights && i < FLIGHTS; i++)
        free(flights->places[i]);
    free(flights);
}

static struct flight **
place_of(struct flights *flights, uint64_t id)
{
    return &flights->places[id % FLIGHTS];
}

/* What a packet lends is gone when the frame arrives; options are short. */
static void
keep_segment(struct flight *flight)
{
    struct segment *s = &flight->decoded.segment;
    memcpy(flight->options, s->options, s->options_bytes);
    s->options = flight->options;
    s->header = s->data = NULL;
    s->captured = s->data_bytes = 0;
}

struct flight *
flights_add(struct flights *flights, uint64_t id, const struct decoded *decoded)
{
    struct flight **place = place_of(flights, id);
    if (*place && (*place)->id != id)
        return NULL;
    if (!*place && !(*place = malloc(sizeof **place)))
        return NULL;
    **place = (struct flight){ .id = id, .copies = 1, .decoded = *decoded };
    if (decoded->kind == DECODED_SEGMENT)
        keep_segment(*place);
    return *place;
}

struct flight *
flights_find(const struct flights *flights, uint64_t id)
{
    struct flight *flight = flights->places[id % FLIGHTS];
    return flight && flight->id == id ? flight : NULL;
}

bool
flight_tell(struct flight *flight, enum fate fate)
{
    switch (fate) {
    case FATE_ARRIVED:
        flight->arrived++;
        break;
    case FATE_LOST:
        flight->copies = flight->arrived;
        break;
    case FATE_DOUBLED:
        if (flight->copies < FLIGHT_COPIES)
            flight->copies++;
        break;
    case FATE_CORRUPTED:
        flight->corrupted = true;
        break;
    case FATE_HELD:
    case FATES:
        break;
    }
    return flight->arrived < flight->copies;
}

void
flights_end(struct flights *flights, struct flight *flight)
{
    *place_of(flights, flight->id) = NULL;
    free(flight);
}

void
flights_each(struct flights *flights,
             void (*give)(void *context, struct flight *flight), void *context)
{
    for (size_t i = 0; i < FLIGHTS; i++) {
        struct flight *flight = flights->places[i];
        if (!flight)
            continue;
        give(context, flight);
        flights_end(flights, flight);
    }
}
