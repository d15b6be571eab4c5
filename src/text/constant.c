/* constant: tables of names. */
#include "constant.h"

#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define NAMED(constant)                                                        \
    {                                                                          \
        constant, #constant                                                    \
    }
#define END                                                                    \
    {                                                                          \
        0, NULL                                                                \
    }

const struct constant domains[] = { NAMED(AF_INET),
                                    NAMED(AF_INET6),
                                    NAMED(AF_UNIX),
                                    NAMED(AF_UNSPEC),
                                    NAMED(AF_NETLINK),
                                    NAMED(AF_PACKET),
                                    END };

const struct constant socket_types[] = { NAMED(SOCK_STREAM), NAMED(SOCK_DGRAM),
                                         NAMED(SOCK_RAW), NAMED(SOCK_SEQPACKET),
                                         END };

const struct constant socket_flags[] = { NAMED(SOCK_NONBLOCK),
                                         NAMED(SOCK_CLOEXEC), END };

const struct constant protocols[] = { NAMED(IPPROTO_TCP),
                                      NAMED(IPPROTO_UDP),
                                      NAMED(IPPROTO_ICMP),
                                      NAMED(IPPROTO_ICMPV6),
                                      NAMED(IPPROTO_MPTCP),
                                      NAMED(IPPROTO_RAW),
                                      END };

const struct constant option_levels[] = { NAMED(SOL_SOCKET), NAMED(IPPROTO_IP),
                                          NAMED(IPPROTO_IPV6),
                                          NAMED(IPPROTO_TCP), END };

static const struct constant socket_options[] = {
    NAMED(SO_REUSEADDR),    NAMED(SO_REUSEPORT),
    NAMED(SO_LINGER),       NAMED(SO_KEEPALIVE),
    NAMED(SO_ERROR),        NAMED(SO_TYPE),
    NAMED(SO_DOMAIN),       NAMED(SO_PROTOCOL),
    NAMED(SO_SNDBUF),       NAMED(SO_RCVBUF),
    NAMED(SO_RCVTIMEO),     NAMED(SO_SNDTIMEO),
    NAMED(SO_BROADCAST),    NAMED(SO_DONTROUTE),
    NAMED(SO_OOBINLINE),    NAMED(SO_ACCEPTCONN),
    NAMED(SO_RCVLOWAT),     NAMED(SO_SNDLOWAT),
    NAMED(SO_BINDTODEVICE), NAMED(SO_TIMESTAMP),
    NAMED(SO_PRIORITY),     NAMED(SO_BUSY_POLL),
    NAMED(SO_ZEROCOPY),     NAMED(SO_INCOMING_CPU),
    NAMED(SO_COOKIE),       END
};

static const struct constant tcp_options[] = {
    NAMED(TCP_NODELAY),      NAMED(TCP_MAXSEG),
    NAMED(TCP_CORK),         NAMED(TCP_KEEPIDLE),
    NAMED(TCP_KEEPINTVL),    NAMED(TCP_KEEPCNT),
    NAMED(TCP_SYNCNT),       NAMED(TCP_LINGER2),
    NAMED(TCP_DEFER_ACCEPT), NAMED(TCP_WINDOW_CLAMP),
    NAMED(TCP_INFO),         NAMED(TCP_QUICKACK),
    NAMED(TCP_CONGESTION),   NAMED(TCP_USER_TIMEOUT),
    NAMED(TCP_FASTOPEN),     NAMED(TCP_FASTOPEN_CONNECT),
    NAMED(TCP_REPAIR),       NAMED(TCP_NOTSENT_LOWAT),
    NAMED(TCP_ULP),          END
};

static const struct constant ipv6_options[] = { NAMED(IPV6_V6ONLY),
                                                NAMED(IPV6_UNICAST_HOPS),
                                                NAMED(IPV6_RECVERR), END };

static const struct constant ip_options[] = { NAMED(IP_TOS),
                                              NAMED(IP_TTL),
                                              NAMED(IP_MINTTL),
                                              NAMED(IP_RECVERR),
                                              NAMED(IP_MTU_DISCOVER),
                                              NAMED(IP_BIND_ADDRESS_NO_PORT),
                                              END };

