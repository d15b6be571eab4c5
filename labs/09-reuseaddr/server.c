/*
 * Lab 09, server: serve one client, close, and start again on the same port.
 *
 *     ./server ADDRESS PORT [CLOSER FIRST AGAIN]
 *
 * CLOSER is who closes first, "server" or "client". FIRST and AGAIN are for the
 * first start and the next: "reuse" sets SO_REUSEADDR, "plain" does not.
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <string.h>     /* strcmp */
#include <sys/socket.h> /* socket, setsockopt, bind, ... shutdown */
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

/* Start a server. Returns its socket, or -1 when it cannot have the port. */
static int
start(struct sockaddr_in here, const char *how)
{
    int on = 1, s = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    if (strcmp(how, "reuse") == 0) {
        /* It counts at this bind(), and at a later one that meets this one. */
        check(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "reuse");
    }
    if (bind(s, (struct sockaddr *)&here, sizeof here) < 0) {
        perror("server: bind");
        return -1;
    }
    check(listen(s, 5), "listen");
    printf("server: listening, %s\n", how);
    return s;
}

int
main(int argc, char **argv)
{
    char *none[] = { "server", "plain", "plain" }, data[100];
    char **how = argc > 5 ? argv + 3 : none;
    struct sockaddr_in here = { .sin_family = AF_INET };
    if (argc < 3 || inet_pton(AF_INET, argv[1], &here.sin_addr) != 1) {
        fprintf(stderr, "usage: %s ADDRESS PORT [CLOSER FIRST AGAIN]\n", *argv);
        return 2;
    }
    here.sin_port = htons(atoi(argv[2]));
    int listener = start(here, how[1]);
    int connection = check(accept(listener, NULL, NULL), "accept");
    if (strcmp(how[0], "server") == 0)
        check(shutdown(connection, SHUT_WR), "shutdown");  /* our FIN first */
    check(recv(connection, data, sizeof data, 0), "recv"); /* the client's */
    check(close(connection), "close");
    check(close(listener), "close");
    printf("server: closed, and the %s closed first\n", how[0]);
    start(here, how[2]);
    return 0;
}
