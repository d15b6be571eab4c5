/* call: the table. */
#include "call.h"

#include <string.h>
#include <sys/syscall.h>

// clang-format off
const struct call_row call_rows[] = {
    { SYS_socket, "socket", CALL_SOCKET, ABOUT_DOMAIN, { DOMAIN, SOCKET_TYPE, PROTOCOL } },
    { SYS_bind, "bind", CALL_CONNECTION, ABOUT_FIRST, { FD, ADDRESS } },
    { SYS_listen, "listen", CALL_CONNECTION, ABOUT_FIRST, { FD, INT } },
    { SYS_connect, "connect", CALL_CONNECTION, ABOUT_FIRST, { FD, ADDRESS } },
    { SYS_accept, "accept", CALL_CONNECTION, ABOUT_FIRST, { FD, ADDRESS_OUT } },
    { SYS_accept4, "accept4", CALL_CONNECTION, ABOUT_FIRST, { FD, ADDRESS_OUT, UNSHOWN, ACCEPT_FLAGS } },
    { SYS_shutdown, "shutdown", CALL_CONNECTION, ABOUT_FIRST, { FD, HOW } },
    { SYS_close, "close", CALL_CONNECTION, ABOUT_FIRST, { FD } },
    { SYS_close_range, "close_range", CALL_CONNECTION, ABOUT_RANGE, { UNSIGNED, UNSIGNED, INT } },

    { SYS_getsockname, "getsockname", CALL_DESCRIPTOR, ABOUT_FIRST, { FD, ADDRESS_OUT } },
    { SYS_getpeername, "getpeername", CALL_DESCRIPTOR, ABOUT_FIRST, { FD, ADDRESS_OUT } },
    { SYS_setsockopt, "setsockopt", CALL_DESCRIPTOR, ABOUT_FIRST, { FD, LEVEL, OPTION_NAME, OPTION_VALUE, SIZE } },
    { SYS_getsockopt, "getsockopt", CALL_DESCRIPTOR, ABOUT_FIRST, { FD, LEVEL, OPTION_NAME, OPTION_VALUE_OUT } },
    { SYS_dup, "dup", CALL_DESCRIPTOR, ABOUT_FIRST, { FD } },
#ifdef SYS_dup2
    { SYS_dup2, "dup2", CALL_MOVING, ABOUT_FIRST_OR_SECOND, { FD, FD } },
#endif
    { SYS_dup3, "dup3", CALL_MOVING, ABOUT_FIRST_OR_SECOND, { FD, FD, DESCRIPTOR_FLAGS } },
    { SYS_fcntl, "fcntl", CALL_DESCRIPTOR, ABOUT_FIRST, { FD, FCNTL_COMMAND, FCNTL_ARGUMENT } },
    { SYS_ioctl, "ioctl", CALL_DESCRIPTOR, ABOUT_FIRST, { FD, IOCTL_REQUEST, INT_AT } },

    { SYS_sendto, "sendto", CALL_DATA, ABOUT_FIRST, { FD, DATA, SIZE, MESSAGE_FLAGS, ADDRESS } },
    { SYS_sendmsg, "sendmsg", CALL_DATA, ABOUT_FIRST, { FD, MESSAGE, MESSAGE_FLAGS } },
    { SYS_sendmmsg, "sendmmsg", CALL_DATA, ABOUT_FIRST, { FD, MESSAGES, INT, MESSAGE_FLAGS } },
    { SYS_sendfile, "sendfile", CALL_DATA, ABOUT_FIRST_OR_SECOND, { FD, FD, UNSHOWN, SIZE } },
    { SYS_splice, "splice", CALL_DATA, ABOUT_SECOND, { FD, UNSHOWN, FD, UNSHOWN, SIZE } },
    { SYS_recvfrom, "recvfrom", CALL_DATA, ABOUT_FIRST, { FD, DATA_OUT, SIZE, MESSAGE_FLAGS, ADDRESS_OUT } },
    { SYS_recvmsg, "recvmsg", CALL_DATA, ABOUT_FIRST, { FD, MESSAGE_OUT, MESSAGE_FLAGS } },
    { SYS_recvmmsg, "recvmmsg", CALL_DATA, ABOUT_FIRST, { FD, MESSAGES, INT, MESSAGE_FLAGS } },
    { SYS_read, "read", CALL_DATA, ABOUT_FIRST, { FD, DATA_OUT, SIZE } },
    { SYS_write, "write", CALL_DATA, ABOUT_FIRST, { FD, DATA, SIZE } },
    { SYS_readv, "readv", CALL_DATA, ABOUT_FIRST, { FD, VECTOR_OUT, INT } },
    { SYS_writev, "writev", CALL_DATA, ABOUT_FIRST, { FD, VECTOR, INT } },

#ifdef SYS_poll
    { SYS_poll, "poll", CALL_WAITING, ABOUT_POLL, { POLL_SET, INT, INT } },
#endif
    { SYS_ppoll, "ppoll", CALL_WAITING, ABOUT_POLL, { POLL_SET, INT, TIMEOUT_AT } },
#ifdef SYS_select
    { SYS_select, "select", CALL_WAITING, ABOUT_SELECT, { INT, FD_SET, FD_SET, FD_SET, UNSHOWN } },
#endif
    { SYS_pselect6, "pselect6", CALL_WAITING, ABOUT_SELECT, { INT, FD_SET, FD_SET, FD_SET, TIMEOUT_AT } },
#ifdef SYS_epoll_create
    { SYS_epoll_create, "epoll_create", CALL_WAITING, ABOUT_ALWAYS, { INT } },
#endif
    { SYS_epoll_create1, "epoll_create1", CALL_WAITING, ABOUT_ALWAYS, { EPOLL_FLAGS } },
    { SYS_epoll_ctl, "epoll_ctl", CALL_WAITING, ABOUT_EPOLL_CONTROL, { FD, EPOLL_OPERATION, FD, EPOLL_EVENT } },
#ifdef SYS_epoll_wait
    { SYS_epoll_wait, "epoll_wait", CALL_WAITING, ABOUT_EPOLL, { FD, EPOLL_EVENTS_OUT, INT, INT } },
#endif
    { SYS_epoll_pwait, "epoll_pwait", CALL_WAITING, ABOUT_EPOLL, { FD, EPOLL_EVENTS_OUT, INT, INT } },
    { SYS_epoll_pwait2, "epoll_pwait2", CALL_WAITING, ABOUT_EPOLL, { FD, EPOLL_EVENTS_OUT, INT, TIMEOUT_AT } },

    { SYS_execve, "execve", CALL_PROCESS, ABOUT_ALL, { PATH, WORDS } },
    { SYS_execveat, "execveat", CALL_PROCESS, ABOUT_ALL, { INT, PATH, WORDS } },

    { SYS_restart_syscall, "restart_syscall", CALL_HIDDEN, ABOUT_NOTHING, { 0 } },
    { SYS_io_uring_setup, "io_uring_setup", CALL_HIDDEN, ABOUT_NOTHING, { 0 } },
};
// clang-format on

