/*
 * sockstate: what the kernel says of its TCP sockets (sock_diag(7)).
 *
 * Needs no privilege. Sees the network namespace it was opened in.
 */
#ifndef TCPLAB_SOCKSTATE_H
#define TCPLAB_SOCKSTATE_H

#include <stdbool.h>
#include <stdint.h>

#include "../capture/endpoint.h"
#include "../capture/state.h"

struct sockstate;

/* One socket, as the kernel has it. */
struct sockstate_socket {
    struct endpoint local, remote;
    enum tcp_state state;
};

typedef void sockstate_fn(void *context, const struct sockstate_socket *socket);

/* NULL with errno. */
struct sockstate *sockstate_open(void);
void sockstate_close(struct sockstate *sockstate);

/* Give every TCP socket, IPv4 and IPv6. Returns 0, or -1 with errno. */
int sockstate_dump(struct sockstate *sockstate, sockstate_fn *give,
                   void *context);

/* Does a socket listen on `port`? */
bool sockstate_listens(struct sockstate *sockstate, uint16_t port);

/* How many sockets of `port` still have something to send or to hear: not in
 * LISTEN, not in TIME-WAIT. */
int sockstate_busy(struct sockstate *sockstate, uint16_t port);

#endif
