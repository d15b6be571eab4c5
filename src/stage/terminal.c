/* terminal: posix_openpt(3), and no more than it takes. */
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

/* What a program prints shall arrive as it is, without a carriage return. */
static int
make_plain(int fd)
{
    struct termios settings;
    if (tcgetattr(fd, &settings) < 0)
        return -1;
    settings.c_oflag &= ~(tcflag_t)OPOST;
    settings.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
    return tcsetattr(fd, TCSANOW, &settings);
}

int
terminal_open(struct terminal *t)
{
    t->kept = -1;
    t->fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (t->fd >= 0 && grantpt(t->fd) == 0 && unlockpt(t->fd) == 0 &&
        ptsname_r(t->fd, t->path, sizeof t->path) == 0 &&
        make_plain(t->fd) == 0 &&
        (t->kept = open(t->path, O_RDWR | O_NOCTTY | O_CLOEXEC)) >= 0)
        return 0;
    terminal_close(t);
    return -1;
}

void
terminal_close(struct terminal *t)
{
    int saved = errno;
    if (t->fd >= 0)
        close(t->fd);
    if (t->kept >= 0)
        close(t->kept);
    t->fd = t->kept = -1;
    errno = saved;
}

int
terminal_enter(const struct terminal *t)
{
    int fd = open(t->path, O_RDWR | O_NOCTTY);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
        return -1;
    return fd > STDERR_FILENO ? close(fd) : 0;
}

size_t
terminal_read(const struct terminal *t, char *room, size_t size)
{
    ssize_t n = t->fd < 0 ? 0 : read(t->fd, room, size);
    return n > 0 ? (size_t)n : 0;
}
