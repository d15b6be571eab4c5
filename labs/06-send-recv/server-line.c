/*
 * Lab 06, server: send each line back in capitals, until the client closes.
 *
 *     ./server-line ADDRESS PORT
 */
#include <arpa/inet.h>  /* inet_pton */
#include <ctype.h>      /* toupper */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, bind, listen, accept, send, recv */
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

/* Receive up to a newline. Returns 0 if the stream has ended. */
static int
recv_line(int s, char *line, int size)
{
    int got = 0;

    /* A byte a call, so that nothing behind the newline is taken. */
    while (got < size && check(recv(s, line + got, 1, 0), "recv") == 1)
        if (line[got++] == '\n')
            break;
    return got;
}

int
main(int argc, char **argv)
{
    char line[1000];
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
    printf("server: listening on %s:%s\n", argv[1], argv[2]);
    fflush(stdout);

    int connection = check(accept(listener, NULL, NULL), "accept");
    while ((n = recv_line(connection, line, sizeof line)) > 0) {
        for (int i = 0; i < n; i++)
            line[i] = toupper((unsigned char)line[i]);
        check(send(connection, line, n, 0), "send");
        printf("server: sent back %.*s", n, line);
    }
    check(close(connection), "close");
    printf("server: end of stream, closed\n");
    return 0;
}
