/* sockstate: sock_diag through libmnl. */
#include "sockstate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct sockstate {
    struct mnl_socket *netlink;
    unsigned sequence;
    bool asks_cwnd;
};

/* The kernel's numbers (include/net/tcp_states.h). */
static const enum tcp_state state_of[] = {
    [1] = STATE_ESTABLISHED, [2] = STATE_SYN_SENT,   [3] = STATE_SYN_RECEIVED,
    [4] = STATE_FIN_WAIT_1,  [5] = STATE_FIN_WAIT_2, [6] = STATE_TIME_WAIT,
    [7] = STATE_CLOSED,      [8] = STATE_CLOSE_WAIT, [9] = STATE_LAST_ACK,
    [10] = STATE_LISTEN,     [11] = STATE_CLOSING,   [12] = STATE_SYN_RECEIVED,
};

enum {
    KERNEL_STATES = sizeof state_of / sizeof state_of[0],
    SSTHRESH_NONE = 0x7fffffff // TCP_INFINITE_SSTHRESH (include/net/tcp.h)
};

enum tcp_state
sockstate_state(unsigned number)
{
    return number > 0 && number < KERNEL_STATES ? state_of[number] : STATES;
}

uint32_t
sockstate_ssthresh(uint32_t number)
{
    return number < SSTHRESH_NONE ? number : 0;
}

struct sockstate *
sockstate_open(void)
{
    struct sockstate *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->sequence = (unsigned)time(NULL);
    s->netlink = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
    if (s->netlink && mnl_socket_bind(s->netlink, 0, MNL_SOCKET_AUTOPID) == 0)
        return s;
    sockstate_close(s);
    return NULL;
}

void
sockstate_close(struct sockstate *s)
{
    int saved = errno;
    if (s && s->netlink)
        mnl_socket_close(s->netlink);
    free(s);
    errno = saved;
}

void
sockstate_ask_cwnd(struct sockstate *s)
{
    s->asks_cwnd = true;
}

struct receiver {
    sockstate_fn *give;
    void *context;
};

static struct endpoint
endpoint_from(uint8_t family, const __be32 address[4], __be16 port)
{
    const uint8_t *octets = (const uint8_t *)address;
    return (struct endpoint){
        .address =
            family == AF_INET ? address_ipv4(octets) : address_ipv6(octets),
        .port = ntohs(port),
    };
}

const char *const sockstate_timer_names[TIMERS] = {
    [TIMER_NONE] = "",
    [TIMER_RETRANSMISSION] = "retransmission",
    [TIMER_KEEPALIVE] = "keepalive",
    [TIMER_TIME_WAIT] = "TIME-WAIT",
    [TIMER_PROBE] = "window probe",
    [TIMER_FIN_WAIT_2] = "FIN-WAIT-2",
};

/* The kernel counts an orphan's FIN-WAIT-2 as keepalive or TIME-WAIT. */
static enum sockstate_timer
timer_of(const struct inet_diag_msg *m)
{
    if (m->idiag_timer >= TIMER_FIN_WAIT_2)
        return TIMER_NONE;
    bool is_fin_wait = state_of[m->idiag_state] == STATE_FIN_WAIT_2 &&
                       (m->idiag_timer == TIMER_KEEPALIVE ||
                        m->idiag_timer == TIMER_TIME_WAIT);
    return is_fin_wait ? TIMER_FIN_WAIT_2
                       : (enum sockstate_timer)m->idiag_timer;
}

/* What TCP_INFO says, too, if it was asked for (tcp(7)). */
static int
take_attribute(const struct nlattr *attribute, void *context)
{
    struct sockstate_socket *socket = context;
    struct tcp_info info;
    if (mnl_attr_get_type(attribute) != INET_DIAG_INFO ||
        mnl_attr_get_payload_len(attribute) <
            offsetof(struct tcp_info, tcpi_advmss))
        return MNL_CB_OK;
    memcpy(&info, mnl_attr_get_payload(attribute),
           offsetof(struct tcp_info, tcpi_advmss));
    socket->cwnd = info.tcpi_snd_cwnd;
    socket->ssthresh = sockstate_ssthresh(info.tcpi_snd_ssthresh);
    return MNL_CB_OK;
}

static int
take_message(const struct nlmsghdr *message, void *context)
{
    const struct receiver *receiver = context;
    const struct inet_diag_msg *m = mnl_nlmsg_get_payload(message);
    if (mnl_nlmsg_get_payload_len(message) < sizeof *m ||
        m->idiag_state >= KERNEL_STATES)
        return MNL_CB_OK;
    struct sockstate_socket socket = {
        .local =
            endpoint_from(m->idiag_family, m->id.idiag_src, m->id.idiag_sport),
        .remote =
            endpoint_from(m->idiag_family, m->id.idiag_dst, m->id.idiag_dport),
        .state = state_of[m->idiag_state],
        .inode = m->idiag_inode,
        .receive_queue = m->idiag_rqueue,
        .send_queue = m->idiag_wqueue,
        .timer = timer_of(m),
        .timer_ms = m->idiag_expires,
    };
    if (state_is_synchronized(socket.state))
        mnl_attr_parse(message, sizeof *m, take_attribute, &socket);
    receiver->give(receiver->context, &socket);
    return MNL_CB_OK;
}

