/*
 * Lab 19, server: tell each client which address it has, as seen from here.
 *
 *     ./server ADDRESS PORT [CLIENTS [only]]
 *
 * ADDRESS is of either family; "::" is every address of this computer. CLIENTS,
 * 2 by default, are served. With "only", an IPv6 socket takes IPv6 alone.
 */
#include <netdb.h>      /* getaddrinfo, getnameinfo, gai_strerror */
#include <netinet/in.h> /* IPV6_V6ONLY */
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
    char data[100], text[NI_MAXHOST];
    struct sockaddr_storage peer; /* room for an address of any family */
    socklen_t length = sizeof peer;
    struct sockaddr *p = (struct sockaddr *)&peer;

    check(getpeername(connection, p, &length), "getpeername");
    getnameinfo(p, length, text, sizeof text, NULL, 0, NI_NUMERICHOST);
    printf("server: the client is %s\n", text);
    snprintf(data, sizeof data, "you are %s", text);
    check(send(connection, data, strlen(data), 0), "send");
    while (check(recv(connection, data, sizeof data, 0), "recv") > 0)
        ;
    check(close(connection), "close");
}

int
main(int argc, char **argv)
{
    struct addrinfo *here, wanted = { .ai_flags = AI_PASSIVE | AI_NUMERICHOST,
                                      .ai_socktype = SOCK_STREAM };
    int clients = argc > 3 ? atoi(argv[3]) : 2, only = argc > 4;

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT [CLIENTS [only]]\n", argv[0]);
        return 2;
    }
    int failure = getaddrinfo(argv[1], argv[2], &wanted, &here);
    if (failure) {
        fprintf(stderr, "%s: %s\n", argv[1], gai_strerror(failure));
        return 2;
    }

    int listener =
        check(socket(here->ai_family, here->ai_socktype, here->ai_protocol),
              "socket");
    if (here->ai_family == AF_INET6) {
        /* 0: clients that speak IPv4 come in here too. */
        check(
            setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only),
            "setsockopt");
    }
    check(bind(listener, here->ai_addr, here->ai_addrlen), "bind");
    freeaddrinfo(here);
    check(listen(listener, 5), "listen");
    printf("server: listening on %s, port %s\n", argv[1], argv[2]);

    for (int i = 0; i < clients; i++)
        serve(check(accept(listener, NULL, NULL), "accept"));
    return 0;
}
