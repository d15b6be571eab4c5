/* Listen, and connect to nobody, on sockets that are not of IP; then connect over TCP
 * where nobody listens, and where the server does.
 *
 *     other_kinds PORT
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

static int
use_another_kind(void)
{
    struct sockaddr_un nobody = { .sun_family = AF_UNIX,
                                  .sun_path = "/nowhere/at/all" };
    sa_family_t any = AF_UNIX; // a name of the kernel's choice (unix(7))
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    return bind(listener, (struct sockaddr *)&any, sizeof any) < 0 ||
           listen(listener, 1) < 0 ||
           connect(s, (struct sockaddr *)&nobody, sizeof nobody) == 0 ||
           close(s) < 0 || close(listener) < 0;
}

int
main(int argc, char **argv)
{
    if (argc < 2 || use_another_kind())
        return 1;
    return connect_to(1) == 0 || connect_to((uint16_t)atoi(argv[1])) < 0;
}