const size_t call_row_count = sizeof call_rows / sizeof call_rows[0];

const struct call_row *
call_find(long number)
{
    for (size_t i = 0; i < call_row_count; i++)
        if (call_rows[i].number == number)
            return &call_rows[i];
    return NULL;
}

void
call_take_address(const struct call_row *row, struct thread *thread)
{
    const uint64_t *arguments = thread->arguments;
    thread->address = (struct sockaddr_storage){ 0 };
    thread->address_octets = 0;
    for (int i = 0; i < 5; i++) {
        if (row->parameters[i] != ADDRESS || !arguments[i])
            continue;
        size_t room = sizeof thread->address;
        size_t octets = arguments[i + 1] < room ? arguments[i + 1] : room;
        thread->address_octets =
            tracee_memory(thread, arguments[i], &thread->address, octets);
    }
}

bool
call_is_name(const char *name)
{
    static const char *const shorter[] = { "send", "recv", "select" };
    for (size_t i = 0; i < sizeof shorter / sizeof shorter[0]; i++)
        if (!strcmp(name, shorter[i]))
            return true;
    for (size_t i = 0; i < call_row_count; i++)
        if (!strcmp(name, call_rows[i].name) &&
            call_rows[i].class != CALL_HIDDEN)
            return true;
    return false;
}

/* The kernel's own numbers for "begin it again" (include/linux/errno.h). */
bool
call_is_interrupted(const struct stop *returned)
{
    return returned->is_error && returned->result <= -512 &&
           returned->result >= -516;
}
