/*
 * Lab 19, client: look HOST up, try its addresses one after another, and print
 * what the server says.
 *
 *     ./client HOST PORT
 *
 * HOST is a name, or an address of either family; "-" is this computer.
 */
#include <errno.h>      /* errno */
#include <netdb.h>      /* getaddrinfo, getnameinfo, gai_strerror */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* exit */
#include <string.h>     /* strcmp, strerror */
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
    char data[100], text[NI_MAXHOST];
    struct addrinfo *found, *a, wanted = { .ai_socktype = SOCK_STREAM };
    int s, n;

    if (argc < 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 2;
    }
    const char *host = strcmp(argv[1], "-") == 0 ? NULL : argv[1];
    /* Addresses of both families, in the order in which to try them. */
    int failure = getaddrinfo(host, argv[2], &wanted, &found);
    if (failure) {
        fprintf(stderr, "%s: %s\n", argv[1], gai_strerror(failure));
        return 1;
    }

    for (a = found; a; a = a->ai_next) {
        getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, NULL, 0,
                    NI_NUMERICHOST);
        s = check(socket(a->ai_family, a->ai_socktype, a->ai_protocol),
                  "socket");
        if (connect(s, a->ai_addr, a->ai_addrlen) == 0)
            break;
        printf("client: %s: %s\n", text, strerror(errno));
        check(close(s), "close");
    }
    freeaddrinfo(found);
    if (!a) {
        printf("client: no address is left to try\n");
        return 1;
    }
    printf("client: connected to %s\n", text);

    n = check(recv(s, data, sizeof data, 0), "recv");
    printf("client: the server says: %.*s\n", n, data);
    check(close(s), "close");
    return 0;
}
