/*
 * Lab 21, server: tell each client which name it has here.
 *
 *     ./server ADDRESS PORT [CLIENTS [WAIT_MS]]
 *
 * It serves CLIENTS (1), one after the other, and waits WAIT_MS for each; -1 is
 * for ever.
 */
#include <arpa/inet.h>  /* inet_pton, inet_ntoa */
#include <netinet/in.h> /* sockaddr_in */
#include <poll.h>       /* poll */
#include <stdio.h>      /* printf, snprintf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, bind, listen, accept, getsockname, send */
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

/* "192.0.2.1:40000" */
static void
write_name(char *text, size_t size, const struct sockaddr_in *name)
{
    snprintf(text, size, "%s:%d", inet_ntoa(name->sin_addr),
             ntohs(name->sin_port));
}

static void
serve(int listener)
{
    char text[64], own_name[32], peer_name[32];
    struct sockaddr_in own, peer;
    socklen_t length = sizeof peer;

    /* The client's name, as it stood in the segments that came here. */
    int s =
        check(accept(listener, (struct sockaddr *)&peer, &length), "accept");
    check(getsockname(s, (struct sockaddr *)&own, &length), "getsockname");
    write_name(own_name, sizeof own_name, &own);
    write_name(peer_name, sizeof peer_name, &peer);
    printf("server: I am %s\n", own_name);
    printf("server: the client is %s\n", peer_name);

    int n = snprintf(text, sizeof text, "you are %s", peer_name);
    check(send(s, text, n, 0), "send");
    while (check(recv(s, text, sizeof text, 0), "recv") > 0)
        ;
    check(close(s), "close");
}

int
main(int argc, char **argv)
{
    struct sockaddr_in here = { .sin_family = AF_INET };
    int clients = argc > 3 ? atoi(argv[3]) : 1;

    if (argc < 3 || inet_pton(AF_INET, argv[1], &here.sin_addr) != 1) {
        fprintf(stderr, "usage: %s ADDRESS PORT [CLIENTS [WAIT_MS]]\n",
                argv[0]);
        return 2;
    }
    here.sin_port = htons(atoi(argv[2]));
    int listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(bind(listener, (struct sockaddr *)&here, sizeof here), "bind");
    check(listen(listener, 5), "listen");
    printf("server: listening on %s:%s\n", argv[1], argv[2]);

    for (int i = 0; i < clients; i++) {
        struct pollfd ready = { .fd = listener, .events = POLLIN };
        if (check(poll(&ready, 1, argc > 4 ? atoi(argv[4]) : -1), "poll") == 0)
            printf("server: nobody came\n");
        else
            serve(listener);
    }
    check(close(listener), "close");
    return 0;
}
