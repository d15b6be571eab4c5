/* Every call about a socket, on both ends of a connection with itself, each
 * written down.
 *
 *     every_call PORT
 */
#include "logged.h"

#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>

static int port, listener, near, far; // far: what accept() gives

static int
new_socket(void)
{
    return (int)said(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
                     "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, 0)");
}

static void
name_of(int fd)
{
    struct sockaddr_in name = { 0 };
    socklen_t length = sizeof name;
    long result = getsockname(fd, (struct sockaddr *)&name, &length);
    said(result, "getsockname(%d, %s)", fd, address_shown(&name));
    length = sizeof name;
    result = getpeername(fd, (struct sockaddr *)&name, &length);
    said(result, "getpeername(%d, %s)", fd,
         result < 0 ? "..." : address_shown(&name));
}

static void
set_option(int fd, int level, int option, const char *words)
{
    int on = 1;
    said(setsockopt(fd, level, option, &on, sizeof on),
         "setsockopt(%d, %s, [1], 4)", fd, words);
}

static void
ask_option(int fd, int level, int option, const char *words)
{
    int value;
    socklen_t length = sizeof value;
    long result = getsockopt(fd, level, option, &value, &length);
    said(result, "getsockopt(%d, %s, [%d])", fd, words, value);
}

static void
bindings(void)
{
    struct sockaddr_in here = loopback(port);
    const char *words = address_shown(&here);
    listener = new_socket();
    set_option(listener, SOL_SOCKET, SO_REUSEADDR, "SOL_SOCKET, SO_REUSEADDR");
    said(accept(listener, NULL, NULL), "accept(%d, NULL)", listener);
    name_of(listener);
    said(bind(listener, (struct sockaddr *)&here, sizeof here), "bind(%d, %s)",
         listener, words);
    said(bind(listener, (struct sockaddr *)&here, sizeof here), "bind(%d, %s)",
         listener, words);
    said(listen(listener, 5), "listen(%d, 5)", listener);
    int other = new_socket();
    said(bind(other, (struct sockaddr *)&here, sizeof here), "bind(%d, %s)",
         other, words);
    said(connect(other, NULL, 16), "connect(%d, NULL)", other);
    here.sin_port = htons((unsigned short)(port + 1));
    said(connect(other, (struct sockaddr *)&here, sizeof here),
         "connect(%d, %s)", other, address_shown(&here));
    logged_close(other);
}

static void
of_ipv6(void)
{
    struct sockaddr_in6 here = { .sin6_family = AF_INET6,
                                 .sin6_addr = in6addr_loopback,
                                 .sin6_port = htons((unsigned short)port) };
    int fd = (int)said(socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP),
                       "socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP)");
    set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, "IPPROTO_IPV6, IPV6_V6ONLY");
    said(bind(fd, (struct sockaddr *)&here, sizeof here), "bind(%d, [::1]:%d)",
         fd, port);
    logged_close(fd);
}

/* Addresses that say more than their octets: IPv4 by an IPv6 socket, and one
 * that is meant on an interface. */
static void
of_ipv6_with_more(void)
{
    struct sockaddr_in6 mapped = { .sin6_family = AF_INET6,
                                   .sin6_port = htons((unsigned short)port) },
                        scoped = mapped;
    inet_pton(AF_INET6, "::ffff:127.0.0.2", &mapped.sin6_addr);
    inet_pton(AF_INET6, "fe80::9", &scoped.sin6_addr);
    scoped.sin6_scope_id = if_nametoindex("lo");
    int fd = (int)said(socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP),
                       "socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP)");
    said(bind(fd, (struct sockaddr *)&scoped, sizeof scoped),
         "bind(%d, [fe80::9%%lo]:%d)", fd, port);
    scoped.sin6_scope_id = 4321;
    said(bind(fd, (struct sockaddr *)&scoped, sizeof scoped),
         "bind(%d, [fe80::9%%4321]:%d)", fd, port);
    said(bind(fd, (struct sockaddr *)&mapped, sizeof mapped),
         "bind(%d, [::ffff:127.0.0.2]:%d)", fd, port);
    logged_close(fd);
}

