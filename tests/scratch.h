/* scratch: files that are gone after the test. */
#ifndef TCPLAB_TESTS_SCRATCH_H
#define TCPLAB_TESTS_SCRATCH_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A new folder, removed at exit with what is in it; its path is lent. */
const char *scratch_folder(void);

/* A path in that folder, lent until the 8th next call. */
const char *scratch_path(const char *name);

/* Write a file there; its path is lent as above. */
const char *scratch_file(const char *name, const void *octets, size_t bytes);

/* All of a file, to be freed, with a NUL behind it; *bytes may be NULL. */
char *scratch_read(const char *path, size_t *bytes);

/* The octets of a capture file being made. */
struct made {
    uint8_t octets[1 << 16];
    size_t bytes;
};

void made_octets(struct made *made, const void *octets, size_t bytes);
void made_u32(struct made *made, uint32_t value, int big_endian);
void made_u16(struct made *made, uint16_t value, int big_endian);

/* The header of a classic file; `magic` says order and precision. */
void made_classic(struct made *made, uint32_t magic, int link_type,
                  int big_endian);
void made_record(struct made *made, uint32_t seconds, uint32_t fraction,
                 const void *octets, uint32_t captured, uint32_t original,
                 int big_endian);

#endif