/* A request about sockets of `family`: `room` is for the message. */
static struct inet_diag_req_v2 *
put_request(struct sockstate *s, char *room, int family, uint16_t flags)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(room);
    message->nlmsg_type = SOCK_DIAG_BY_FAMILY;
    message->nlmsg_flags = NLM_F_REQUEST | flags;
    message->nlmsg_seq = ++s->sequence;
    struct inet_diag_req_v2 *request =
        mnl_nlmsg_put_extra_header(message, sizeof *request);
    request->sdiag_family = (uint8_t)family;
    request->sdiag_protocol = IPPROTO_TCP;
    request->idiag_states = UINT32_MAX;
    request->idiag_ext = s->asks_cwnd ? 1 << (INET_DIAG_INFO - 1) : 0;
    return request;
}

static int
send_request(struct sockstate *s, const char *room)
{
    const struct nlmsghdr *message = (const struct nlmsghdr *)room;
    return mnl_socket_sendto(s->netlink, message, message->nlmsg_len) < 0 ? -1
                                                                          : 0;
}

static int
receive_answer(struct sockstate *s, struct receiver *receiver, bool one)
{
    char buffer[16384] __attribute__((aligned(NLMSG_ALIGNTO)));
    int more = MNL_CB_OK;
    while (more > MNL_CB_STOP) {
        ssize_t n = mnl_socket_recvfrom(s->netlink, buffer, sizeof buffer);
        if (n < 0)
            return -1;
        more = mnl_cb_run(buffer, (size_t)n, s->sequence,
                          mnl_socket_get_portid(s->netlink), take_message,
                          receiver);
        if (one)
            break;
    }
    return more < 0 ? -1 : 0;
}

static int
dump_family(struct sockstate *s, int family, int states,
            struct receiver *receiver)
{
    char room[256] __attribute__((aligned(NLMSG_ALIGNTO)));
    put_request(s, room, family, NLM_F_DUMP)->idiag_states = (uint32_t)states;
    return send_request(s, room) < 0 ? -1 : receive_answer(s, receiver, false);
}

int
sockstate_dump(struct sockstate *s, int family, int states, sockstate_fn *give,
               void *context)
{
    struct receiver receiver = { give, context };
    if (family != AF_UNSPEC)
        return dump_family(s, family, states, &receiver);
    if (dump_family(s, AF_INET, states, &receiver) < 0)
        return -1;
    return dump_family(s, AF_INET6, states, &receiver);
}

struct search {
    const struct endpoint *local, *remote;
    struct sockstate_socket *socket;
    bool found;
};

/* The kernel also answers with the socket that listens there. */
static void
compare(void *context, const struct sockstate_socket *socket)
{
    struct search *search = context;
    if (!endpoint_equal(&socket->local, search->local) ||
        !endpoint_equal(&socket->remote, search->remote))
        return;
    *search->socket = *socket;
    search->found = true;
}

static void
put_endpoint(int family, const struct endpoint *endpoint, __be32 address[4],
             __be16 *port)
{
    size_t skipped = family == AF_INET ? 12 : 0;
    memcpy(address, endpoint->address.octets + skipped, 16 - skipped);
    *port = htons(endpoint->port);
}

bool
sockstate_find(struct sockstate *s, const struct endpoint *local,
               const struct endpoint *remote, struct sockstate_socket *socket)
{
    char room[256] __attribute__((aligned(NLMSG_ALIGNTO)));
    struct search search = { local, remote, socket, false };
    struct receiver receiver = { compare, &search };
    int family = address_is_ipv4(&local->address) ? AF_INET : AF_INET6;
    struct inet_diag_req_v2 *request = put_request(s, room, family, 0);
    struct inet_diag_sockid *id = &request->id;
    put_endpoint(family, local, id->idiag_src, &id->idiag_sport);
    put_endpoint(family, remote, id->idiag_dst, &id->idiag_dport);
    id->idiag_cookie[0] = id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    if (send_request(s, room) == 0)
        receive_answer(s, &receiver, true);
    return search.found;
}

struct count {
    uint16_t port;
    int listening, busy;
};

static void
count_socket(void *context, const struct sockstate_socket *socket)
{
    struct count *count = context;
    if (socket->local.port != count->port && socket->remote.port != count->port)
        return;
    if (socket->state == STATE_LISTEN)
        count->listening++;
    else if (socket->state != STATE_TIME_WAIT)
        count->busy++;
}

bool
sockstate_listens(struct sockstate *s, uint16_t port)
{
    struct count count = { .port = port };
    return sockstate_dump(s, AF_UNSPEC, SOCKSTATE_ALL, count_socket, &count) ==
               0 &&
           count.listening > 0;
}

int
sockstate_busy(struct sockstate *s, uint16_t port)
{
    struct count count = { .port = port };
    return sockstate_dump(s, AF_UNSPEC, SOCKSTATE_ALL, count_socket, &count) ==
                   0
               ? count.busy
               : 0;
}
