/* Connect to nobody on the machine's own kind of sockets, then over TCP where nobody
 * listens, then where the server does.
 *
 *     connects_twice PORT
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int
connect_to(uint16_t port)
{
    struct sockaddr_in server = { .sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int s = socket(AF_INET, SOCK_STREAM, 0);
    int failed = connect(s, (struct sockaddr *)&server, sizeof server);
    close(s);
    return failed;
}

int
main(int argc, char **argv)
{
    struct sockaddr_un nobody = { .sun_family = AF_UNIX,
                                  .sun_path = "/nowhere/at/all" };
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    if (argc < 2 ||
        connect(s, (struct sockaddr *)&nobody, sizeof nobody) == 0 ||
        close(s) < 0)
        return 1;
    return connect_to(1) == 0 || connect_to((uint16_t)atoi(argv[1])) < 0;
}
