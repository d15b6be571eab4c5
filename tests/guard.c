/* guard: one octet too far, and the test stops at the guilty line. */
#include "guard.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct guard
guard_new(size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t readable = (bytes / page + 1) * page;
    struct guard guard = { .mapped = readable + page };
    guard.start = mmap(NULL, guard.mapped, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (guard.start == MAP_FAILED ||
        mprotect(guard.start + readable, page, PROT_NONE) < 0)
        abort();
    guard.end = guard.start + readable;
    return guard;
}

void
guard_free(struct guard *guard)
{
    munmap(guard->start, guard->mapped);
}

const uint8_t *
guard_copy(struct guard *guard, const uint8_t *octets, size_t bytes)
{
    return memcpy(guard->end - bytes, octets, bytes);
}
