/*
 * Lab 09, further: two live servers on one port.
 *
 *     ./server-two ADDRESS PORT [reuseaddr | reuseport]
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <string.h>     /* strcmp */
#include <sys/socket.h> /* socket, setsockopt, bind, listen */

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
    int on = 1, option = SO_REUSEADDR, s[2];

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT [reuseaddr | reuseport]\n",
                argv[0]);
        return 2;
    }
    if (argc > 3 && strcmp(argv[3], "reuseport") == 0)
        option = SO_REUSEPORT;
    struct sockaddr_in here = { .sin_family = AF_INET,
                                .sin_port = htons(atoi(argv[2])) };
    if (inet_pton(AF_INET, argv[1], &here.sin_addr) != 1) {
        fprintf(stderr, "%s: not an IPv4 address\n", argv[1]);
        return 2;
    }

    for (int i = 0; i < 2; i++) {
        s[i] = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
        check(setsockopt(s[i], SOL_SOCKET, option, &on, sizeof on), "option");
        check(bind(s[i], (struct sockaddr *)&here, sizeof here), "bind");
        printf("server: socket %d has the port\n", i + 1);
    }
    for (int i = 0; i < 2; i++) {
        /* Two may have the port. Which of them takes the next SYN? */
        if (listen(s[i], 5) < 0)
            perror("server: listen");
        else
            printf("server: socket %d listens\n", i + 1);
    }
    return 0;
}
