/*
 * Lab 20, the same server over TCP: send back what comes.
 *
 *     ./server-tcp ADDRESS PORT
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, bind, listen, accept, recv, send */
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
    int n;
    struct sockaddr_in here = { .sin_family = AF_INET };

    if (argc < 3 || inet_pton(AF_INET, argv[1], &here.sin_addr) != 1) {
        fprintf(stderr, "usage: %s ADDRESS PORT\n", argv[0]);
        return 2;
    }
    here.sin_port = htons(atoi(argv[2]));

    int listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(bind(listener, (struct sockaddr *)&here, sizeof here), "bind");
    check(listen(listener, 5), "listen");
    printf("server: listens on port %s\n", argv[2]);
    fflush(stdout);

    int s = check(accept(listener, NULL, NULL), "accept");
    /* The sender is known: it is the one at the other end. */
    while ((n = check(recv(s, data, sizeof data, 0), "recv")) > 0)
        check(send(s, data, n, 0), "send");
    printf("server: end of stream\n");
    check(close(s), "close");
    return 0;
}
