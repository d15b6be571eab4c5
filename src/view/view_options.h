/* view_options: the options that all commands with a view understand. */
#ifndef TCPLAB_VIEW_OPTIONS_H
#define TCPLAB_VIEW_OPTIONS_H

#include <getopt.h>

#include "view.h"

enum view_option {
    VIEW_OPTION_AS = 1000,
    VIEW_OPTION_TIME,
    VIEW_OPTION_RELATIVE,
    VIEW_OPTION_ABSOLUTE,
    VIEW_OPTION_OPTIONS,
    VIEW_OPTION_HEADER,
    VIEW_OPTION_DATA,
    VIEW_OPTION_SUMMARY,
    VIEW_OPTION_QUIET,
    VIEW_OPTION_PLAIN,
    VIEW_OPTION_CONNECTION,
    VIEW_OPTION_LIMIT,
};

/* Rows for getopt_long(3). */
// clang-format off
#define VIEW_LONG_OPTIONS \
    { "as", required_argument, NULL, VIEW_OPTION_AS }, \
    { "time", required_argument, NULL, VIEW_OPTION_TIME }, \
    { "relative", no_argument, NULL, VIEW_OPTION_RELATIVE }, \
    { "absolute", no_argument, NULL, VIEW_OPTION_ABSOLUTE }, \
    { "options", no_argument, NULL, VIEW_OPTION_OPTIONS }, \
    { "header", no_argument, NULL, VIEW_OPTION_HEADER }, \
    { "data", no_argument, NULL, VIEW_OPTION_DATA }, \
    { "summary", no_argument, NULL, VIEW_OPTION_SUMMARY }, \
    { "quiet", no_argument, NULL, VIEW_OPTION_QUIET }, \
    { "plain", no_argument, NULL, VIEW_OPTION_PLAIN }, \
    { "connection", required_argument, NULL, VIEW_OPTION_CONNECTION }, \
    { "limit", required_argument, NULL, VIEW_OPTION_LIMIT }
// clang-format on

/* What --help says of them. */
extern const char view_options_help[];

/* What --help says: `usage`, then the above. Returns an exit status. */
int tell_usage(const char *usage);

/*
 * What is wrong with an option that getopt_long() did not take ('?' or ':'; the
 * option string begins with ':'): names it. NULL for an option it took. Lent
 * until the next call.
 */
const char *option_problem(int option, char **argv);

/*
 * Take one option that getopt_long() gave. Returns NULL, or what is wrong with
 * its value. `options->limit` is how many connections are kept at once.
 */
const char *view_options_take(struct view_options *options, int option,
                              const char *value);

/* Do the options fit together? NULL, or what does not. */
const char *view_options_conflict(const struct view_options *options);

/* A whole number from `least` to `most`; false when `value` is none. */
bool number_take(const char *value, uint32_t least, uint32_t most,
                 uint32_t *number);

#endif
