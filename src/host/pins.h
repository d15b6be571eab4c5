/*
 * pins: settings of the run's network, so that every run goes alike and nothing
 * ends while a lecturer talks (tcp(7); Documentation/networking/ip-sysctl.rst).
 */
#ifndef TCPLAB_PINS_H
#define TCPLAB_PINS_H

#include <stdbool.h>
#include <stddef.h>

/* Set one, "net.ipv4.tcp_sack=0", in the network this process is in. False:
 * this kernel does not have it, or not so. */
bool pin_set(const char *pin);

/*
 * Set the kit's own settings and then `more` ("net.ipv4.tcp_sack=0"), as far as
 * this kernel has them, in the network of this process. `told` (of `size`) is
 * what was set, with a comma between. Returns how many of `more` were not.
 */
int pins_set(const char *const more[], int count, char *told, size_t size);

#endif
