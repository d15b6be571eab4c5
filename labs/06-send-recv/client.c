/*
 * Lab 06, client: send some words, each by a send() of its own, and close.
 *
 *     ./client ADDRESS PORT [WORD...]
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <string.h>     /* strlen */
#include <sys/socket.h> /* socket, connect, send */
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
    char *five[] = { "one", "two", "three", "four", "five", NULL };
    char **words = argc > 3 ? argv + 3 : five;

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT [WORD...]\n", argv[0]);
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

    for (; *words; words++) {
        /* It returns when our own kernel has the bytes. Who has read them? */
        int n = check(send(s, *words, strlen(*words), 0), "send");
        printf("client: send took %d bytes: \"%s\"\n", n, *words);
    }

    check(close(s), "close");
    printf("client: closed\n");
    return 0;
}
