/* state: the names of the states. */
#include "state.h"

#include <assert.h>

static const char *const names[] = {
    [STATE_CLOSED] = "CLOSED",           [STATE_LISTEN] = "LISTEN",
    [STATE_SYN_SENT] = "SYN-SENT",       [STATE_SYN_RECEIVED] = "SYN-RECEIVED",
    [STATE_ESTABLISHED] = "ESTABLISHED", [STATE_FIN_WAIT_1] = "FIN-WAIT-1",
    [STATE_FIN_WAIT_2] = "FIN-WAIT-2",   [STATE_CLOSE_WAIT] = "CLOSE-WAIT",
    [STATE_CLOSING] = "CLOSING",         [STATE_LAST_ACK] = "LAST-ACK",
    [STATE_TIME_WAIT] = "TIME-WAIT",
};

static_assert(sizeof names / sizeof names[0] == STATES, "a name a state");

const char *
state_name(enum tcp_state state)
{
    return names[state];
}
