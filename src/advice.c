/* advice: settings and modules of the kernel, and a file capability. */
#include "advice.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/router.h"

/* A setting that, with this value, keeps plain users from making namespaces. */
static const struct {
    const char *file, *refusing, *reason, *command;
} settings[] = {
    { "/proc/sys/user/max_user_namespaces", "0",
      "This system allows no user namespaces.",
      "sudo sysctl user.max_user_namespaces=10000" },
    { "/proc/sys/kernel/unprivileged_userns_clone", "0",
      "This system allows user namespaces to root only.",
      "sudo sysctl kernel.unprivileged_userns_clone=1" },
    { "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1",
      "AppArmor keeps plain users from using their namespaces.",
      "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0" },
};

static bool
is_set(const char *path, const char *value)
{
    char text[32] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    return n > 0 && strtol(text, NULL, 10) == strtol(value, NULL, 10);
}

bool
advice_find(const struct stage_refusal *refusal, enum way way, char *words,
            size_t size)
{
    char path[PATH_MAX] = "tcplab";
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        if (!is_set(settings[i].file, settings[i].refusing))
            continue;
        snprintf(words, size, "%s This command changes that:\n  %s",
                 settings[i].reason, settings[i].command);
        return true;
    }
    if (geteuid() == 0) {
        snprintf(words, size,
                 "Something forbids namespaces even to root (%s): a "
                 "container, it seems.\nStart it with --security-opt "
                 "seccomp=unconfined, or on the computer itself.",
                 refusal->step);
        return true;
    }
    if (way == WAY_LOOPBACK)
        return false;
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    path[n > 0 ? n : 6] = '\0';
    snprintf(words, size,
             "Namespaces are forbidden here (%s). With this command tcplab may "
             "capture on lo:\n  sudo setcap cap_net_raw+ep %s",
             refusal->step, path);
    return true;
}

void
advice_network(enum network on, char *words, size_t size)
{
    if (on == ON_WIRE)
        snprintf(words, size,
                 "A wire is made of veth interfaces. This command loads what "
                 "the kernel needs:\n  sudo modprobe veth");
    else if (!router_is_possible())
        snprintf(words, size,
                 "A router needs libnftables. On Debian and Ubuntu this "
                 "command changes that:\n"
                 "  sudo apt install libnftables-dev && make clean all");
    else
        snprintf(
            words, size,
            "A router needs nftables in the kernel. This command loads "
            "it, where it is a module:\n"
            "  sudo modprobe -a nf_tables nft_chain_nat nft_nat nft_masq "
            "nft_ct\n"
            "Without it, lab 21 shows its recorded trace; all others run.");
}
