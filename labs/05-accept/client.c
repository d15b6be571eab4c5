/*
 * Lab 05, client: connect, say both names, and hear who the server sees.
 *
 *     ./client ADDRESS PORT
 */
#include <arpa/inet.h>  /* inet_pton, inet_ntoa */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, connect, getsockname, getpeername, recv */
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

int
main(int argc, char **argv)
{
    char text[64];
    struct sockaddr_in own, peer;
    socklen_t length = sizeof own;

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT\n", argv[0]);
        return 2;
    }
    struct sockaddr_in server = { .sin_family = AF_INET,
                                  .sin_port = htons(atoi(argv[2])) };
    if (inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
        fprintf(stderr, "%s: not an IPv4 address\n", argv[1]);
        return 2;
    }

    int s = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(connect(s, (struct sockaddr *)&server, sizeof server), "connect");

    /* These two names together, the 4-tuple, tell this connection apart. */
    check(getsockname(s, (struct sockaddr *)&own, &length), "getsockname");
    check(getpeername(s, (struct sockaddr *)&peer, &length), "getpeername");
    printf("client: I am %s:%d, ", inet_ntoa(own.sin_addr),
           ntohs(own.sin_port));
    printf("the server is %s:%d\n", inet_ntoa(peer.sin_addr),
           ntohs(peer.sin_port));

    int n = check(recv(s, text, sizeof text, 0), "recv");
    printf("client: the server says: %.*s\n", n, text);

    check(close(s), "close");
    return 0;
}
