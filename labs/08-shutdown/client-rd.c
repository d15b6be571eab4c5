/*
 * Lab 08, client: say that we will not receive, and receive.
 *
 *     ./client-rd ADDRESS PORT
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <poll.h>       /* poll */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/ioctl.h>  /* ioctl */
#include <sys/socket.h> /* socket, connect, send, shutdown, recv */
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
    char data[1000];
    int n, there = 0;

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
    printf("client: connected\n");

    /* No segment leaves: the server never learns of it. */
    check(shutdown(s, SHUT_RD), "shutdown");
    n = check(recv(s, data, sizeof data, 0), "recv");
    printf("client: after SHUT_RD recv gives %d\n", n);

    check(send(s, "half", 4, 0), "send");
    /* poll() would say "end of stream" at once. So ask how much is there. */
    for (int tries = 0; tries < 500 && there == 0; tries++) {
        poll(NULL, 0, 10);
        check(ioctl(s, FIONREAD, &there), "ioctl");
    }
    for (int i = 0; i < 2; i++) {
        n = check(recv(s, data, sizeof data, 0), "recv");
        printf("client: recv gave %d: \"%.*s\"\n", n, n, data);
    }
    check(close(s), "close");
    printf("client: closed\n");
    return 0;
}
