/*
 * call: the system calls that are shown, a row each, and how a C programmer
 * would write one.
 */
#ifndef TCPLAB_CALL_H
#define TCPLAB_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../capture/entry.h"
#include "tracee.h"

/* What a call is about; a level of detail takes some of them. */
enum call_class {
    CALL_CONNECTION, // bind, listen, connect, accept, shutdown, close
    CALL_SOCKET,
    CALL_DATA,       // send, recv, read, write
    CALL_WAITING,    // poll, select, epoll
    CALL_DESCRIPTOR, // dup, fcntl, ioctl, options and names
    CALL_MOVING,     // dup2, dup3: what a number is changes
    CALL_PROCESS,    // execve
    CALL_HIDDEN,     // stopped for our own sake, never shown
};

/* Which descriptors decide whether a call concerns a socket. */
enum call_about {
    ABOUT_FIRST, // the first argument
    ABOUT_FIRST_OR_SECOND,
    ABOUT_DOMAIN,        // socket(): AF_INET or AF_INET6
    ABOUT_POLL,          // the pollfds at the first argument
    ABOUT_SELECT,        // the sets at the second to fourth
    ABOUT_EPOLL,         // what the epoll descriptor watches
    ABOUT_EPOLL_CONTROL, // the third argument
    ABOUT_RANGE,         // close_range(): first to second
    ABOUT_SECOND,        // splice's other descriptor comes third
    ABOUT_ALL,           // every descriptor of the process
    ABOUT_ALWAYS,
    ABOUT_NOTHING,
};

/* What an argument is, and so how it is written. */
enum parameter {
    NO_PARAMETER,
    FD,
    INT,
    UNSIGNED,
    SIZE,
    DOMAIN,
    SOCKET_TYPE,
    PROTOCOL,
    ADDRESS,     // its length is the next argument, which is not shown
    ADDRESS_OUT, // its length stands where the next argument points
    LEVEL,
    OPTION_NAME,
    OPTION_VALUE,     // its length is the next argument
    OPTION_VALUE_OUT, // its length stands where the next argument points
    DATA,             // its length is the next argument
    DATA_OUT,         // as many octets as the result says
    VECTOR,           // iovecs, their count is the next argument
    VECTOR_OUT,
    MESSAGE, // a msghdr
    MESSAGE_OUT,
    MESSAGES, // mmsghdrs
    MESSAGE_FLAGS,
    ACCEPT_FLAGS,
    HOW,
    POLL_SET,
    FD_SET,
    EPOLL_OPERATION,
    EPOLL_EVENT,
    EPOLL_EVENTS_OUT,
    EPOLL_FLAGS,
    DESCRIPTOR_FLAGS, // of dup3
    FCNTL_COMMAND,
    FCNTL_ARGUMENT,
    IOCTL_REQUEST,
    INT_AT, // an int that the argument points to
    PATH,
    WORDS,      // argv
    TIMEOUT_AT, // a timespec
    UNSHOWN,
};

struct call_row {
    long number;
    const char *name;
    enum call_class class;
    enum call_about about;
    uint8_t parameters[6]; // enum parameter
};

extern const struct call_row call_rows[];
extern const size_t call_row_count;

/* The row of a system call; NULL: not one of them. */
const struct call_row *call_find(long number);

/* Read the address that the call `thread` is about to make is given, if it is. */
void call_take_address(const struct call_row *row, struct thread *thread);

/* The socket of a call, as far as the descriptors of its process say. */
struct call_socket {
    bool concerns;  // it is about an AF_INET or AF_INET6 socket
    uint64_t inode; // its socket; 0: none, or several
};

enum {
    CALL_TEXT = 4096
};

/* A call written out; spans point into the room. */
struct call_text {
    char room[CALL_TEXT];
    struct span name;
    struct span arguments[ENTRY_ARGUMENTS];
    uint32_t argument_count;
    struct span text; // "connect(3, 127.0.0.1:7004)"
    bool has_address; // what is connected or bound to, or came from
    struct endpoint address;
};

/*
 * Write out the call that `thread` is about to make, or, with `returned`, what
 * it was and gave: then arguments the kernel filled in are shown too.
 */
void call_write(const struct call_row *row, const struct thread *thread,
                const struct stop *returned, struct call_text *text);

/* Does call_write() read memory of the thread, which must be stopped for that? */
bool call_reads(const struct call_row *row, const struct thread *thread,
                const struct stop *returned);

/* The name that a stopped thread's call is shown by: send(), where it is
 * sendto() without an address. It lasts. */
struct span call_name(const struct call_row *row, const struct thread *thread);

/* Is a call ever shown by this name, or is it a row's? */
bool call_is_name(const char *name);

/* Was the call interrupted by a signal, to be made again by the kernel? */
bool call_is_interrupted(const struct stop *returned);

#endif
