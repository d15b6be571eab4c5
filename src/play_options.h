/* play_options: the options that `run` and `trace` have in common. */
#ifndef TCPLAB_PLAY_OPTIONS_H
#define TCPLAB_PLAY_OPTIONS_H

#include "play.h"
#include "view_options.h"

enum play_option {
    PLAY_OPTION_PORT = 2000,
    PLAY_OPTION_TIMEOUT,
    PLAY_OPTION_WAY,
    PLAY_OPTION_STEP,
    PLAY_OPTION_FROM,
    PLAY_OPTION_INPUT,
};

/* Rows for getopt_long(3); `-o` is theirs too. */
// clang-format off
#define PLAY_LONG_OPTIONS \
    { "port", required_argument, NULL, PLAY_OPTION_PORT }, \
    { "timeout", required_argument, NULL, PLAY_OPTION_TIMEOUT }, \
    { "way", required_argument, NULL, PLAY_OPTION_WAY }, \
    { "step", no_argument, NULL, PLAY_OPTION_STEP }, \
    { "from", required_argument, NULL, PLAY_OPTION_FROM }, \
    { "input", required_argument, NULL, PLAY_OPTION_INPUT }
// clang-format on

/* Take one option, theirs or a view's. NULL, or what is wrong with its value. */
const char *play_options_take(struct play *play, struct view_options *view,
                              int option, const char *value);

#endif
