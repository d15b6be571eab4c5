/* state: the states of a connection's end (RFC 9293, 3.3.2). */
#ifndef TCPLAB_STATE_H
#define TCPLAB_STATE_H

#include <stdbool.h>

enum tcp_state {
    STATE_CLOSED,
    STATE_LISTEN,
    STATE_SYN_SENT,
    STATE_SYN_RECEIVED,
    STATE_ESTABLISHED,
    STATE_FIN_WAIT_1,
    STATE_FIN_WAIT_2,
    STATE_CLOSE_WAIT,
    STATE_CLOSING,
    STATE_LAST_ACK,
    STATE_TIME_WAIT,
    STATES,
};

/* "SYN-SENT": the RFC's spelling, with the hyphen. */
const char *state_name(enum tcp_state state);

/* From ESTABLISHED on, both sequence numbers are agreed on. */
static inline bool
state_is_synchronized(enum tcp_state state)
{
    return state >= STATE_ESTABLISHED;
}

#endif