const struct constant message_flags[] = { NAMED(MSG_OOB),
                                          NAMED(MSG_PEEK),
                                          NAMED(MSG_DONTROUTE),
                                          NAMED(MSG_TRUNC),
                                          NAMED(MSG_DONTWAIT),
                                          NAMED(MSG_WAITALL),
                                          NAMED(MSG_CONFIRM),
                                          NAMED(MSG_ERRQUEUE),
                                          NAMED(MSG_NOSIGNAL),
                                          NAMED(MSG_MORE),
                                          NAMED(MSG_FASTOPEN),
                                          NAMED(MSG_CMSG_CLOEXEC),
                                          END };

const struct constant hows[] = { NAMED(SHUT_RD), NAMED(SHUT_WR),
                                 NAMED(SHUT_RDWR), END };

const struct constant poll_events[] = { NAMED(POLLIN),
                                        NAMED(POLLPRI),
                                        NAMED(POLLOUT),
                                        NAMED(POLLERR),
                                        NAMED(POLLHUP),
                                        NAMED(POLLNVAL),
                                        NAMED(POLLRDHUP),
                                        NAMED(POLLRDNORM),
                                        NAMED(POLLRDBAND),
                                        NAMED(POLLWRNORM),
                                        END };

const struct constant epoll_events[] = { NAMED(EPOLLIN),
                                         NAMED(EPOLLPRI),
                                         NAMED(EPOLLOUT),
                                         NAMED(EPOLLERR),
                                         NAMED(EPOLLHUP),
                                         NAMED(EPOLLRDHUP),
                                         NAMED(EPOLLEXCLUSIVE),
                                         NAMED(EPOLLONESHOT),
                                         { (int64_t)EPOLLET, "EPOLLET" },
                                         END };

const struct constant epoll_operations[] = { NAMED(EPOLL_CTL_ADD),
                                             NAMED(EPOLL_CTL_DEL),
                                             NAMED(EPOLL_CTL_MOD), END };

const struct constant fcntl_commands[] = {
    NAMED(F_DUPFD), NAMED(F_DUPFD_CLOEXEC), NAMED(F_GETFL), NAMED(F_SETFL), END
};

const struct constant ioctl_requests[] = { NAMED(FIONBIO), NAMED(FIONREAD),
                                           END };

const struct constant epoll_flags[] = { NAMED(EPOLL_CLOEXEC), END };

const struct constant descriptor_flags[] = { NAMED(O_CLOEXEC), END };

const struct constant status_flags[] = { NAMED(O_WRONLY), NAMED(O_RDWR),
                                         NAMED(O_APPEND), NAMED(O_NONBLOCK),
                                         NAMED(O_ASYNC),  END };

const struct constant *
options_of_level(int64_t level)
{
    static const struct constant none[] = { END };
    switch (level) {
    case SOL_SOCKET:
        return socket_options;
    case IPPROTO_TCP:
        return tcp_options;
    case IPPROTO_IPV6:
        return ipv6_options;
    case IPPROTO_IP:
        return ip_options;
    default:
        return none;
    }
}

void
text_integer(struct text *text, int64_t number)
{
    if (number < 0)
        text_char(text, '-');
    text_number(text, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

void
text_constant(struct text *text, const struct constant *table, int64_t value)
{
    while (table->name && table->value != value)
        table++;
    if (table->name)
        text_add(text, table->name);
    else
        text_integer(text, value);
}

void
text_constants(struct text *text, const struct constant *table, uint64_t value)
{
    const char *separator = "";
    char rest[24];
    if (value == 0)
        text_char(text, '0');
    for (; table->name; table++) {
        uint64_t flag = (uint64_t)table->value;
        if (flag == 0 || (value & flag) != flag)
            continue;
        text_add(text, separator);
        text_add(text, table->name);
        value &= ~flag;
        separator = "|";
    }
    if (value == 0)
        return;
    snprintf(rest, sizeof rest, "0x%llx", (unsigned long long)value);
    text_add(text, separator);
    text_add(text, rest);
}
