/*
 * constant: the names C programs have for the numbers in calls. What has no name
 * here stays visible as its number.
 */
#ifndef TCPLAB_CONSTANT_H
#define TCPLAB_CONSTANT_H

#include <stdint.h>

#include "text.h"

struct constant {
    int64_t value;
    const char *name;
};

/* Each ends with a row whose name is NULL. */
extern const struct constant domains[], socket_types[], socket_flags[],
    protocols[], option_levels[], message_flags[], hows[], poll_events[],
    epoll_events[], epoll_operations[], fcntl_commands[], ioctl_requests[],
    epoll_flags[], descriptor_flags[], status_flags[];

/* The options of a level; an empty table when it has none with a name. */
const struct constant *options_of_level(int64_t level);

/* "SO_REUSEADDR", or the number. */
void text_constant(struct text *text, const struct constant *table,
                   int64_t value);

/* "MSG_PEEK|MSG_DONTWAIT", "0", with what has no name as 0x40. */
void text_constants(struct text *text, const struct constant *table,
                    uint64_t value);

/* A number that may be negative. */
void text_integer(struct text *text, int64_t number);

#endif
