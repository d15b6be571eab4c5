/*
 * Lab 10, client: speak to a connection that is gone, and to a server that is.
 *
 *     ./client-gone ADDRESS PORT [WAIT_MS]
 *
 * WAIT_MS is how long we leave the server's FIN without ours. Its kernel has
 * patience for a second.
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <poll.h>       /* poll */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, connect, send, recv */
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
    int wait_ms = argc > 3 ? atoi(argv[3]) : 2000;

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT [WAIT_MS]\n", argv[0]);
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

    check(recv(s, data, sizeof data, 0), "recv");
    printf("client: end of stream, going on in %d ms\n", wait_ms);
    fflush(stdout);
    poll(NULL, 0, wait_ms);

    /* A segment that matches no socket is answered by a reset. */
    check(send(s, "hello?", 6, 0), "send");
    struct pollfd reset = { .fd = s, .events = 0 }; /* errors alone */
    check(poll(&reset, 1, -1), "poll");
    printf("client: reset\n");

    int again = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    /* So is a SYN. Compare the two resets' numbers. */
    if (connect(again, (struct sockaddr *)&server, sizeof server) < 0)
        perror("client: connect");
    return 0;
}
