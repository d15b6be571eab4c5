/*
 * Lab 11, server: listen, wait for one client, and give up after a while.
 *
 *     ./server ADDRESS PORT [WAIT_MS]
 *
 * WAIT_MS is 500 by default.
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <poll.h>       /* poll */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, bind, listen, accept */
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
    int wait_ms = argc > 3 ? atoi(argv[3]) : 500;
    struct sockaddr_in here = { .sin_family = AF_INET };

    if (argc < 3 || inet_pton(AF_INET, argv[1], &here.sin_addr) != 1) {
        fprintf(stderr, "usage: %s ADDRESS PORT [WAIT_MS]\n", argv[0]);
        return 2;
    }
    here.sin_port = htons(atoi(argv[2]));

    int listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(bind(listener, (struct sockaddr *)&here, sizeof here), "bind");
    check(listen(listener, 5), "listen");
    printf("server: listening on %s:%s\n", argv[1], argv[2]);
    fflush(stdout);

    /* Is there a client to accept? A SYN that failed is not told of. */
    struct pollfd wait = { .fd = listener, .events = POLLIN };
    if (check(poll(&wait, 1, wait_ms), "poll") == 0) {
        printf("server: nobody came in %d ms\n", wait_ms);
    } else {
        check(close(check(accept(listener, NULL, NULL), "accept")), "close");
        printf("server: a client came\n");
    }
    check(close(listener), "close");
    return 0;
}
