/* play_options: words on the command line become a plan. */
#include "play_options.h"

#include <string.h>

#include "host/topology.h"

static const char *
take_way(struct play *play, const char *value)
{
    for (int way = 0; way < WAYS; way++) {
        if (strcmp(value, way_names[way]) != 0)
            continue;
        play->way = way;
        return NULL;
    }
    return "--way is namespace, root, loopback, calls or, for run, recorded";
}

static const char *
take_port(struct play *play, const char *value)
{
    uint32_t port;
    if (!number_take(value, 1, 65535, &port))
        return "--port is a number from 1 to 65535";
    play->plan.port = (uint16_t)port;
    play->has_port = true;
    return NULL;
}

/* "--step" alone is of calls. */
static const char *
take_step(struct play *play, const char *value)
{
    bool both = value && !strcmp(value, "both");
    bool segments = both || (value && !strcmp(value, "segment"));
    if (value && !segments && strcmp(value, "call") != 0)
        return "--step is call, segment or both: --step=segment";
    play->plan.steps |= both || !segments;
    play->plan.steps_segments |= segments;
    play->has_wire_option |= segments;
    return NULL;
}

static const char *
take_on(struct play *play, const char *value)
{
    for (int on = 0; on < NETWORKS; on++) {
        if (strcmp(value, network_names[on]) != 0)
            continue;
        play->plan.on = (enum network)on;
        play->has_network = true;
        return NULL;
    }
    return "--on is loopback, wire, nat or forward";
}

static const char *
take_seed(struct play *play, const char *value)
{
    uint32_t seed;
    if (!number_take(value, 0, UINT32_MAX, &seed))
        return "--seed is a number from 0 to 4294967295";
    play->plan.wire.seed = seed;
    return NULL;
}

static const char *
take_wire_option(struct play *play, int option, const char *value)
{
    struct wire_plan *wire = &play->plan.wire;
    play->has_wire_option = true;
    switch (option) {
    case PLAY_OPTION_DELAY:
        return wire_plan_take(wire, WIRE_WORD_DELAY, value);
    case PLAY_OPTION_RATE:
        return wire_plan_take(wire, WIRE_WORD_RATE, value);
    case PLAY_OPTION_QUEUE:
        return wire_plan_take(wire, WIRE_WORD_QUEUE, value);
    case PLAY_OPTION_RULE:
        return wire_plan_take(wire, WIRE_WORD_RULE, value);
    case PLAY_OPTION_SEED:
        return take_seed(play, value);
    case PLAY_OPTION_ARP:
        wire->arp = true;
        break;
    case PLAY_OPTION_RESENT:
        wire->resent = true;
        break;
    }
    return NULL;
}

static bool
asks_for_wire(const struct play *play)
{
    return play->has_wire_option ||
           (play->has_network && play->plan.on != ON_LOOPBACK);
}

const char *
play_options_conflict(const struct play *play)
{
    if (play->has_wire_option && play->has_network &&
        play->plan.on == ON_LOOPBACK)
        return "--delay, --rate, --queue, --rule, --seed, --arp, --resent and "
               "--step=segment are about a wire: not --on loopback";
    if (asks_for_wire(play) &&
        (play->way == WAY_LOOPBACK || play->way == WAY_CALLS))
        return "two hosts and a wire need a private network: not --way "
               "loopback or calls, but namespace or root";
    if (asks_for_wire(play) && play->way == WAY_RECORDED)
        return "a recorded trace lies there as it is: no wire is laid for it";
    if (play->say && !play->plan.steps && !play->plan.steps_segments)
        return "--say is said at the questions of --step: give that too";
    return NULL;
}

void
play_options_settle(struct play *play)
{
    if (play->has_wire_option && play->plan.on == ON_LOOPBACK)
        play->plan.on = ON_WIRE;
    play->plan.address =
        play->plan.on == ON_LOOPBACK ? "127.0.0.1" : topology_server_ipv4;
}

const char *
play_options_take(struct play *play, struct view_options *view, int option,
                  const char *value)
{
    switch (option) {
    case PLAY_OPTION_PORT:
        return take_port(play, value);
    case PLAY_OPTION_TIMEOUT:
        return number_take(value, 1, 86400, &play->plan.timeout_s)
                   ? NULL
                   : "--timeout is a number of seconds from 1 to 86400";
    case PLAY_OPTION_WAY:
        return take_way(play, value);
    case PLAY_OPTION_STEP:
        return take_step(play, value);
    case PLAY_OPTION_FROM:
        return stage_take_from(&play->plan, value);
    case PLAY_OPTION_INPUT:
        return play_take_input(play, value);
    case PLAY_OPTION_ON:
        return take_on(play, value);
    case PLAY_OPTION_DELAY:
    case PLAY_OPTION_RATE:
    case PLAY_OPTION_QUEUE:
    case PLAY_OPTION_RULE:
    case PLAY_OPTION_SEED:
    case PLAY_OPTION_ARP:
    case PLAY_OPTION_RESENT:
        return take_wire_option(play, option, value);
    case PLAY_OPTION_SAY:
        play->say = value;
        return NULL;
    case PLAY_OPTION_CWND:
        play->plan.shows_cwnd = true;
        return NULL;
    case 'o':
        play->save = value;
        return NULL;
    default:
        return view_options_take(view, option, value);
    }
}
