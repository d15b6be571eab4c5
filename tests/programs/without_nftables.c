/* Run a program on a kernel that has no nftables, as far as it can tell: there
 * are no sockets of NETLINK_NETFILTER.
 *
 *     without_nftables PROGRAM [ARGUMENT ...]
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/netlink.h>
#include <seccomp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (argc < 2 || !filter)
        return 2;
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, geteuid() != 0);
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPROTONOSUPPORT), SCMP_SYS(socket),
                     2, SCMP_A0(SCMP_CMP_EQ, AF_NETLINK),
                     SCMP_A2(SCMP_CMP_EQ, NETLINK_NETFILTER));
    if (seccomp_load(filter) != 0)
        return 3;
    seccomp_release(filter);
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    return 127;
}
