/*
 * Lab 06, server: receive exactly LENGTH bytes, in however many pieces.
 *
 *     ./server-all ADDRESS PORT [LENGTH]
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, malloc, exit */
#include <sys/socket.h> /* socket, bind, listen, accept, recv */
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

/* Receive `wanted` bytes. Returns fewer if the stream ends before. */
static int
recv_all(int s, char *data, int wanted)
{
    int got = 0, n = 1;

    while (got < wanted && n > 0) {
        /* One recv() may give less than was asked for: go on from there. */
        n = check(recv(s, data + got, wanted - got, 0), "recv");
        printf("server: recv gave %d of %d\n", n, wanted - got);
        got += n;
    }
    return got;
}

int
main(int argc, char **argv)
{
    int wanted = argc > 3 ? atoi(argv[3]) : 16;
    char *data = malloc(wanted + 1);

    struct sockaddr_in here = { .sin_family = AF_INET };
    if (argc < 3 || inet_pton(AF_INET, argv[1], &here.sin_addr) != 1) {
        fprintf(stderr, "usage: %s ADDRESS PORT [LENGTH]\n", argv[0]);
        return 2;
    }
    here.sin_port = htons(atoi(argv[2]));

    int listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(bind(listener, (struct sockaddr *)&here, sizeof here), "bind");
    check(listen(listener, 5), "listen");
    printf("server: listening on %s:%s\n", argv[1], argv[2]);
    fflush(stdout);

    int connection = check(accept(listener, NULL, NULL), "accept");

    int got = recv_all(connection, data, wanted);
    printf("server: expected %d, got %d\n", wanted, got);

    check(recv(connection, data, 1, 0), "recv"); /* until the client closes */
    check(close(connection), "close");
    return 0;
}
