/* lab: a folder of labs/: its description, its programs, what to expect. */
#ifndef TCPLAB_LAB_H
#define TCPLAB_LAB_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "../stage/plan.h"
#include "description.h"

struct lab {
    int number;
    char name[64];       // "04-connect"
    char path[PATH_MAX]; // its folder
};

/* The lab called `name`: "4", "04", "connect" or "04-connect". False: there is
 * none. */
bool lab_find(const char *name, struct lab *lab);

/* Call `give` for each lab, in order of number. */
void lab_each(void (*give)(void *context, const struct lab *lab),
              void *context);

/* Its description. NULL: `why` (of `size`) says what is wrong. */
struct description *lab_describe(const struct lab *lab, char *why, size_t size);

/* A lab, made ready to be played. */
struct lab_play {
    char *commands[PROGRAMS_MAX]; // owned; the plan lends them
    char *names[PROGRAMS_MAX];
    char folder[PATH_MAX]; // of a program built for this run only; or empty
    char built[64];        // and that program
};

/*
 * Fill in `plan` from the lab's description, for `variant` or NULL: programs,
 * when they start, the calls at which they meet, pins, addresses ("addresses =":
 * on loopback of IPv6; on a wire the client's further ones, IPv4; on another
 * network than the lab's own there are none), and what is shown beyond the usual
 * ("shows = cwnd"). A program that has a command in the plan keeps it; the others are built when their source is
 * newer, and the compiler's line is shown on standard error. Returns 0, or -1
 * when that was told there.
 */
int lab_prepare(const struct lab *lab, const struct description *description,
                const char *variant, struct stage_plan *plan,
                struct lab_play *play);

/*
 * What lies between the programs, as the description says: "on = wire", "delay",
 * "rate", "queue", "seed", "congestion" (of both hosts), and "rules", a line each,
 * behind those that `plan` has. Returns 0, or -1 when standard error was told what
 * is wrong.
 */
int lab_network(const struct lab *lab, const struct description *description,
                const char *variant, struct stage_plan *plan);

/* The network that the lab is about, unless the command line asks for another;
 * NETWORKS: what it says is none. */
enum network lab_own_network(const struct description *description,
                             const char *variant);

/* Remove what was built for this run only, and free the commands. */
void lab_play_clear(struct lab_play *play);

/* What is to be expected: the file's octets, for the caller to free; NULL: the
 * lab, or its variant, has none. */
char *lab_expected(const struct lab *lab, const char *variant, size_t *bytes);

#endif
