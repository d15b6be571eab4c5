/*
 * Lab 02, client: bind to the name of this computer.
 *
 *     ./client-name ADDRESS PORT
 *
 * The address is the one that this computer's name stands for, not ADDRESS.
 */
#include <arpa/inet.h>  /* inet_ntop */
#include <netdb.h>      /* getaddrinfo */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* exit */
#include <sys/socket.h> /* socket, bind */
#include <unistd.h>     /* gethostname, close */

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
    char host[256], text[INET_ADDRSTRLEN];
    struct addrinfo *found;
    struct addrinfo wanted = { .ai_family = AF_INET,
                               .ai_socktype = SOCK_STREAM };

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT\n", argv[0]);
        return 2;
    }

    check(gethostname(host, sizeof host), "gethostname");
    int failure = getaddrinfo(host, argv[2], &wanted, &found);
    if (failure) {
        printf("client: %s: no address (%s)\n", host, gai_strerror(failure));
        printf("client: nothing to bind to\n");
        return 0;
    }
    struct sockaddr_in name = *(struct sockaddr_in *)found->ai_addr;
    freeaddrinfo(found);
    inet_ntop(AF_INET, &name.sin_addr, text, sizeof text);
    printf("client: %s stands for %s\n", host, text);

    int s = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    /* A name in 127.0.0.0/8 reaches this computer only. */
    if (bind(s, (struct sockaddr *)&name, sizeof name) < 0)
        perror("client: bind");
    else
        printf("client: bound to %s:%s\n", text, argv[2]);
    check(close(s), "close");
    return 0;
}
