/*
 * sockstate: what the kernel says of its TCP sockets (sock_diag(7)).
 *
 * Needs no privilege. Sees the network namespace it was opened in.
 */
#ifndef TCPLAB_SOCKSTATE_H
#define TCPLAB_SOCKSTATE_H

#include <stdbool.h>
#include <stdint.h>

#include "../../capture/endpoint.h"
#include "../../capture/state.h"

struct sockstate;

enum sockstate_timer {
    TIMER_NONE,
    TIMER_RETRANSMISSION,
    TIMER_KEEPALIVE,
    TIMER_TIME_WAIT,
    TIMER_PROBE,      // of a window that is zero
    TIMER_FIN_WAIT_2, // of a socket no program has any more
    TIMERS,
};

extern const char *const sockstate_timer_names[TIMERS];

/* One socket, as the kernel has it. */
struct sockstate_socket {
    struct endpoint local, remote;
    enum tcp_state state;
    uint64_t inode;         // 0: no descriptor stands for it
    uint32_t receive_queue; // octets; LISTEN: connections to be accepted
    uint32_t send_queue;    // octets; LISTEN: the backlog
    enum sockstate_timer timer;
    uint32_t timer_ms; // left
    // How much may be on its way, in segments, and where slow start ends, 0:
    // nowhere yet (RFC 5681, 3.1). Both 0: not asked, or not connected.
    uint32_t cwnd, ssthresh;
};

/* The state that the kernel counts as `number` (include/net/tcp_states.h);
 * STATES: it has no such number. */
enum tcp_state sockstate_state(unsigned number);

/* The threshold that the kernel counts as `number` (tcp(7), TCP_INFO); 0: slow
 * start ends nowhere yet. */
uint32_t sockstate_ssthresh(uint32_t number);

typedef void sockstate_fn(void *context, const struct sockstate_socket *socket);

/* NULL with errno. */
struct sockstate *sockstate_open(void);
void sockstate_close(struct sockstate *sockstate);

/* From now on the congestion window, too, is asked for. */
void sockstate_ask_cwnd(struct sockstate *sockstate);

/* Sets of states, for a dump. */
enum {
    SOCKSTATE_ALL = 0x1ffe, // of the kernel's numbers, 1 to 12
    SOCKSTATE_LISTENING = 1 << 10,
    SOCKSTATE_CONNECTED = SOCKSTATE_ALL & ~(1 << 6 | 1 << 7 | 1 << 10),
};

/* Give every TCP socket of `family` (AF_UNSPEC: IPv4 and IPv6) in one of
 * `states`. Returns 0, or -1 with errno. */
int sockstate_dump(struct sockstate *sockstate, int family, int states,
                   sockstate_fn *give, void *context);

/* The socket with exactly these endpoints. False: there is none. */
bool sockstate_find(struct sockstate *sockstate, const struct endpoint *local,
                    const struct endpoint *remote,
                    struct sockstate_socket *socket);

/* Does a socket listen on `port`? */
bool sockstate_listens(struct sockstate *sockstate, uint16_t port);

/* How many sockets of `port` still have something to send or to hear: not in
 * LISTEN, not in TIME-WAIT. */
int sockstate_busy(struct sockstate *sockstate, uint16_t port);

#endif