static void
connections(void)
{
    struct sockaddr_in there = loopback(port), peer;
    socklen_t length = sizeof peer;
    said(fcntl(listener, F_SETFL, O_NONBLOCK), "fcntl(%d, F_SETFL, O_NONBLOCK)",
         listener);
    said(accept(listener, (struct sockaddr *)&peer, &length), "accept(%d, ...)",
         listener);
    near = (int)said(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0),
                     "socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, 0)");
    said(connect(near, (struct sockaddr *)&there, sizeof there),
         "connect(%d, %s)", near, address_shown(&there));
    struct pollfd set[] = { { listener, POLLIN, 0 }, { near, POLLOUT, 0 } };
    while (set[0].revents == 0 || set[1].revents == 0) {
        long count = poll(set, 2, 1000);
        said(count, "poll([%d: POLLIN%s, %d: POLLOUT%s], 2, 1000)", listener,
             set[0].revents ? " ready POLLIN" : "", near,
             set[1].revents ? " ready POLLOUT" : "");
    }
    ask_option(near, SOL_SOCKET, SO_ERROR, "SOL_SOCKET, SO_ERROR");
    far = accept4(listener, (struct sockaddr *)&peer, &length, SOCK_CLOEXEC);
    said(far, "accept4(%d, %s, SOCK_CLOEXEC)", listener, address_shown(&peer));
    name_of(near);
    name_of(far);
}

static void
options(void)
{
    struct linger linger = { 1, 5 };
    int off = 0;
    set_option(near, IPPROTO_TCP, TCP_NODELAY, "IPPROTO_TCP, TCP_NODELAY");
    ask_option(near, IPPROTO_TCP, TCP_NODELAY, "IPPROTO_TCP, TCP_NODELAY");
    set_option(near, SOL_SOCKET, SO_KEEPALIVE, "SOL_SOCKET, SO_KEEPALIVE");
    said(setsockopt(near, SOL_SOCKET, SO_LINGER, &linger, sizeof linger),
         "setsockopt(%d, SOL_SOCKET, SO_LINGER, {on 1, linger 5}, 8)", near);
    linger.l_onoff = 0;
    said(setsockopt(near, SOL_SOCKET, SO_LINGER, &linger, sizeof linger),
         "setsockopt(%d, SOL_SOCKET, SO_LINGER, {on 0, linger 5}, 8)", near);
    said(setsockopt(near, IPPROTO_TCP, 9999, &off, sizeof off),
         "setsockopt(%d, IPPROTO_TCP, 9999, [0], 4)", near);
    said(setsockopt(near, IPPROTO_TCP, TCP_CONGESTION, "reno", 4),
         "setsockopt(%d, IPPROTO_TCP, TCP_CONGESTION, \"reno\", 4)", near);
    struct tcp_info info;
    socklen_t length = sizeof info;
    long result = getsockopt(near, IPPROTO_TCP, TCP_INFO, &info, &length);
    said(result,
         "getsockopt(%d, IPPROTO_TCP, TCP_INFO, {state ESTABLISHED, cwnd %u, "
         "ssthresh none, rtt %u ms, retrans 0, ...})",
         near, info.tcpi_snd_cwnd, info.tcpi_rtt / 1000);
    said(getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &length),
         "getsockopt(%d, IPPROTO_TCP, TCP_INFO, {state LISTEN, ...})",
         listener);
    said(setsockopt(near, IPPROTO_IP, IP_MINTTL, &off, sizeof off),
         "setsockopt(%d, IPPROTO_IP, IP_MINTTL, [0], 4)", near);
    said(ioctl(near, FIONBIO, &off), "ioctl(%d, FIONBIO, [0])", near);
    said(fcntl(near, F_SETFL, O_RDWR), "fcntl(%d, F_SETFL, O_RDWR)", near);
}

static void
sends_and_receives(void)
{
    char octets[300], *bad = (char *)8;
    int waiting;
    logged_send(near, "hello", 5, 0);
    long n = recv(far, octets, sizeof octets, MSG_PEEK);
    said(n, "recv(%d, %s, 300, MSG_PEEK)", far, shown(octets, n));
    long result = ioctl(far, FIONREAD, &waiting);
    said(result, "ioctl(%d, FIONREAD, [%d])", far, waiting);
    logged_recv(far, octets, sizeof octets);
    said(recv(far, octets, 300, MSG_PEEK | MSG_DONTWAIT),
         "recv(%d, ..., 300, MSG_PEEK|MSG_DONTWAIT)", far);
    said(send(near, bad, 10, 0), "send(%d, 0x8, 10, 0)", near);
    // Octets of every kind, and more of them than are shown.
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (char)i;
    said(write(near, octets, 300), "write(%d, %s, 300)", near,
         shown(octets, 300));
    n = read(far, octets, sizeof octets);
    said(n, "read(%d, %s, 300)", far, shown(octets, n));
    n = write(near, "\"\\\t\r\n\xc3\xa4", 7);
    said(n, "write(%d, %s, 7)", near, shown("\"\\\t\r\n\xc3\xa4", 7));
    n = read(far, octets, 64);
    said(n, "read(%d, %s, 64)", far, shown(octets, n));
    said(write(near, "", 0), "write(%d, \"\", 0)", near);
}

