/* names: files of our own, mounted over the machine's. */
#include "names.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    FILE_ROOM = 16384
};

const char *const names_of_places[PLACES] = {
    [PLACE_CLIENT] = "client",
    [PLACE_SERVER] = "server",
    [PLACE_ROUTER] = "router",
};

/* ---- Who is known -------------------------------------------------------- */

enum {
    KNOWN_MAX = 4
};

/* A line of /etc/hosts. */
struct known {
    const char *address, *names;
};

static const struct known everywhere[] = {
    { "127.0.0.1", "localhost" },
    { "::1", "localhost ip6-localhost" },
};

static const char inside_router[] = "192.168.1.1";

static const struct known known[][PLACES][KNOWN_MAX] = {
    [TOPOLOGY_WIRE] = {
        [PLACE_CLIENT] = { { topology_client_ipv4, "client" },
                           { topology_client_ipv6, "client" },
                           { topology_server_ipv4, "server" },
                           { topology_server_ipv6, "server" } },
        [PLACE_SERVER] = { { topology_client_ipv4, "client" },
                           { topology_client_ipv6, "client" },
                           { topology_server_ipv4, "server" },
                           { topology_server_ipv6, "server" } },
    },
    [TOPOLOGY_NAT] = {
        [PLACE_CLIENT] = { { topology_private_ipv4, "client" },
                           { inside_router, "router" },
                           { topology_server_ipv4, "server" } },
        [PLACE_ROUTER] = { { topology_private_ipv4, "client" },
                           { inside_router, "router" },
                           { topology_client_ipv4, "router" },
                           { topology_server_ipv4, "server" } },
        [PLACE_SERVER] = { { topology_client_ipv4, "router client" },
                           { topology_server_ipv4, "server" } },
    },
    [TOPOLOGY_FORWARD] = {
        [PLACE_CLIENT] = { { topology_client_ipv4, "client" },
                           { topology_server_ipv4, "router server" } },
        [PLACE_ROUTER] = { { topology_client_ipv4, "client" },
                           { topology_server_ipv4, "router" },
                           { inside_router, "router" },
                           { topology_private_ipv4, "server" } },
        [PLACE_SERVER] = { { topology_client_ipv4, "client" },
                           { inside_router, "router" },
                           { topology_private_ipv4, "server" } },
    },
};

static size_t
put_known(char *room, size_t used, const struct known *lines, size_t count)
{
    // Without IPv6 its addresses would only be tried in vain.
    bool has_ipv6 = access("/proc/sys/net/ipv6", F_OK) == 0;
    for (size_t i = 0; i < count && lines[i].address; i++)
        if (has_ipv6 || !strchr(lines[i].address, ':'))
            used += (size_t)snprintf(room + used, FILE_ROOM - used, "%s\t%s\n",
                                     lines[i].address, lines[i].names);
    return used;
}

static void
write_hosts(enum topology_kind kind, enum topology_place place, char *room)
{
    size_t used = put_known(room, 0, everywhere,
                            sizeof everywhere / sizeof everywhere[0]);
    put_known(room, used, known[kind][place], KNOWN_MAX);
}

/* The machine's nsswitch.conf(5), but that hosts are looked up in files alone:
 * some machines ask a process of theirs first, which knows another network.
 * False: there is none, or it is too long to be one. */
static bool
write_switch(char *room)
{
    char line[1024];
    size_t used = 0;
    FILE *file = fopen("/etc/nsswitch.conf", "re");
    if (!file)
        return false;
    while (used < FILE_ROOM - sizeof line && fgets(line, sizeof line, file)) {
        const char *text =
            strncmp(line, "hosts:", 6) != 0 ? line : "hosts: files\n";
        used += (size_t)snprintf(room + used, FILE_ROOM - used, "%s", text);
    }
    bool whole = feof(file);
    fclose(file);
    return whole && used > 0;
}

/* ---- Mounting ------------------------------------------------------------ */

static int
write_file(const char *path, const char *words)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
    if (fd < 0)
        return -1;
    ssize_t n = write(fd, words, strlen(words));
    int saved = n < 0 ? errno : ENOSPC;
    close(fd);
    errno = saved;
    return n == (ssize_t)strlen(words) ? 0 : -1;
}

/* A file in place of another. It lies in a file system of its own, which stands
 * over /tmp until the file is mounted; nobody else is in this namespace yet. */
static int
cover(const char *path, const char *words)
{
    static const char room[] = "/tmp", file[] = "/tmp/tcplab";
    if (mount("tmpfs", room, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
              "mode=755,size=64k") < 0)
        return -1;
    bool covered = write_file(file, words) == 0 &&
                   mount(file, path, NULL, MS_BIND, NULL) == 0;
    int saved = errno;
    umount2(room, MNT_DETACH);
    errno = saved;
    return covered ? 0 : -1;
}

