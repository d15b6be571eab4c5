/*
 * namespace: a private network, without any privilege (user_namespaces(7),
 * network_namespaces(7)).
 */
#ifndef TCPLAB_NAMESPACE_H
#define TCPLAB_NAMESPACE_H

#include <sys/types.h>

/*
 * Both change the calling process, which must have one thread: it is then alone
 * in a fresh network whose loopback interface is up. Return NULL, or the step
 * that was refused, with errno (a static string).
 *
 * namespace_enter_user() makes a user namespace first, in which the process
 * keeps its user and group numbers and has all capabilities over the new
 * network; what it starts by exec has none.
 */
const char *namespace_enter_user(void);

/* The same as root, without a user namespace. */
const char *namespace_enter_root(void);

/*
 * In one of these, or as root: a further network for the calling process, with
 * nothing in it. Its table of sockets is a small one, where the kernel can make
 * such, and soon searched (ip-sysctl.rst). Returns 0, or -1 with errno.
 */
int namespace_new_network(void);

/*
 * After one of these: give the loopback interface an IPv6 address more, such as
 * "fe80::1" (netdevice(7), SIOCSIFADDR). Returns 0, or -1 with errno: EINVAL when
 * it is none, EAFNOSUPPORT when the kernel has no IPv6.
 */
int namespace_add_address(const char *address);

/*
 * After one of these: fork(2) a child that is the first process of a namespace
 * of processes, with a /proc of its own. Returns 0 in the child; in the parent
 * the child's number, or -1 when it is not possible here.
 */
pid_t namespace_enter_processes(void);

#endif
