/* Datagrams to the server, 5 octets each, as many as are asked for.
 *
 *     datagrams COUNT
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
    struct sockaddr_in server = { .sin_family = AF_INET };
    int count = argc == 2 ? atoi(argv[1]) : 0;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    server.sin_port = htons((uint16_t)atoi(getenv("TCPLAB_PORT")));
    inet_pton(AF_INET, getenv("TCPLAB_SERVER"), &server.sin_addr);
    while (count-- > 0) {
        if (sendto(fd, "hello", 5, 0, (struct sockaddr *)&server,
                   sizeof server) < 0) {
            perror("sendto");
            return 1;
        }
    }
    return close(fd) < 0;
}
