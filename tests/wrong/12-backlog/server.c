/*
 * Lab 12, a wrong server: it accepts somebody before it does something else.
 *
 *     ./server ADDRESS PORT [BACKLOG [WAIT_MS [CLIENTS]]]
 *
 * BACKLOG is for listen, 5 by default. WAIT_MS passes before the first accept,
 * 800 by default; -1: there is none. CLIENTS are accepted, 7 by default; with
 * 0, the listening socket is closed.
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
    int backlog = argc > 3 ? atoi(argv[3]) : 5;
    int wait_ms = argc > 4 ? atoi(argv[4]) : 800;
    int clients = argc > 5 ? atoi(argv[5]) : 7, connections[20];
    struct sockaddr_in here = { .sin_family = AF_INET };

    if (argc < 3 || inet_pton(AF_INET, argv[1], &here.sin_addr) != 1 ||
        clients < 0 || clients > 20) {
        fprintf(stderr,
                "usage: %s ADDRESS PORT [BACKLOG [WAIT_MS [CLIENTS]]]\n",
                argv[0]);
        return 2;
    }
    here.sin_port = htons(atoi(argv[2]));
    int listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(bind(listener, (struct sockaddr *)&here, sizeof here), "bind");
    /* How many may wait here before they are accepted? */
    check(listen(listener, backlog), "listen");
    printf("server: listen(%d), and no accept yet\n", backlog);
    fflush(stdout);

    for (int i = 0; i < clients; i++) {
        connections[i] = check(accept(listener, NULL, NULL), "accept");
        printf("server: accepted client %d\n", i + 1);
        fflush(stdout);
        poll(NULL, 0, wait_ms);
        wait_ms = 0;
    }
    check(close(listener), "close");
    for (int i = 0; i < clients; i++)
        check(close(connections[i]), "close");
    printf("server: closed\n");
    return 0;
}
