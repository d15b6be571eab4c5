/*
 * pair_link_inside: what the links' files share. pair_link finds connections,
 * pair_near at which end of them each capture was made.
 */
#ifndef TCPLAB_PAIR_LINK_INSIDE_H
#define TCPLAB_PAIR_LINK_INSIDE_H

#include "pair_link.h"
#include "pair_mark.h"
#include "pair_path.h"

enum {
    TRANSLATIONS = 16,
    NOT_KNOWN = ROLES, // in place of a role
};

/* A connection as one capture shows it. Spans are of the client's capture. */
struct side {
    struct endpoint ends[ROLES];
    uint32_t partner;   // its number in the other capture; 0: none
    uint8_t near;       // enum role, of the end where the capture was made
    uint8_t remembered; // of its segments
    bool seen;
    bool flipped; // its partner's client is its own server
    // Of the segments of each role that both captures show: the time in the
    // server's capture less that in the client's.
    bool timed[ROLES];
    int64_t least[ROLES], most[ROLES];
};

struct pair_links {
    uint32_t limit;
    struct side *sides[PLACES]; // by number; owned
    uint32_t count[PLACES];     // how many numbers there are, and 0
    uint32_t room[PLACES];
    struct marks marks[PLACES];
    struct paths paths[PLACES];
    struct link_counts counts;
    struct translation translations[TRANSLATIONS];
    uint32_t translation_count;
};

static inline struct side *
partner_of(const struct pair_links *links, const struct side *client)
{
    return &links->sides[PLACE_SERVER][client->partner];
}

/* A role of one side in the words of the other. */
static inline enum role
role_there(const struct side *side, enum role role)
{
    return side->flipped ? role_other(role) : role;
}

#endif
