/* command: what tcplab can be told to do, and how each ends. */
#ifndef TCPLAB_COMMAND_H
#define TCPLAB_COMMAND_H

/* Exit statuses, everywhere. A closed pipe on output is EXIT_YES. */
enum exit_status {
    EXIT_YES = 0,         // done, and the answer was yes
    EXIT_NO = 1,          // done, and the answer was no
    EXIT_USAGE = 2,       // the command line is wrong
    EXIT_SYSTEM = 3,      // the system refused
    EXIT_NOT_CHECKED = 4, // the kernel or the way in could not show it
};

#define TCPLAB_VERSION "0.1"

/* Each takes its own argc and argv, argv[0] being the command's name, and
 * returns an exit status. */
int cmd_run(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_trace(int argc, char **argv);
int cmd_labs(int argc, char **argv);
int cmd_answer(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_shell(int argc, char **argv);
int cmd_watch(int argc, char **argv);

/*
 * The one of two statuses that outweighs the other: wrong usage, then a missing
 * file, then a damaged one, then what could not be shown.
 */
int worse_status(int one, int two);

/* What the commands say, each in one way; all write to standard error. */

/* The command line is wrong: EXIT_USAGE. */
int wrong_usage(const char *command, const char *why);

/* The system refused `thing`, and errno says why: EXIT_SYSTEM. */
int system_refused(const char *thing);

/* Write out what stdio holds back: EXIT_YES, for a closed pipe too, or
 * EXIT_SYSTEM. */
int flush_standard_output(void);

/* A source could not be opened: the status that fits. */
struct source_error;
int opening_failed(const char *name, const struct source_error *error);

/* `count` words with a space between, for the caller to free; NULL with errno.
 */
char *words_join(char **words, int count);

#endif
