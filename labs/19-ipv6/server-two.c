/*
 * Lab 19, server: a socket for each family, on one port.
 *
 *     ./server-two PORT
 */
#include <netinet/in.h> /* sockaddr_in, sockaddr_in6, IPV6_V6ONLY */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, setsockopt, bind, listen */
#include <unistd.h>     /* close */

static int
check(int result, const char *call)
{
    if (result < 0) {
        perror(call);
        exit(1);
    }
    return result;
}

/* Bind both sockets; with `only`, the IPv6 socket takes IPv6 alone. */
static void
take(int port, int only)
{
    struct sockaddr_in6 any6 = { .sin6_family = AF_INET6,
                                 .sin6_port = htons(port) };
    struct sockaddr_in any4 = { .sin_family = AF_INET,
                                .sin_port = htons(port) };
    int six = check(socket(AF_INET6, SOCK_STREAM, 0), "socket");
    int four = check(socket(AF_INET, SOCK_STREAM, 0), "socket");

    check(setsockopt(six, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only),
          "setsockopt");
    check(bind(six, (struct sockaddr *)&any6, sizeof any6), "bind");
    check(listen(six, 5), "listen");
    /* Has the other socket taken the IPv4 port too? */
    if (bind(four, (struct sockaddr *)&any4, sizeof any4) < 0) {
        perror("server: bind to 0.0.0.0");
    } else {
        check(listen(four, 5), "listen");
        printf("server: two sockets listen on port %d\n", port);
    }
    check(close(four), "close");
    check(close(six), "close");
}

int
main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s PORT\n", argv[0]);
        return 2;
    }
    take(atoi(argv[1]), 0);
    take(atoi(argv[1]), 1);
    return 0;
}
