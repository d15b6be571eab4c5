/* Run a program where namespaces are forbidden, as many containers do: unshare,
 * setns, and clone with new namespaces end with EPERM.
 *
 *     without_unshare PROGRAM [ARGUMENT ...]
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
    const scmp_datum_t namespaces =
        CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWNS;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (argc < 2 || !filter)
        return 2;
    // An identity of this program with fewer rights: set-user programs and file
    // capabilities must still work behind it, where that is allowed.
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, geteuid() != 0);
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(unshare), 0);
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(setns), 0);
    for (scmp_datum_t bit = 1; bit <= namespaces; bit <<= 1)
        if (bit & namespaces)
            seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                             SCMP_A0(SCMP_CMP_MASKED_EQ, bit, bit));
    if (seccomp_load(filter) != 0)
        return 3;
    seccomp_release(filter);
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    return 127;
}
