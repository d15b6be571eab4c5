/*
 * Lab 20, client: connect a UDP socket.
 *
 *     ./client-connect ADDRESS PORT
 */
#include <arpa/inet.h>  /* inet_pton, inet_ntoa */
#include <netinet/in.h> /* sockaddr_in */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, connect, getpeername, send, recv */
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

/* Print who is at the other end, if somebody is. */
static void
print_peer(int s)
{
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    if (getpeername(s, (struct sockaddr *)&peer, &length) < 0)
        perror("client: getpeername");
    else
        printf("client: my peer is %s:%d\n", inet_ntoa(peer.sin_addr),
               ntohs(peer.sin_port));
}

int
main(int argc, char **argv)
{
    char data[100];
    struct sockaddr_in server = { .sin_family = AF_INET };

    if (argc < 3 || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
        fprintf(stderr, "usage: %s ADDRESS PORT\n", argv[0]);
        return 2;
    }
    server.sin_port = htons(atoi(argv[2]));

    int s = check(socket(AF_INET, SOCK_DGRAM, 0), "socket");
    print_peer(s);
    if (send(s, "hello", 5, 0) < 0)
        perror("client: send");
    /* Nothing is sent: the kernel remembers a name, and no more. */
    check(connect(s, (struct sockaddr *)&server, sizeof server), "connect");
    print_peer(s);
    check(send(s, "hello", 5, 0), "send");
    printf("client: received %d bytes\n",
           check(recv(s, data, sizeof data, 0), "recv"));
    check(close(s), "close");
    return 0;
}
