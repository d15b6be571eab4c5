/* play_options: words on the command line become a plan. */
#include "play_options.h"

#include <string.h>

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
        play->plan.steps = true;
        return NULL;
    case PLAY_OPTION_FROM:
        return stage_take_from(&play->plan, value);
    case PLAY_OPTION_INPUT:
        return play_take_input(play, value);
    case 'o':
        play->save = value;
        return NULL;
    default:
        return view_options_take(view, option, value);
    }
}
