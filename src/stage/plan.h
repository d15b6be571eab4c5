/*
 * plan: what is to happen on a stage, and how it went. Types only: whoever plans
 * and whoever performs share them.
 */
#ifndef TCPLAB_PLAN_H
#define TCPLAB_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../capture/source.h"
#include "../wire/wire.h"
#include "../wire/wire_plan.h"
#include "filter.h"

/* The ways in, in the order they are tried. */
enum way {
    WAY_NAMESPACE, // a private network in a user namespace
    WAY_ROOT,      // a private network, made as root
    WAY_LOOPBACK,  // this machine's loopback interface, filtered by port
    WAY_CALLS,     // no packets: calls and states only
    WAY_RECORDED,  // nothing of our own: a trace of the kit's
    WAYS,
};

/* What lies between the programs. */
enum network {
    ON_LOOPBACK, // one host: what is sent is there at once
    ON_WIRE,     // two hosts on a cable that the kit relays
    ON_NAT,      // a router between them: the client has a private address
    ON_FORWARD,  // a router: the server has, and its port is forwarded
    NETWORKS,
};

/* "loopback", "wire", "nat", "forward". */
extern const char *const network_names[NETWORKS];

enum {
    PROGRAMS_MAX = 16,
    SERVER = 0, // the number of the server among a plan's programs
    START_AT_ONCE = -1,
    PINS_MAX = 32,
    MEETINGS_MAX = 4, // calls
    ADDRESSES_MAX = 8,
    STAGE_NAMELESS = 160,
};

/* A program to be run, and when. */
struct stage_program {
    const char *name;       // "server", "client", "client2"
    const char *command;    // for the shell
    int input;              // descriptor of its standard input; -1: none
    int after;              // number of the program it waits for, or at once
    const char *after_call; // until this call of it succeeds; "exit": it ends
};

/* What is to happen on the stage. */
struct stage_plan {
    struct stage_program programs[PROGRAMS_MAX];
    int program_count;
    const char *address; // 127.0.0.1
    uint16_t port;       // where the server will listen
    enum network on;
    struct wire_plan wire; // of the public wire; not ON_LOOPBACK
    uint32_t timeout_s;    // for all of it
    enum level level;
    bool ends_server;          // once the clients have ended and nothing moves
    bool steps;                // hold each call until it is let go
    bool steps_segments;       // hold each segment on the wire too
    const char *from;          // "connect": begin to hold at the first; or NULL
                               // "client:connect": and only calls of the client
    const char *lab, *variant; // for the stamp; or NULL
    const char *pins[PINS_MAX]; // "net.ipv4.tcp_sack=0", beyond the kit's own
    int pin_count;
    // "fe80::1": of a private network, beyond 127.0.0.0/8 and ::1; ON_WIRE,
    // "192.0.2.66": of the client's host, beyond its own.
    const char *addresses[ADDRESSES_MAX];
    int address_count;
    const char *meet[MEETINGS_MAX]; // "connect": at their first, the programs
    int meet_count;                 // wait for each other
    bool shows_cwnd;        // the kernel's congestion windows, as they change
    const char *congestion; // ON_WIRE: "cubic", beyond the pinned one; or NULL
    bool unpinned;          // leave the network as the kernel makes it
    size_t lot; // any number: which processor a lab's programs share
};

/* How a program ended: as wait(2) gives it, or NOT_STARTED. */
enum {
    NOT_STARTED = -1
};

struct stage_result {
    bool timed_out;    // the programs were ended
    bool interrupted;  // stage_interrupt(), or its caller died
    bool ended_server; // it went on when its clients had ended
    bool left_behind;  // programs left processes behind, which were ended
    bool has_foreign;  // calls of another architecture, which cannot be shown
    bool has_io_uring;
    int status[PROGRAMS_MAX];
    int start_error[PROGRAMS_MAX]; // errno: it could not be started
    uint64_t dropped;              // packets the kernel had no room for
    uint64_t late;                 // packets that came too late for their place
    int error;                     // errno: not all could be recorded
    char nameless[STAGE_NAMELESS]; // why hosts have no names; empty: they have
    // Why no packets could be captured, so that no program began; empty: they
    // could.
    char uncaptured[SOURCE_ERROR];
    int unpinned;   // settings of the plan's own that could not be made
    bool wire_died; // before it was told to: the programs were ended
    bool has_wire;  // it was told how it ended:
    struct wire_result wire; // the public one, of two
};

#endif
