/* pair_wait: a ring. */
#include "pair_wait.h"

#include <stdlib.h>
#include <string.h>

static bool
keep_octets(struct waits *waits, struct wait *wait)
{
    wait->octets = malloc(wait->packet.captured ? wait->packet.captured : 1);
    if (!wait->octets)
        return false;
    memcpy(wait->octets, wait->packet.octets, wait->packet.captured);
    wait->packet.octets = wait->octets;
    waits->octets += wait->packet.captured;
    return true;
}

bool
waits_add(struct waits *waits, enum place place, const struct sighting *s,
          struct lane lane, int64_t came_ns, bool keeps_octets)
{
    if (!waits->wait)
        waits->wait = calloc(WAITS_MAX, sizeof *waits->wait);
    if (!waits->wait)
        return false;
    struct wait *wait = &waits->wait[waits->next % WAITS_MAX];
    *wait = (struct wait){ .place = place,
                           .lane = lane,
                           .came_ns = came_ns,
                           .sighting = *s,
                           .segment = *s->segment,
                           .packet = *s->packet };
    wait->sighting.segment = &wait->segment;
    wait->sighting.packet = &wait->packet;
    if (keeps_octets && !keep_octets(waits, wait))
        return false;
    waits->next++;
    return true;
}

bool
waits_are_full(const struct waits *waits)
{
    return waits->next - waits->first == WAITS_MAX ||
           waits->octets >= WAITS_OCTETS;
}

struct wait *
waits_first(const struct waits *waits)
{
    return waits->first < waits->next ? &waits->wait[waits->first % WAITS_MAX]
                                      : NULL;
}

void
waits_drop(struct waits *waits)
{
    struct wait *wait = &waits->wait[waits->first++ % WAITS_MAX];
    if (wait->octets)
        waits->octets -= wait->packet.captured;
    free(wait->octets);
    wait->octets = NULL;
}

void
waits_clear(struct waits *waits)
{
    while (waits_first(waits))
        waits_drop(waits);
    free(waits->wait);
    *waits = (struct waits){ 0 };
}
