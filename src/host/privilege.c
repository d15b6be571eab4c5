/* privilege: capabilities and users, given up. */
#include "privilege.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* In place of a capability's number. */
static const unsigned long NO_CAPABILITY = ~0ul;

/* A number from the environment, or -1. */
static long
id_from(const char *name)
{
    const char *value = getenv(name);
    char *end;
    if (!value || !*value)
        return -1;
    long id = strtol(value, &end, 10);
    return *end || id <= 0 ? -1 : id;
}

/* Who called sudo; false when nobody did. */
static bool
sudo_caller(uid_t *uid, gid_t *gid)
{
    long u = id_from("SUDO_UID"), g = id_from("SUDO_GID");
    if (geteuid() != 0 || u < 0 || g < 0)
        return false;
    *uid = (uid_t)u;
    *gid = (gid_t)g;
    return true;
}

int
privilege_become_caller(void)
{
    uid_t uid;
    gid_t gid;
    if (!sudo_caller(&uid, &gid))
        return 0;
    if (setgroups(1, &gid) < 0 || setresgid(gid, gid, gid) < 0 ||
        setresuid(uid, uid, uid) < 0)
        return -1;
    // Changing users hides /proc/self from its own process: show it again.
    return prctl(PR_SET_DUMPABLE, 1);
}

void
privilege_give_to_caller(const char *path)
{
    uid_t uid;
    gid_t gid;
    if (sudo_caller(&uid, &gid) && lchown(path, uid, gid) < 0)
        return; // it stays root's, and readable
}

/* What exec would give back is shut off first; that takes CAP_SETPCAP, and who
 * does not have it has nothing to be given back. */
static int
forbid_regaining(unsigned long kept)
{
    for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
        if (cap != kept && prctl(PR_CAPBSET_DROP, cap) < 0 && errno != EPERM)
            return -1;
    unsigned long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
                         SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED;
    return prctl(PR_SET_SECUREBITS, bits) < 0 && errno != EPERM ? -1 : 0;
}

int
privilege_drop(void)
{
    struct __user_cap_header_struct header = {
        .version = _LINUX_CAPABILITY_VERSION_3,
    };
    struct __user_cap_data_struct none[2] = { 0 };
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (forbid_regaining(NO_CAPABILITY) < 0)
        return -1;
    return (int)syscall(SYS_capset, &header, none);
}

int
privilege_keep_capture(void)
{
    struct __user_cap_header_struct header = {
        .version = _LINUX_CAPABILITY_VERSION_3,
    };
    const uint32_t raw = 1u << CAP_NET_RAW;
    struct __user_cap_data_struct kept[2] = {
        { .effective = raw, .permitted = raw, .inheritable = raw }
    };
    if (forbid_regaining(CAP_NET_RAW) < 0 ||
        syscall(SYS_capset, &header, kept) < 0)
        return -1;
    return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0);
}
