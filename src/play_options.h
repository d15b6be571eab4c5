/* play_options: the options that `run` and `trace` have in common. */
#ifndef TCPLAB_PLAY_OPTIONS_H
#define TCPLAB_PLAY_OPTIONS_H

#include "play.h"
#include "view/view_options.h"

enum play_option {
    PLAY_OPTION_PORT = 2000,
    PLAY_OPTION_TIMEOUT,
    PLAY_OPTION_WAY,
    PLAY_OPTION_STEP,
    PLAY_OPTION_FROM,
    PLAY_OPTION_INPUT,
    PLAY_OPTION_ON,
    PLAY_OPTION_DELAY,
    PLAY_OPTION_RATE,
    PLAY_OPTION_QUEUE,
    PLAY_OPTION_RULE,
    PLAY_OPTION_SEED,
    PLAY_OPTION_ARP,
    PLAY_OPTION_RESENT,
    PLAY_OPTION_SAY,
    PLAY_OPTION_CWND,
};

/* Rows for getopt_long(3); `-o` is theirs too. */
// clang-format off
#define PLAY_LONG_OPTIONS \
    { "port", required_argument, NULL, PLAY_OPTION_PORT }, \
    { "timeout", required_argument, NULL, PLAY_OPTION_TIMEOUT }, \
    { "way", required_argument, NULL, PLAY_OPTION_WAY }, \
    { "step", optional_argument, NULL, PLAY_OPTION_STEP }, \
    { "from", required_argument, NULL, PLAY_OPTION_FROM }, \
    { "input", required_argument, NULL, PLAY_OPTION_INPUT }, \
    { "on", required_argument, NULL, PLAY_OPTION_ON }, \
    { "delay", required_argument, NULL, PLAY_OPTION_DELAY }, \
    { "rate", required_argument, NULL, PLAY_OPTION_RATE }, \
    { "queue", required_argument, NULL, PLAY_OPTION_QUEUE }, \
    { "rule", required_argument, NULL, PLAY_OPTION_RULE }, \
    { "seed", required_argument, NULL, PLAY_OPTION_SEED }, \
    { "arp", no_argument, NULL, PLAY_OPTION_ARP }, \
    { "resent", no_argument, NULL, PLAY_OPTION_RESENT }, \
    { "say", required_argument, NULL, PLAY_OPTION_SAY }, \
    { "cwnd", no_argument, NULL, PLAY_OPTION_CWND }
// clang-format on

/* What --help says of the wire. */
#define PLAY_WIRE_USAGE                                                        \
    "Two hosts on a wire that tcplab relays (server 192.0.2.2, client "        \
    "192.0.2.1):\n"                                                            \
    "  --on wire|nat|forward|loopback\n"                                       \
    "                    what lies between the programs; nat: a router, the "  \
    "client\n"                                                                 \
    "                    is private; forward: the server is, its port is "     \
    "forwarded\n"                                                              \
    "  --delay T[:JITTER]   each way: 250ms, 100ms:20ms\n"                     \
    "  --rate R, --queue N  so many bits a second, and frames that may wait\n" \
    "  --rule 'MATCH ACTION'\n"                                                \
    "                    which segments, and what happens to them; each "      \
    "time\n"                                                                   \
    "                    'client < server SYN-ACK #1 drop', 'DATA #2..4 "      \
    "delay "                                                                   \
    "1s',\n"                                                                   \
    "                    'any drop 1%'; also hold, duplicate, reorder N, "     \
    "corrupt,\n"                                                               \
    "                    unreachable; behind it, for how long: 'any drop for " \
    "5s'\n"                                                                    \
    "  --seed N          for what happens by chance\n"                         \
    "  --arp             the hosts ask for each other's address first\n"       \
    "  --resent          what is sent again while the first is held arrives "  \
    "too\n"                                                                    \
    "  --step=segment    stop each segment in mid-air, and ask; --step=both\n"

/* Take one option, theirs or a view's. NULL, or what is wrong with its value. */
const char *play_options_take(struct play *play, struct view_options *view,
                              int option, const char *value);

/* NULL, or which of the options taken contradict each other. */
const char *play_options_conflict(const struct play *play);

/* After all: a wire is meant where one of its options was given, and where the
 * server is follows from the network. */
void play_options_settle(struct play *play);

#endif
