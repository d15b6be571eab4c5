/*
 * Lab 16, client: greet, and send a request by two calls, in one segment.
 *
 *     ./client-cork ADDRESS PORT [GREETINGS]
 *
 * One greeting by default. Each is answered before the next thing is sent.
 */
#include <arpa/inet.h>   /* inet_pton */
#include <netinet/in.h>  /* sockaddr_in */
#include <netinet/tcp.h> /* TCP_CORK */
#include <stdio.h>       /* printf, perror */
#include <stdlib.h>      /* atoi, exit */
#include <sys/socket.h>  /* socket, setsockopt, connect, send, recv */
#include <unistd.h>      /* close */

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
    int on = 1, off = 0;
    int greetings = argc > 3 ? atoi(argv[3]) : 1;

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT [GREETINGS]\n", argv[0]);
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
    for (int i = 0; i < greetings; i++) {
        check(send(s, "hey\n", 4, 0), "send");
        check(recv(s, data, sizeof data, 0), "recv");
    }

    check(setsockopt(s, IPPROTO_TCP, TCP_CORK, &on, sizeof on), "cork");
    check(send(s, "GET ", 4, 0), "send");
    check(send(s, "all\n", 4, 0), "send");
    /* Out with the cork: what it held leaves. Linux holds 200 ms at most. */
    check(setsockopt(s, IPPROTO_TCP, TCP_CORK, &off, sizeof off), "uncork");
    check(recv(s, data, sizeof data, 0), "recv");
    printf("client: the request is answered\n");

    check(close(s), "close");
    return 0;
}
