/*
 * Lab 19, a wrong server: it takes IPv6 addresses for IPv4 ones when it prints
 * them, as it did before it served both.
 *
 *     ./server ADDRESS PORT
 */
#include <arpa/inet.h>  /* inet_ntoa */
#include <netinet/in.h> /* sockaddr_in, sockaddr_in6, IPV6_V6ONLY */
#include <stdio.h>      /* printf, snprintf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <string.h>     /* strlen */
#include <sys/socket.h> /* socket, setsockopt, ... getpeername, send, recv */
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

/* Serve one client. */
static void
serve(int connection)
{
    char data[100];
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;

    check(getpeername(connection, (struct sockaddr *)&peer, &length),
          "getpeername");
    snprintf(data, sizeof data, "you are %s",
             inet_ntoa(((struct sockaddr_in *)&peer)->sin_addr));
    check(send(connection, data, strlen(data), 0), "send");
    while (check(recv(connection, data, sizeof data, 0), "recv") > 0)
        ;
    check(close(connection), "close");
}

int
main(int argc, char **argv)
{
    int only = 0;

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT\n", argv[0]);
        return 2;
    }
    struct sockaddr_in6 here = { .sin6_family = AF_INET6,
                                 .sin6_port = htons(atoi(argv[2])) };
    int listener = check(socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP), "socket");
    check(setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only),
          "setsockopt");
    check(bind(listener, (struct sockaddr *)&here, sizeof here), "bind");
    check(listen(listener, 5), "listen");
    printf("server: listening on port %s\n", argv[2]);

    for (int i = 0; i < 2; i++)
        serve(check(accept(listener, NULL, NULL), "accept"));
    return 0;
}
