/* hosts_socket: programs' part on the two hosts. */
#include "claim.h"
#include "hosts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PATIENCE_MS = 10000
};

void
hosts_visit(const struct hosts *h, enum topology_place place)
{
    assert_int_equal(topology_enter(&h->topology, place), 0);
}

void
hosts_leave(const struct hosts *h)
{
    assert_int_equal(setns(h->home, CLONE_NEWNET), 0);
}

int
hosts_socket(const struct hosts *h, enum topology_place place, int family,
             int type)
{
    hosts_visit(h, place);
    int fd = socket(family, type | SOCK_CLOEXEC, 0);
    hosts_leave(h);
    assert_true(fd >= 0);
    return fd;
}

/* The server's address. */
static socklen_t
server_address(int family, struct sockaddr_storage *address)
{
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)address;
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)address;
    memset(address, 0, sizeof *address);
    address->ss_family = (sa_family_t)family;
    if (family == AF_INET) {
        ipv4->sin_port = htons(HOSTS_PORT);
        inet_pton(family, topology_server_ipv4, &ipv4->sin_addr);
        return sizeof *ipv4;
    }
    ipv6->sin6_port = htons(HOSTS_PORT);
    inet_pton(family, topology_server_ipv6, &ipv6->sin6_addr);
    return sizeof *ipv6;
}

int
hosts_listen(const struct hosts *h, int family)
{
    struct sockaddr_storage here;
    socklen_t size = server_address(family, &here);
    int fd = hosts_socket(h, PLACE_SERVER, family, SOCK_STREAM);
    if (bind(fd, (struct sockaddr *)&here, size) < 0 || listen(fd, 5) < 0)
        fail_msg("listening: %s", strerror(errno));
    return fd;
}

int
hosts_connect(const struct hosts *h, int family, bool waits)
{
    struct sockaddr_storage there;
    socklen_t size = server_address(family, &there);
    struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
    int yes = 1;
    int fd = hosts_socket(h, PLACE_CLIENT, family,
                          SOCK_STREAM | (waits ? 0 : SOCK_NONBLOCK));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(fd, (struct sockaddr *)&there, size) < 0 &&
        (waits || errno != EINPROGRESS))
        fail_msg("connecting: %s", strerror(errno));
    return fd;
}

void
hosts_connection(const struct hosts *h, int family, int sockets[2])
{
    int listener = hosts_listen(h, family);
    sockets[0] = hosts_connect(h, family, true);
    sockets[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(sockets[1] >= 0);
    close(listener);
}

void
hosts_flow(const struct hosts *h, int family, int sockets[2])
{
    struct sockaddr_storage there;
    socklen_t size = server_address(family, &there);
    sockets[0] = hosts_socket(h, PLACE_CLIENT, family, SOCK_DGRAM);
    sockets[1] = hosts_socket(h, PLACE_SERVER, family, SOCK_DGRAM);
    if (bind(sockets[1], (struct sockaddr *)&there, size) < 0 ||
        connect(sockets[0], (struct sockaddr *)&there, size) < 0)
        fail_msg("connecting: %s", strerror(errno));
}

int
hosts_more_flow(const struct hosts *h)
{
    struct sockaddr_storage there;
    struct sockaddr_in own = { .sin_family = AF_INET };
    socklen_t size = server_address(AF_INET, &there);
    int fd = hosts_socket(h, PLACE_CLIENT, AF_INET, SOCK_DGRAM);
    inet_pton(AF_INET, HOSTS_MORE, &own.sin_addr);
    if (bind(fd, (struct sockaddr *)&own, sizeof own) < 0 ||
        connect(fd, (struct sockaddr *)&there, size) < 0)
        fail_msg("connecting: %s", strerror(errno));
    return fd;
}

void
hosts_datagrams(struct hosts *h, int count, size_t bytes)
{
    static const char zeros[65536];
    struct sockaddr_storage there;
    socklen_t size = server_address(AF_INET, &there);
    int yes = 1, sink = hosts_socket(h, PLACE_SERVER, AF_INET, SOCK_DGRAM);
    int fd = hosts_socket(h, PLACE_CLIENT, AF_INET, SOCK_DGRAM);
    setsockopt(sink, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(sink, (struct sockaddr *)&there, size) < 0 ||
        connect(fd, (struct sockaddr *)&there, size) < 0)
        fail_msg("connecting: %s", strerror(errno));
    for (int i = 0; i < count; i++)
        assert_int_equal(send(fd, zeros, bytes, 0), bytes);
    close(fd);
    if (h->sink)
        close(h->sink);
    h->sink = sink;
}

void
hosts_say(int socket, const char *words)
{
    assert_int_equal(send(socket, words, strlen(words), MSG_NOSIGNAL),
                     strlen(words));
}

void
hosts_hears(int socket, const char *words)
{
    char heard[256] = "";
    size_t length = 0;
    struct pollfd fd = { .fd = socket, .events = POLLIN };
    while (length < strlen(words) && poll(&fd, 1, PATIENCE_MS) == 1) {
        ssize_t n = recv(socket, heard + length, sizeof heard - 1 - length, 0);
        if (n <= 0)
            break;
        length += (size_t)n;
    }
    heard[length] = '\0';
    assert_string_equal(heard, words);
}

void
hosts_talk(const struct hosts *h, int family)
{
    int sockets[2];
    hosts_connection(h, family, sockets);
    hosts_say(sockets[0], "how are you?");
    hosts_hears(sockets[1], "how are you?");
    hosts_say(sockets[1], "well");
    hosts_hears(sockets[0], "well");
    close(sockets[0]);
    hosts_hears(sockets[1], "");
    close(sockets[1]);
}
