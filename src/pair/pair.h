/*
 * pair: two captures of the same conversations, made at the client and at the
 * server, laid together as if one had watched the wire between them.
 *
 * The files are read several times: for the connections that both show, for the
 * clocks, and to be woven. What is kept is bounded: 80 octets for each
 * connection of each capture, 96 MiB of segments under way (pair_match.h), and
 * while connections are looked for 96 MiB more for each capture (pair_mark.h).
 */
#ifndef TCPLAB_PAIR_H
#define TCPLAB_PAIR_H

#include "pair_weave.h"

struct pair_options {
    const char *paths[PLACES]; // the client's first
    const char *filter;        // pcap-filter(7), or NULL
    uint32_t connections;      // followed at once, and known, of each capture
};

/* What two captures tell together. Complete after pair_next() gave the last;
 * the directions grow until then. */
struct pair_account {
    const char *paths[PLACES]; // by where they were made
    const struct pair_links *links;
    const struct link_counts *counts;
    bool swapped; // the first of the given paths was made at the server
    struct clock_offset offset;
    struct capture_extent extents[PLACES];
    const struct pair_direction *directions[PLACES];
    uint64_t others[PLACES]; // segments of connections not of this pair
    int link_type;           // of the frames that pair_next() gives
};

struct pair;

/*
 * Read both captures. NULL with `error` filled in, and *at is the path it is
 * about. Captures that are cut or damaged are read as far as they go; see the
 * extents. With nothing in common account->counts->linked is 0.
 */
struct pair *pair_open(const struct pair_options *options,
                       struct source_error *error, const char **at);
void pair_close(struct pair *pair);

const struct pair_account *pair_account(const struct pair *pair);

/* The next frame or entry, borrowed until the next call: SOURCE_PACKET or
 * SOURCE_END, or SOURCE_DAMAGED when there is no memory. */
enum source_result pair_next(struct pair *pair, struct packet *packet);

#endif