static void
vectors(void)
{
    char a[] = "ab", b[] = "cde", c[4], d[8];
    struct iovec out[] = { { a, 2 }, { b, 3 } }, in[] = { { c, 4 }, { d, 8 } };
    struct msghdr message = { .msg_iov = out, .msg_iovlen = 2 };
    said(writev(near, out, 2), "writev(%d, [\"ab\", \"cde\"], 2)", near);
    said(readv(far, in, 2), "readv(%d, [\"abcd\", \"e\"], 2)", far);
    said(sendmsg(near, &message, MSG_NOSIGNAL),
         "sendmsg(%d, [\"ab\", \"cde\"], MSG_NOSIGNAL)", near);
    message.msg_iov = in;
    said(recvmsg(far, &message, 0), "recvmsg(%d, [\"abcd\", \"e\"], 0)", far);
    struct mmsghdr several[2] = {
        { .msg_hdr = { .msg_iov = &out[0], .msg_iovlen = 1 } },
        { .msg_hdr = { .msg_iov = &out[1], .msg_iovlen = 1 } },
    };
    said(sendmmsg(near, several, 2, 0), "sendmmsg(%d, ..., 2, 0)", near);
    several[0].msg_hdr.msg_iov = &in[1];
    said(recvmmsg(far, several, 1, 0, NULL), "recvmmsg(%d, ..., 1, 0)", far);
}

/* Pipes, files and AF_UNIX sockets are not shown. */
static void
other_descriptors(void)
{
    int pair[2], pipes[2], file = memfd_create("octets", MFD_CLOEXEC);
    char octets[16];
    off_t start = 0;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || pipe(pipes) < 0 ||
        write(pair[0], "unix", 4) != 4 || read(pair[1], octets, 16) != 4 ||
        write(file, "0123456789", 10) != 10)
        _exit(98);
    said(sendfile(near, file, &start, 10), "sendfile(%d, %d, 10)", near, file);
    said(splice(far, NULL, pipes[1], NULL, 10, 0), "splice(%d, %d, 10)", far,
         pipes[1]);
    said(splice(pipes[0], NULL, near, NULL, 10, 0), "splice(%d, %d, 10)",
         pipes[0], near);
    long n = read(far, octets, 16);
    said(n, "read(%d, %s, 16)", far, shown(octets, n));
    said(dup2(near, pair[0]), "dup2(%d, %d)", near, pair[0]);
    said(dup2(pair[1], pair[0]), "dup2(%d, %d)", pair[1], pair[0]);
    close(pair[0]);
    close(pair[1]);
    close(pipes[0]);
    close(pipes[1]);
    close(file);
}

static void
copies(void)
{
    int copy = (int)said(dup(near), "dup(%d)", near);
    said(dup2(near, 40), "dup2(%d, 40)", near);
    said(dup2(far, 40), "dup2(%d, 40)", far);
    said(dup3(near, 41, O_CLOEXEC), "dup3(%d, 41, O_CLOEXEC)", near);
    said(dup3(near, near, 0), "dup3(%d, %d, 0)", near, near);
    said(fcntl(near, F_DUPFD, 50), "fcntl(%d, F_DUPFD, 50)", near);
    said(fcntl(near, F_DUPFD_CLOEXEC, 60), "fcntl(%d, F_DUPFD_CLOEXEC, 60)",
         near);
    logged_close(copy);
    logged_close(40);
    said(close_range(41, 49, 0), "close_range(41, 49, 0)");
    said(close_range(50, 60, 0), "close_range(50, 60, 0)");
    said(dup2(near, 300), "dup2(%d, 300)", near);
    said(close_range(300, ~0u, 0), "close_range(300, 4294967295, 0)");
    close_range(70, 80, 0); // none of them is open
}

