/*
 * Lab 06, client: send words as lines, and read a line after each.
 *
 *     ./client-line ADDRESS PORT [WORD...]
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <string.h>     /* strlen */
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
    char *two[] = { "hello", "tcp", NULL }, line[1000];
    char **words = argc > 3 ? argv + 3 : two;

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
        int n = snprintf(line, sizeof line, "%.998s\n", *words), got = 0;
        check(send(s, line, n, 0), "send");
        do {
            n = check(recv(s, line + got, sizeof line - got, 0), "recv");
            got += n;
            /* The newline, not the recv(), tells that the line is whole. */
        } while (n > 0 && line[got - 1] != '\n');
        printf("client: sent %s, received %.*s", *words, got, line);
    }

    check(close(s), "close");
    printf("client: closed\n");
    return 0;
}
