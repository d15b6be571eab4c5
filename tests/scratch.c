/* scratch: a temporary folder. */
#include "scratch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

static void
remove_folder(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command) != 0)
        fprintf(stderr, "%s is left\n", folder);
}

const char *
scratch_folder(void)
{
    if (folder[0])
        return folder;
    strcpy(folder, "/tmp/tcplab-test-XXXXXX");
    if (!mkdtemp(folder))
        abort();
    atexit(remove_folder);
    return folder;
}

const char *
scratch_path(const char *name)
{
    static char paths[8][512];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", scratch_folder(), name);
    return path;
}

const char *
scratch_file(const char *name, const void *octets, size_t bytes)
{
    const char *path = scratch_path(name);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(octets, 1, bytes, file) != bytes || fclose(file) != 0)
        abort();
    return path;
}

char *
scratch_read(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "rb");
    char *octets = NULL;
    size_t n = 0;
    if (!file)
        return NULL;
    for (;;) {
        octets = realloc(octets, n + 65537);
        size_t got = fread(octets + n, 1, 65536, file);
        n += got;
        if (got == 0)
            break;
    }
    fclose(file);
    octets[n] = '\0';
    if (bytes)
        *bytes = n;
    return octets;
}

void
made_octets(struct made *made, const void *octets, size_t bytes)
{
    if (made->bytes + bytes > sizeof made->octets)
        abort();
    memcpy(made->octets + made->bytes, octets, bytes);
    made->bytes += bytes;
}

void
made_u32(struct made *made, uint32_t value, int big_endian)
{
    uint8_t octets[4];
    for (int i = 0; i < 4; i++)
        octets[big_endian ? 3 - i : i] = (uint8_t)(value >> 8 * i);
    made_octets(made, octets, 4);
}

void
made_u16(struct made *made, uint16_t value, int big_endian)
{
    uint8_t octets[2] = { (uint8_t)value, (uint8_t)(value >> 8) };
    uint8_t swapped[2] = { octets[1], octets[0] };
    made_octets(made, big_endian ? swapped : octets, 2);
}

void
made_classic(struct made *made, uint32_t magic, int link_type, int big_endian)
{
    made->bytes = 0;
    made_u32(made, magic, big_endian);
    made_u16(made, 2, big_endian);
    made_u16(made, 4, big_endian);
    made_u32(made, 0, big_endian);
    made_u32(made, 0, big_endian);
    made_u32(made, 262144, big_endian);
    made_u32(made, (uint32_t)link_type, big_endian);
}

void
made_record(struct made *made, uint32_t seconds, uint32_t fraction,
            const void *octets, uint32_t captured, uint32_t original,
            int big_endian)
{
    made_u32(made, seconds, big_endian);
    made_u32(made, fraction, big_endian);
    made_u32(made, captured, big_endian);
    made_u32(made, original, big_endian);
    made_octets(made, octets, captured);
}
