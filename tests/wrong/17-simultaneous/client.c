/*
 * Lab 17, a wrong client: it leaves the closing to the kernel, at its exit.
 *
 *     ./client PEER PORT
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, bind, connect */

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
    if (argc < 3) {
        fprintf(stderr, "usage: %s PEER PORT\n", argv[0]);
        return 2;
    }
    struct sockaddr_in here = { .sin_family = AF_INET,
                                .sin_port = htons(atoi(argv[2])) };
    struct sockaddr_in peer = here;
    if (inet_pton(AF_INET, "192.0.2.1", &here.sin_addr) != 1 ||
        inet_pton(AF_INET, argv[1], &peer.sin_addr) != 1) {
        fprintf(stderr, "%s: not an IPv4 address\n", argv[1]);
        return 2;
    }

    int s = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(bind(s, (struct sockaddr *)&here, sizeof here), "bind");
    check(connect(s, (struct sockaddr *)&peer, sizeof peer), "connect");
    printf("connected to %s\n", argv[1]);
    return 0;
}
