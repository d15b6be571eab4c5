/*
 * Lab 20, server: send each datagram back to where it came from.
 *
 *     ./server ADDRESS PORT [COUNT]
 *
 * COUNT datagrams, 1 by default.
 */
#include <arpa/inet.h>  /* inet_pton, inet_ntoa */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, bind, recvfrom, sendto */
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
    char data[100];
    int count = argc > 3 ? atoi(argv[3]) : 1;
    struct sockaddr_in here = { .sin_family = AF_INET }, from;
    struct sockaddr *peer = (struct sockaddr *)&from;

    if (argc < 3 || inet_pton(AF_INET, argv[1], &here.sin_addr) != 1) {
        fprintf(stderr, "usage: %s ADDRESS PORT [COUNT]\n", argv[0]);
        return 2;
    }
    here.sin_port = htons(atoi(argv[2]));

    int s = check(socket(AF_INET, SOCK_DGRAM, 0), "socket");
    check(bind(s, (struct sockaddr *)&here, sizeof here), "bind");
    printf("server: has port %s, and that is all\n", argv[2]);
    fflush(stdout);

    for (int i = 0; i < count; i++) {
        socklen_t length = sizeof from;
        /* One call, one datagram, and the name of its sender. */
        int n = recvfrom(s, data, sizeof data, 0, peer, &length);
        check(n, "recvfrom");
        printf("server: %d bytes from %s:%d\n", n, inet_ntoa(from.sin_addr),
               ntohs(from.sin_port));
        check(sendto(s, data, n, 0, peer, length), "sendto");
    }
    check(close(s), "close");
    return 0;
}