/* In a process of its own: what has to be done, or the step that was refused. */
static const char *
settle_host(enum topology_kind kind, enum topology_place place)
{
    char words[FILE_ROOM];
    const char *name = names_of_places[place];
    if (unshare(CLONE_NEWUTS | CLONE_NEWNS) < 0)
        return "making a namespace for names";
    if (sethostname(name, strlen(name)) < 0)
        return "setting a host's name";
    // What is mounted here is not seen elsewhere; what is unmounted there, is.
    if (mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
        return "keeping mounts to a host";
    write_hosts(kind, place, words);
    if (cover("/etc/hosts", words) < 0)
        return "mounting a file over /etc/hosts";
    if (write_switch(words) && cover("/etc/nsswitch.conf", words) < 0)
        return "mounting a file over /etc/nsswitch.conf";
    // Some may make a mount namespace and not enter one: names_enter() shall.
    int own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
    return setns(own, CLONE_NEWNS) < 0 ? "entering a mount namespace" : NULL;
}

/* ---- From outside -------------------------------------------------------- */

/* Which step was refused; `step` lies in this program, so its address is the
 * same in a child. */
struct refusal {
    const char *step; // NULL: none was
    int number;
};

/* The child stays until its end of the pipe has no more reader: so long it has
 * a folder in /proc. */
static void
settle_and_wait(enum topology_kind kind, enum topology_place place, int report,
                int leave)
{
    char nothing;
    struct refusal refusal = { .step = settle_host(kind, place) };
    refusal.number = errno;
    bool told = write(report, &refusal, sizeof refusal) == sizeof refusal;
    _exit(told && read(leave, &nothing, 1) == 0 ? 0 : 1);
}

static int
open_namespace(pid_t pid, const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/%s", pid, name);
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* Who changes their own names for a host's may not take them back: the machine's
 * belong to another user namespace. So a child does, and its namespaces are
 * taken from it. */
static const char *
make_host(struct names *names, enum topology_kind kind,
          enum topology_place place)
{
    int report[2], leave[2];
    struct refusal refusal = { "starting a process for names", ECANCELED };
    if (pipe2(report, O_CLOEXEC) < 0 || pipe2(leave, O_CLOEXEC) < 0)
        return "making a pipe";
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        close(report[0]);
        close(leave[1]);
        settle_and_wait(kind, place, report[1], leave[0]);
    }
    if (pid < 0)
        refusal.number = errno;
    close(report[1]);
    close(leave[0]);
    if (pid > 0 && read(report[0], &refusal, sizeof refusal) > 0 &&
        !refusal.step) {
        names->uts[place] = open_namespace(pid, "uts");
        names->mounts[place] = open_namespace(pid, "mnt");
        if (names->uts[place] < 0 || names->mounts[place] < 0)
            refusal = (struct refusal){ "keeping a host's names", errno };
    }
    close(report[0]);
    close(leave[1]);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    errno = refusal.number;
    return refusal.step;
}

const char *
names_make(struct names *names, const struct topology *topology,
           enum topology_kind kind)
{
    *names = (struct names){ { -1, -1, -1, -1 }, { -1, -1, -1, -1 } };
    const char *refused = NULL;
    for (int i = 0; i < PLACES && !refused; i++)
        if (topology->netns[i] >= 0 && names_of_places[i])
            refused = make_host(names, kind, (enum topology_place)i);
    int saved = errno;
    if (refused)
        names_close(names);
    errno = saved;
    return refused;
}

void
names_close(struct names *names)
{
    for (int i = 0; i < PLACES; i++) {
        if (names->uts[i] >= 0)
            close(names->uts[i]);
        if (names->mounts[i] >= 0)
            close(names->mounts[i]);
        names->uts[i] = names->mounts[i] = -1;
    }
}

/* Entering a mount namespace leads to its root (setns(2)): back to the directory
 * of the same path, or else to the same one. */
int
names_enter(const struct names *names, enum topology_place place)
{
    if (names->uts[place] >= 0 && setns(names->uts[place], CLONE_NEWUTS) < 0)
        return -1;
    if (names->mounts[place] < 0)
        return 0;
    char *path = getcwd(NULL, 0);
    int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    bool entered = setns(names->mounts[place], CLONE_NEWNS) == 0 &&
                   ((path && chdir(path) == 0) || fchdir(here) == 0);
    int saved = errno;
    free(path);
    close(here);
    errno = saved;
    return entered ? 0 : -1;
}