static void
waits(void)
{
    fd_set readable, writable;
    struct timespec none = { 0, 0 };
    struct timeval no_time = { 0, 0 };
    struct pollfd set = { near, POLLIN | POLLRDHUP, 0 };
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_SET(far, &readable);
    FD_SET(near, &writable);
    said(select(far + 1, &readable, &writable, NULL, &no_time),
         "select(%d, [], [%d], NULL, 0.000000 s)", far + 1, near);
    logged_send(near, "!", 1, 0);
    FD_SET(far, &readable);
    said(select(far + 1, &readable, NULL, NULL, NULL),
         "select(%d, [%d], NULL, NULL, NULL)", far + 1, far);
    sigset_t no_signals;
    sigemptyset(&no_signals);
    said(pselect(far + 1, &readable, NULL, NULL, &none, &no_signals),
         "pselect6(%d, [%d], NULL, NULL, 0.000000 s)", far + 1, far);
    said(ppoll(&set, 1, &none, NULL),
         "ppoll([%d: POLLIN|POLLRDHUP], 1, 0.000000 s)", near);
    set.fd = -1;
    poll(&set, 1, 0); // nothing of ours is waited for
}

static void
epolls(void)
{
    struct epoll_event wanted = { .events = EPOLLIN }, ready[4];
    int epoll =
        (int)said(epoll_create1(EPOLL_CLOEXEC), "epoll_create1(EPOLL_CLOEXEC)");
    said(epoll_ctl(epoll, EPOLL_CTL_ADD, far, &wanted),
         "epoll_ctl(%d, EPOLL_CTL_ADD, %d, EPOLLIN)", epoll, far);
    said(epoll_wait(epoll, ready, 4, 1000),
         "epoll_wait(%d, [EPOLLIN], 4, 1000)", epoll);
    wanted.events = EPOLLOUT | EPOLLET;
    said(epoll_ctl(epoll, EPOLL_CTL_MOD, far, &wanted),
         "epoll_ctl(%d, EPOLL_CTL_MOD, %d, EPOLLOUT|EPOLLET)", epoll, far);
    said(epoll_pwait(epoll, ready, 4, 1000, NULL),
         "epoll_pwait(%d, [EPOLLOUT], 4, 1000)", epoll);
    said(epoll_ctl(epoll, EPOLL_CTL_DEL, far, NULL),
         "epoll_ctl(%d, EPOLL_CTL_DEL, %d, NULL)", epoll, far);
    close(epoll);
}

static void
datagrams(void)
{
    char octets[16];
    struct sockaddr_in here = loopback(port), from = { 0 };
    socklen_t length = sizeof from;
    int fd = (int)said(socket(AF_INET, SOCK_DGRAM, 0),
                       "socket(AF_INET, SOCK_DGRAM, 0)");
    said(bind(fd, (struct sockaddr *)&here, sizeof here), "bind(%d, %s)", fd,
         address_shown(&here));
    said(sendto(fd, "udp", 3, 0, (struct sockaddr *)&here, sizeof here),
         "sendto(%d, \"udp\", 3, 0, %s)", fd, address_shown(&here));
    long n = recvfrom(fd, octets, 16, 0, (struct sockaddr *)&from, &length);
    said(n, "recvfrom(%d, %s, 16, 0, %s)", fd, shown(octets, n),
         address_shown(&from));
    logged_close(fd);
}

static void
ends(void)
{
    char octets[16];
    char *const words[] = { "such", NULL };
    said(execve("/no/such", words, NULL), "execve(\"/no/such\", [\"such\"])");
    said(shutdown(near, SHUT_WR), "shutdown(%d, SHUT_WR)", near);
    logged_send(near, "late", 4, MSG_NOSIGNAL);
    logged_recv(far, octets, 16);
    logged_recv(far, octets, 16);
    said(shutdown(far, SHUT_RDWR), "shutdown(%d, SHUT_RDWR)", far);
    logged_close(far);
    logged_close(near);
    said(shutdown(listener, SHUT_RD), "shutdown(%d, SHUT_RD)", listener);
    logged_close(listener);
    close(listener); // it is no socket any more
}

int
main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    port = atoi(argv[1]);
    log_open();
    bindings();
    of_ipv6();
    of_ipv6_with_more();
    connections();
    options();
    sends_and_receives();
    vectors();
    other_descriptors();
    copies();
    waits();
    epolls();
    datagrams();
    ends();
    return 0;
}
