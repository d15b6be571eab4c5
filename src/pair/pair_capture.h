/*
 * pair_capture: one of two captures of the same conversations, segment by
 * segment, with the connection each belongs to.
 */
#ifndef TCPLAB_PAIR_CAPTURE_H
#define TCPLAB_PAIR_CAPTURE_H

#include "../../capture/decode.h"
#include "../../capture/source.h"
#include "../../capture/tracker.h"

/* Where a capture was made. The numbers are those of the interfaces in what a
 * pair gives. */
enum place {
    PLACE_CLIENT,
    PLACE_SERVER,
    PLACES,
};

static inline enum place
place_other(enum place place)
{
    return place == PLACE_CLIENT ? PLACE_SERVER : PLACE_CLIENT;
}

extern const char *const place_names[PLACES];

/* A segment as one capture shows it; borrowed until that capture's next. */
struct sighting {
    int64_t time_ns; // by the clock of this capture
    const struct packet *packet;
    const struct segment *segment;
    uint32_t connection; // its number in this capture, from 1
    enum role from;      // who sent it, in this capture's words
    uint32_t is;         // IS_ bits, as of a capture of its own
    // What tells it from others with the same numbers.
    bool has_ip_id; // IPv4, and not 0
    uint16_t ip_id;
    bool has_times;       // the timestamps option
    uint32_t value, echo; // of it
    bool has_sack;        // the options were not cut, so that `sack` is known
    uint32_t sack;        // a digest of the SACK blocks; 0: none
};

enum {
    DAY_S = 86400
};

/* No time of a capture is later, so that the difference of two can be told. */
#define PAIR_TIME_MOST (((int64_t)1 << 62) - 1)

struct pair_capture;

/* What else a capture holds. All are complete when it has been read to its end.
 */
struct capture_extent {
    uint64_t packets;            // all that were read
    uint64_t others;             // no TCP, malformed, pieces of datagrams
    int64_t first_ns, last_ns;   // of all packets
    int link_type;               // of the segments; -1: they differ, or none
    enum source_result ended_by; // SOURCE_END when it is whole
    char why[SOURCE_ERROR];      // else
};

/*
 * Open a capture, to follow `connections` at once. Each reading numbers the
 * connections alike. NULL with `error` filled in.
 */
struct pair_capture *pair_capture_open(const char *path, const char *filter,
                                       uint32_t connections,
                                       struct source_error *error);
void pair_capture_close(struct pair_capture *capture);

/* The next segment; NULL when there is none: see the extent. */
const struct sighting *pair_capture_next(struct pair_capture *capture);

const struct capture_extent *
pair_capture_extent(const struct pair_capture *capture);

#endif
