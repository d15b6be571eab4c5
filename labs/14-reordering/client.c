/*
 * Lab 14, client: send some messages, each in a segment of its own, and close.
 *
 *     ./client ADDRESS PORT [COUNT]
 *
 * COUNT messages of four bytes, 3 by default: "aaaa", "bbbb", "cccc".
 */
#include <arpa/inet.h>   /* inet_pton */
#include <netinet/in.h>  /* sockaddr_in */
#include <netinet/tcp.h> /* TCP_NODELAY */
#include <stdio.h>       /* printf, perror */
#include <stdlib.h>      /* atoi, exit */
#include <string.h>      /* memset */
#include <sys/socket.h>  /* socket, setsockopt, connect, send */
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
    int on = 1, count = argc > 3 ? atoi(argv[3]) : 3;
    char message[4];

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT [COUNT]\n", argv[0]);
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
    /* Without it, the second message waits for the ACK of the first. */
    check(setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "nodelay");
    for (int i = 0; i < count; i++) {
        memset(message, 'a' + i, sizeof message);
        /* A segment leaves. When will it arrive, and how often? */
        check(send(s, message, sizeof message, 0), "send");
    }
    printf("client: sent %d messages\n", count);
    check(close(s), "close");
    printf("client: closed\n");
    return 0;
}
