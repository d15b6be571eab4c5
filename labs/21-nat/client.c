/*
 * Lab 21, client: say the own name, and hear which one the server sees.
 *
 *     ./client ADDRESS PORT [OWN_ADDRESS OWN_PORT]
 */
#include <arpa/inet.h>  /* inet_pton, inet_ntoa */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, bind, connect, getsockname, recv */
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

static struct sockaddr_in
name_of(const char *address, const char *port)
{
    struct sockaddr_in name = { .sin_family = AF_INET,
                                .sin_port = htons(atoi(port)) };
    if (inet_pton(AF_INET, address, &name.sin_addr) != 1) {
        fprintf(stderr, "%s: not an IPv4 address\n", address);
        exit(2);
    }
    return name;
}

int
main(int argc, char **argv)
{
    char text[64];
    struct sockaddr_in own, peer;
    socklen_t length = sizeof own;

    if (argc < 3) {
        fprintf(stderr, "usage: %s ADDRESS PORT [OWN_ADDRESS OWN_PORT]\n",
                argv[0]);
        return 2;
    }
    struct sockaddr_in server = name_of(argv[1], argv[2]);
    int s = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    if (argc > 4) {
        own = name_of(argv[3], argv[4]);
        check(bind(s, (struct sockaddr *)&own, sizeof own), "bind");
    }
    check(connect(s, (struct sockaddr *)&server, sizeof server), "connect");

    /* The own name, as this host knows it. */
    check(getsockname(s, (struct sockaddr *)&own, &length), "getsockname");
    printf("client: I am %s:%d\n", inet_ntoa(own.sin_addr),
           ntohs(own.sin_port));
    check(getpeername(s, (struct sockaddr *)&peer, &length), "getpeername");
    printf("client: the server is %s:%d\n", inet_ntoa(peer.sin_addr),
           ntohs(peer.sin_port));

    int n = check(recv(s, text, sizeof text, 0), "recv");
    printf("client: the server says: %.*s\n", n, text);
    check(close(s), "close");
    return 0;
}
