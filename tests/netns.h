/* netns: a private network for the test process and all it starts. */
#ifndef TCPLAB_TESTS_NETNS_H
#define TCPLAB_TESTS_NETNS_H

/*
 * Enter one, in which programs started by exec may capture too. Returns NULL,
 * or why it is refused here.
 */
const char *netns_enter(void);

#endif
