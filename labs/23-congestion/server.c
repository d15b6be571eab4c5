/*
 * Lab 23, server: receive, and answer with one byte for each STEP.
 *
 *     ./server ADDRESS PORT [STEP]
 *
 * STEP is 10000 bytes by default.
 */
#include <arpa/inet.h>   /* inet_pton */
#include <netinet/in.h>  /* sockaddr_in */
#include <netinet/tcp.h> /* TCP_NODELAY */
#include <stdio.h>       /* printf, perror */
#include <stdlib.h>      /* atoi, exit */
#include <sys/socket.h>  /* socket, bind, listen, accept, recv, send */
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
    static char data[100000];
    int on = 1, all = 0, step = argc > 3 ? atoi(argv[3]) : 10000;
    struct sockaddr_in here = { .sin_family = AF_INET };

    if (argc < 3 || inet_pton(AF_INET, argv[1], &here.sin_addr) != 1 ||
        step < 1 || step > (int)sizeof data) {
        fprintf(stderr, "usage: %s ADDRESS PORT [STEP]\n", argv[0]);
        return 2;
    }
    here.sin_port = htons(atoi(argv[2]));

    int listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(bind(listener, (struct sockaddr *)&here, sizeof here), "bind");
    check(listen(listener, 5), "listen");
    printf("server: listening on %s:%s\n", argv[1], argv[2]);
    fflush(stdout);

    int connection = check(accept(listener, NULL, NULL), "accept");
    /* An answer leaves at once, and not when the one before is acknowledged. */
    check(setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on),
          "NODELAY");
    while (check(recv(connection, data, step, MSG_WAITALL), "recv") == step) {
        check(send(connection, "+", 1, MSG_NOSIGNAL), "send");
        all += step;
    }
    printf("server: end of stream after %d bytes\n", all);
    check(close(connection), "close");
    return 0;
}
