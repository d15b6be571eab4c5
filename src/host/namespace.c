/* namespace: unshare(2), and what has to follow it. */
#include "namespace.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int
write_file(const char *path, const char *words)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = write(fd, words, strlen(words));
    int saved = errno;
    close(fd);
    errno = saved;
    return n < 0 ? -1 : 0;
}

/* Its beginning as a string; "" when it cannot be read. */
static void
read_file(const char *path, char *words, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, words, size - 1);
    words[n > 0 ? n : 0] = '\0';
    if (fd >= 0)
        close(fd);
}

/* Each number stands for itself inside. A process may map its own group only
 * after giving up setgroups(2). */
static const char *
map_self(uid_t uid, gid_t gid)
{
    char line[64];
    if (write_file("/proc/self/setgroups", "deny") < 0)
        return "giving up setgroups";
    snprintf(line, sizeof line, "%u %u 1", uid, uid);
    if (write_file("/proc/self/uid_map", line) < 0)
        return "mapping the user";
    snprintf(line, sizeof line, "%u %u 1", gid, gid);
    if (write_file("/proc/self/gid_map", line) < 0)
        return "mapping the group";
    return NULL;
}

static const char *
loopback_up(void)
{
    struct ifreq request = { .ifr_name = "lo" };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return "making a socket";
    bool up = ioctl(fd, SIOCGIFFLAGS, &request) == 0;
    request.ifr_flags |= IFF_UP;
    up = up && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    int saved = errno;
    close(fd);
    errno = saved;
    return up ? NULL : "bringing up the loopback interface";
}

static int
set_address(int fd, const struct in6_ifreq *request)
{
    int result = ioctl(fd, SIOCSIFADDR, request);
    int saved = errno;
    close(fd);
    errno = saved;
    return result;
}

int
namespace_add_address(const char *address)
{
    struct in6_ifreq request = { .ifr6_prefixlen = 128,
                                 .ifr6_ifindex = (int)if_nametoindex("lo") };
    if (inet_pton(AF_INET6, address, &request.ifr6_addr) != 1) {
        errno = EINVAL;
        return -1;
    }
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return fd < 0 ? -1 : set_address(fd, &request);
}

/*
 * Asking for all sockets walks a hash table that has the size of the machine's.
 * A network that is made from within one with this setting gets a small one
 * (ip-sysctl.rst, from Linux 6.1), and limits to match; those are set back.
 */
static const char table_size[] = "/proc/sys/net/ipv4/tcp_child_ehash_entries";
static const char *const limits[] = {
    "/proc/sys/net/ipv4/tcp_max_tw_buckets",
    "/proc/sys/net/ipv4/tcp_max_syn_backlog",
};

enum {
    LIMITS = sizeof limits / sizeof limits[0],
    LIMIT_ROOM = 24 // the digits of a number
};

int
namespace_new_network(void)
{
    char before[LIMITS][LIMIT_ROOM];
    for (int i = 0; i < LIMITS; i++)
        read_file(limits[i], before[i], sizeof before[i]);
    write_file(table_size, "1024");
    if (unshare(CLONE_NEWNET) < 0)
        return -1;
    for (int i = 0; i < LIMITS; i++)
        write_file(limits[i], before[i]);
    return 0;
}

static const char *
own_network(void)
{
    return namespace_new_network() < 0 ? "making a network namespace"
                                       : loopback_up();
}

const char *
namespace_enter_user(void)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
        return "making a user namespace";
    const char *refused = map_self(uid, gid);
    return refused ? refused : own_network();
}

const char *
namespace_enter_root(void)
{
    if (unshare(CLONE_NEWNET) < 0)
        return "making a network namespace";
    return own_network();
}

/* /proc of the new processes; mounts of other namespaces stay as they are. */
static bool
mount_proc(void)
{
    return unshare(CLONE_NEWNS) == 0 &&
           mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
                 NULL) == 0;
}

/* Only the child shall be in the new namespace, so that its parent can do
 * without: that is what clone(2) can and fork(2) cannot. */
pid_t
namespace_enter_processes(void)
{
    int ready[2];
    char yes = 0;
    if (pipe2(ready, O_CLOEXEC) < 0)
        return -1;
    pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL,
                               NULL, NULL);
    if (pid == 0) {
        yes = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && mount_proc();
        if (!yes || write(ready[1], &yes, 1) != 1)
            _exit(1);
        close(ready[0]);
        close(ready[1]);
        return 0;
    }
    close(ready[1]);
    bool possible = pid > 0 && read(ready[0], &yes, 1) == 1;
    close(ready[0]);
    if (!possible && pid > 0)
        waitpid(pid, NULL, 0);
    return possible ? pid : -1;
}
