/*
 * Lab 17, client and server: connect to a peer that connects to us, and close.
 *
 *     ./peer ADDRESS PORT PEER [WAIT_MS]
 *
 * Our name is ADDRESS and PORT, the peer's is PEER and the same PORT. WAIT_MS,
 * 0 by default: wait so long before connecting.
 */
#include <arpa/inet.h>  /* inet_pton */
#include <netinet/in.h> /* sockaddr_in */
#include <poll.h>       /* poll */
#include <stdio.h>      /* printf, perror */
#include <stdlib.h>     /* atoi, exit */
#include <sys/socket.h> /* socket, bind, connect */
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
    if (argc < 4) {
        fprintf(stderr, "usage: %s ADDRESS PORT PEER [WAIT_MS]\n", argv[0]);
        return 2;
    }
    struct sockaddr_in here = { .sin_family = AF_INET,
                                .sin_port = htons(atoi(argv[2])) };
    struct sockaddr_in peer = here;
    if (inet_pton(AF_INET, argv[1], &here.sin_addr) != 1 ||
        inet_pton(AF_INET, argv[3], &peer.sin_addr) != 1) {
        fprintf(stderr, "%s, %s: not IPv4 addresses\n", argv[1], argv[3]);
        return 2;
    }

    int s = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(bind(s, (struct sockaddr *)&here, sizeof here), "bind");
    poll(NULL, 0, argc > 4 ? atoi(argv[4]) : 0);
    /* Nobody listens. Will a SYN come while ours is on its way? */
    check(connect(s, (struct sockaddr *)&peer, sizeof peer), "connect");
    printf("connected to %s\n", argv[3]);
    check(close(s), "close");
    printf("closed\n");
    return 0;
}
