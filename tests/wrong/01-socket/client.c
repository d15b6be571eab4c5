/*
 * Lab 01, a wrong client: the socket for UDP is one for TCP.
 *
 *     ./client ADDRESS PORT
 */
#include <netdb.h>      /* getnameinfo */
#include <netinet/in.h> /* sockaddr_in, sockaddr_in6 */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* exit */
#include <sys/socket.h> /* socket, getsockname */

static void
make(const char *kind, int family, int type)
{
    char address[64], port[8];
    struct sockaddr_storage name;
    socklen_t length = sizeof name;

    /* A number comes back, and nothing is sent. */
    int s = socket(family, type, 0);
    if (s < 0) {
        perror(kind); /* this kernel has no such sockets */
        return;
    }
    if (getsockname(s, (struct sockaddr *)&name, &length) < 0) {
        perror("getsockname");
        exit(1);
    }
    if (getnameinfo((struct sockaddr *)&name, length, address, sizeof address,
                    port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        fprintf(stderr, "%s: a name of another kind\n", kind);
        exit(1);
    }
    printf("client: %s: descriptor %d, address %s, port %s\n", kind, s, address,
           port);
}

int
main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT\n", argv[0]);
        return 2;
    }

    make("TCP over IPv4", AF_INET, SOCK_STREAM);
    make("UDP over IPv4", AF_INET, SOCK_STREAM);
    make("TCP over IPv6", AF_INET6, SOCK_STREAM);
    make("UDP over IPv6", AF_INET6, SOCK_DGRAM);

    printf("client: ends, and the kernel closes them all\n");
    return 0;
}
