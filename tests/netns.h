/* netns: a private network for the test process and all it starts. */
#ifndef TCPLAB_TESTS_NETNS_H
#define TCPLAB_TESTS_NETNS_H

/* Enter one, in which programs started by exec may capture too: the setup of a
 * group of tests. */
int netns_enter(void **state);

/* Skip the test, with the reason, where that was refused. */
void need_network(void);

#endif
