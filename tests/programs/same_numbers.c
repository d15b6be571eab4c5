/* What a descriptor is changes: every number here is a socket first, then a file,
 * or the other way round. Sockets' calls are written down.
 *
 *     same_numbers
 */
#include "logged.h"

#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static int
new_socket(void)
{
    return (int)said(socket(AF_INET, SOCK_STREAM, 0),
                     "socket(AF_INET, SOCK_STREAM, 0)");
}

static int
open_zero(void)
{
    return open("/dev/zero", O_RDONLY);
}

/* No socket's calls, so nothing is written down. */
static void
use_file(int fd)
{
    char octets[4];
    if (read(fd, octets, sizeof octets) < 0)
        _exit(1);
}

static void
by_close(void)
{
    int fd = new_socket();
    said(close(fd), "close(%d)", fd);
    use_file(open_zero());
    close(fd);
    fd = new_socket();
    said(listen(fd, 1), "listen(%d, 1)", fd);
    said(close(fd), "close(%d)", fd);
}

static void
by_dup(void)
{
    int file = open_zero(), fd = new_socket();
    said(dup2(file, fd), "dup2(%d, %d)", file, fd);
    use_file(fd);
    close(file);
    close(fd);
    file = open_zero();
    use_file(file);
    fd = new_socket();
    said(dup3(fd, file, O_CLOEXEC), "dup3(%d, %d, O_CLOEXEC)", fd, file);
    said(listen(file, 1), "listen(%d, 1)", file);
    said(close(file), "close(%d)", file);
    said(close(fd), "close(%d)", fd);
}

static void
by_range(void)
{
    int fd = new_socket();
    said(close_range((unsigned)fd, (unsigned)fd, 0), "close_range(%d, %d, 0)",
         fd, fd);
    use_file(open_zero());
    close(fd);
}

static int
close_and_open(void *fd)
{
    close(*(int *)fd);
    return open_zero();
}

/* Another process closes our descriptor. */
static void
by_who_shares_it(void)
{
    static char stack[65536] __attribute__((aligned(16)));
    int fd = new_socket();
    pid_t pid = clone(close_and_open, stack + sizeof stack,
                      CLONE_FILES | CLONE_VM | SIGCHLD, &fd);
    // What it closed, as a process of its own, was a socket.
    dprintf(log_fd, "%d close(%d) = 0\n", pid, fd);
    waitpid(pid, NULL, 0);
    use_file(fd);
    close(fd);
}

int
main(void)
{
    log_open();
    by_close();
    by_dup();
    by_range();
    by_who_shares_it();
    return 0;
}
