/* guard: octets that end at a page nobody may read. */
#ifndef TCPLAB_TESTS_GUARD_H
#define TCPLAB_TESTS_GUARD_H

#include <stddef.h>
#include <stdint.h>

/* A place for up to `bytes` octets; ends the test when there is none. */
struct guard {
    uint8_t *start; // of the mapping
    uint8_t *end;   // the first octet that may not be read
    size_t mapped;
};

struct guard guard_new(size_t bytes);
void guard_free(struct guard *guard);

/* A copy of the octets whose last one is the last that may be read. */
const uint8_t *guard_copy(struct guard *guard, const uint8_t *octets,
                          size_t bytes);

#endif
