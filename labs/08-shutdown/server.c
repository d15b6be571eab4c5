/*
 * Lab 08, server: send what the client said back in capitals, and close.
 *
 *     ./server ADDRESS PORT [at-once]
 *
 * Without at-once it waits for the end of the client's stream.
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

int
main(int argc, char **argv)
{
    char data[1000];
    int n, got = 0, at_once = argc > 3;

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT [at-once]\n", argv[0]);
        return 2;
    }
    struct sockaddr_in here = { .sin_family = AF_INET,
                                .sin_port = htons(atoi(argv[2])) };
    if (inet_pton(AF_INET, argv[1], &here.sin_addr) != 1) {
        fprintf(stderr, "%s: not an IPv4 address\n", argv[1]);
        return 2;
    }

    int listener = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(bind(listener, (struct sockaddr *)&here, sizeof here), "bind");
    check(listen(listener, 5), "listen");
    printf("server: listening on %s:%s\n", argv[1], argv[2]);
    fflush(stdout);

    int connection = check(accept(listener, NULL, NULL), "accept");
    do {
        n = check(recv(connection, data + got, sizeof data - got, 0), "recv");
        printf("server: recv gave %d\n", n);
        got += n;
    } while (n > 0 && !at_once);

    for (int i = 0; i < got; i++)
        data[i] = toupper((unsigned char)data[i]);
    /* The client's direction has ended. This is the other one. */
    check(send(connection, data, got, 0), "send");
    printf("server: sent \"%.*s\"\n", got, data);

    check(recv(connection, data, sizeof data, 0), "recv"); /* until its end */
    check(close(connection), "close");
    printf("server: closed\n");
    return 0;
}
