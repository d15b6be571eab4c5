/*
 * Lab 12, client: ask for several connections, one after the other.
 *
 *     ./client ADDRESS PORT [COUNT [PAUSE_MS]]
 *
 * COUNT is 7 by default; PAUSE_MS pass after each of them, 0 by default.
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <poll.h>       /* poll */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, connect, recv */
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
    int count = argc > 3 ? atoi(argv[3]) : 7, s[20];
    int pause_ms = argc > 4 ? atoi(argv[4]) : 0;
    struct sockaddr_in server = { .sin_family = AF_INET };

    if (argc < 3 || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1 ||
        count < 1 || count > 20) {
        fprintf(stderr, "usage: %s ADDRESS PORT [COUNT [PAUSE_MS]]\n", argv[0]);
        return 2;
    }
    server.sin_port = htons(atoi(argv[2]));

    for (int i = 0; i < count; i++) {
        s[i] = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
        /* It returns when the server's kernel has room for one more. */
        if (connect(s[i], (struct sockaddr *)&server, sizeof server) < 0)
            perror("client: connect");
        else
            printf("client: connection %d is there\n", i + 1);
        fflush(stdout);
        poll(NULL, 0, pause_ms);
    }
    for (int i = 0; i < count; i++) {
        if (recv(s[i], data, sizeof data, 0) < 0)
            perror("client: recv");
        check(close(s[i]), "close");
    }
    printf("client: closed\n");
    return 0;
}
