/*
 * namespace: a private network, without any privilege (user_namespaces(7),
 * network_namespaces(7)).
 */
#ifndef TCPLAB_NAMESPACE_H
#define TCPLAB_NAMESPACE_H

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

#endif
