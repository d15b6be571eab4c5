/*
 * floods: datagrams to nobody, as fast as they go.
 *
 *     floods ADDRESS COUNT
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

int
main(int argc, char **argv)
{
    static const char octets[1400];
    struct sockaddr_in nobody = { .sin_family = AF_INET, .sin_port = htons(9) };
    if (argc != 3 || inet_pton(AF_INET, argv[1], &nobody.sin_addr) != 1)
        return 2;
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    for (long i = atol(argv[2]); i > 0; i--)
        sendto(s, octets, sizeof octets, 0, (struct sockaddr *)&nobody,
               sizeof nobody);
    printf("floods: %s sent\n", argv[2]);
    return 0;
}
