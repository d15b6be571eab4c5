/*
 * logged: for programs that write down every call they make about a socket, as
 * it is to be shown:
 *
 *     4711 connect(3, 127.0.0.1:7004) = 0
 *
 * A line a call, the thread's number in front, at the end of $CALLS_LOG. The
 * call comes first and what is written about it second:
 *
 *     said(listen(fd, 5), "listen(%d, 5)", fd);
 */
#ifndef TCPLAB_TESTS_LOGGED_H
#define TCPLAB_TESTS_LOGGED_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int log_fd = -1;

/* Far up, so that sockets have the numbers they always have. */
static inline void
log_open(void)
{
    const char *path = getenv("CALLS_LOG");
    int fd = open(path ? path : "/dev/null",
                  O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    log_fd = fcntl(fd, F_DUPFD_CLOEXEC, 200);
    close(fd);
}

/* Returns `result`; errno stays. Made and written in one go, as threads do it
 * at the same time. */
__attribute__((format(printf, 2, 3))) static inline long
said(long result, const char *format, ...)
{
    char line[8192];
    int saved = errno, n = snprintf(line, sizeof line, "%d ", gettid());
    va_list arguments;
    va_start(arguments, format);
    n += vsnprintf(line + n, sizeof line - (size_t)n, format, arguments);
    va_end(arguments);
    if (result >= 0)
        n += snprintf(line + n, sizeof line - (size_t)n, " = %ld\n", result);
    else
        n += snprintf(line + n, sizeof line - (size_t)n, " = -1 %s (%s)\n",
                      strerrorname_np(saved), strerror(saved));
    if (write(log_fd, line, (size_t)n) != n)
        _exit(99);
    errno = saved;
    return result;
}

/* "a\x00\n": the octets as they are shown, lent until the thread's 8th next
 * call. At most 64 of them. */
static inline const char *
shown(const void *octets, long bytes)
{
    static __thread char rooms[8][512];
    static __thread int next;
    char *room = rooms[next++ % 8], *to = room;
    long some = bytes < 64 ? bytes : 64;
    *to++ = '"';
    for (long i = 0; i < some; i++) {
        unsigned char c = ((const unsigned char *)octets)[i];
        const char *at = memchr("\nn\rr\tt\\\\\"\"", c, 10);
        if (c == '\n' || c == '\r' || c == '\t' || c == '\\' || c == '"')
            to += sprintf(to, "\\%c", c == '\\' || c == '"' ? c : at[1]);
        else
            to += sprintf(to, c < ' ' || c > '~' ? "\\x%02x" : "%c", c);
    }
    strcpy(to, some < bytes ? "\"..." : "\"");
    return room;
}

static inline struct sockaddr_in
loopback(int port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                 .sin_port = htons((unsigned short)port) };
}

/* "127.0.0.1:7004", lent as by shown(). */
static inline const char *
address_shown(const struct sockaddr_in *address)
{
    static __thread char rooms[8][64];
    static __thread int next;
    char *room = rooms[next++ % 8], host[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &address->sin_addr, host, sizeof host);
    snprintf(room, sizeof rooms[0], "%s:%u", host, ntohs(address->sin_port));
    return room;
}

/* A listening socket. */
static inline int
logged_listen(int port, int backlog)
{
    struct sockaddr_in here = loopback(port);
    int fd = (int)said(socket(AF_INET, SOCK_STREAM, 0),
                       "socket(AF_INET, SOCK_STREAM, 0)");
    said(bind(fd, (struct sockaddr *)&here, sizeof here), "bind(%d, %s)", fd,
         address_shown(&here));
    said(listen(fd, backlog), "listen(%d, %d)", fd, backlog);
    return fd;
}

static inline int
logged_accept(int listener)
{
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    int fd = accept(listener, (struct sockaddr *)&peer, &length);
    return (int)said(fd, "accept(%d, %s)", listener,
                     fd < 0 ? "..." : address_shown(&peer));
}

static inline int
logged_connect(int port)
{
    struct sockaddr_in there = loopback(port);
    int fd = (int)said(socket(AF_INET, SOCK_STREAM, 0),
                       "socket(AF_INET, SOCK_STREAM, 0)");
    said(connect(fd, (struct sockaddr *)&there, sizeof there),
         "connect(%d, %s)", fd, address_shown(&there));
    return fd;
}

static inline long
logged_send(int fd, const void *octets, size_t bytes, int flags)
{
    return said(send(fd, octets, bytes, flags), "send(%d, %s, %zu, %s)", fd,
                shown(octets, (long)bytes), bytes,
                flags ? "MSG_NOSIGNAL" : "0");
}

static inline long
logged_recv(int fd, void *octets, size_t bytes)
{
    long n = recv(fd, octets, bytes, 0);
    return said(n, "recv(%d, %s, %zu, 0)", fd, n < 0 ? "..." : shown(octets, n),
                bytes);
}

static inline void
logged_close(int fd)
{
    said(close(fd), "close(%d)", fd);
}

/* Send back what comes, to the end of file. */
static inline void
logged_echo(int fd)
{
    char octets[256];
    long n;
    while ((n = logged_recv(fd, octets, sizeof octets)) > 0)
        logged_send(fd, octets, (size_t)n, 0);
    logged_close(fd);
}

#endif
