/* call_write: a call as a C programmer writes it, a function a parameter. */
#include <arpa/inet.h>
#include <assert.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "../text/constant.h"
#include "../text/words.h"
#include "call.h"
#include "sockstate.h"

enum {
    DATA_SHOWN = 64, // octets of data
    SET_SHOWN = 16,  // descriptors of a set
    VECTOR_SHOWN = 8,
    PATH_SHOWN = 256,
    WORDS_SHOWN = 8,
};

/* What the functions below need. Those that write a parameter take its value. */
struct writing {
    const struct call_row *row;
    const struct thread *thread;
    const struct stop *returned; // NULL: not yet
    struct call_text *call;
    struct text text; // over call->room
    int index;        // of the argument that is written
};

static uint64_t
argument(const struct writing *w, int index)
{
    return index < 6 ? w->thread->arguments[index] : 0;
}

/* The argument behind the one that is written: mostly, how long it is. */
static uint64_t
next_argument(const struct writing *w)
{
    return argument(w, w->index + 1);
}

static bool
has_come_back(const struct writing *w)
{
    return w->returned && !w->returned->is_error;
}

/* As many octets as came: none before the call has returned. */
static uint64_t
octets_come(const struct writing *w)
{
    return has_come_back(w) ? (uint64_t)w->returned->result : 0;
}

static size_t
read_memory(const struct writing *w, uint64_t from, void *to, size_t bytes)
{
    return from && bytes ? tracee_memory(w->thread, from, to, bytes) : 0;
}

static void
write_pointer(struct writing *w, uint64_t pointer)
{
    char number[24];
    snprintf(number, sizeof number, "0x%llx", (unsigned long long)pointer);
    text_add(&w->text, pointer ? number : "NULL");
}

/* ---- Data ---------------------------------------------------------------- */

/* "GET / HTTP/1.1\r\n"... */
static void
write_octets(struct writing *w, uint64_t from, uint64_t length)
{
    uint8_t octets[DATA_SHOWN];
    size_t some = length < sizeof octets ? (size_t)length : sizeof octets;
    size_t got = read_memory(w, from, octets, some);
    if (got == 0 && length > 0) {
        write_pointer(w, from);
        return;
    }
    text_char(&w->text, '"');
    text_escaped(&w->text, octets, got);
    text_char(&w->text, '"');
    if (got < length)
        text_add(&w->text, "...");
}

/* Data in several places, of `length` octets in all. */
static void
write_iovecs(struct writing *w, uint64_t at, uint64_t count, uint64_t length)
{
    struct iovec vector[VECTOR_SHOWN];
    size_t some = count < VECTOR_SHOWN ? (size_t)count : VECTOR_SHOWN;
    size_t got = read_memory(w, at, vector, some * sizeof vector[0]);
    const char *separator = "";
    text_char(&w->text, '[');
    for (size_t i = 0; i < got / sizeof vector[0] && length > 0; i++) {
        uint64_t part = vector[i].iov_len < length ? vector[i].iov_len : length;
        text_add(&w->text, separator);
        write_octets(w, (uint64_t)vector[i].iov_base, part);
        length -= part;
        separator = ", ";
    }
    text_add(&w->text, count > some ? ", ...]" : "]");
}

static void
write_msghdr(struct writing *w, uint64_t at, uint64_t length)
{
    struct msghdr message;
    if (read_memory(w, at, &message, sizeof message) == sizeof message)
        write_iovecs(w, (uint64_t)message.msg_iov, message.msg_iovlen, length);
    else
        write_pointer(w, at);
}

static void
write_unseen(struct writing *w, uint64_t value)
{
    (void)value;
    text_add(&w->text, "...");
}

static void
write_data(struct writing *w, uint64_t at)
{
    write_octets(w, at, next_argument(w));
}

static void
write_data_out(struct writing *w, uint64_t at)
{
    if (has_come_back(w))
        write_octets(w, at, octets_come(w));
    else
        write_unseen(w, at);
}

static void
write_vector(struct writing *w, uint64_t at)
{
    write_iovecs(w, at, next_argument(w), UINT64_MAX);
}

static void
write_vector_out(struct writing *w, uint64_t at)
{
    if (has_come_back(w))
        write_iovecs(w, at, next_argument(w), octets_come(w));
    else
        write_unseen(w, at);
}

static void
write_message(struct writing *w, uint64_t at)
{
    write_msghdr(w, at, UINT64_MAX);
}

static void
write_message_out(struct writing *w, uint64_t at)
{
    if (has_come_back(w))
        write_msghdr(w, at, octets_come(w));
    else
        write_unseen(w, at);
}

/* ---- Addresses ----------------------------------------------------------- */

static bool
endpoint_from_socket(const struct sockaddr_storage *address, size_t bytes,
                     struct endpoint *endpoint)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    if (bytes >= sizeof *v4 && address->ss_family == AF_INET)
        *endpoint =
            (struct endpoint){ address_ipv4((const uint8_t *)&v4->sin_addr),
                               ntohs(v4->sin_port) };
    else if (bytes >= sizeof *v6 && address->ss_family == AF_INET6)
        *endpoint = (struct endpoint){ address_ipv6(v6->sin6_addr.s6_addr),
                                       ntohs(v6->sin6_port) };
    else
        return false;
    return true;
}

/*
 * As a program that uses IPv6 sees it: an IPv4 peer in its mapped form (RFC
 * 4291, 2.5.5.2), a link-local address with its interface (RFC 4007, 11).
 */
static void
write_ipv6(struct writing *w, const struct sockaddr_in6 *address)
{
    char words[INET6_ADDRSTRLEN], interface[IF_NAMESIZE];
    inet_ntop(AF_INET6, &address->sin6_addr, words, sizeof words);
    text_char(&w->text, '[');
    text_add(&w->text, words);
    if (address->sin6_scope_id) {
        text_char(&w->text, '%');
        if (if_indextoname(address->sin6_scope_id, interface))
            text_safe(&w->text, interface, strlen(interface));
        else
            text_number(&w->text, address->sin6_scope_id);
    }
    text_add(&w->text, "]:");
    text_number(&w->text, ntohs(address->sin6_port));
}

/* What stands at `at`: `got` octets of it. */
static void
write_sockaddr(struct writing *w, uint64_t at,
               const struct sockaddr_storage *address, size_t got)
{
    char words[ENDPOINT_TEXT];
    if (endpoint_from_socket(address, got, &w->call->address)) {
        w->call->has_address = true;
        endpoint_to_text(&w->call->address, words);
        if (address->ss_family == AF_INET6)
            write_ipv6(w, (const struct sockaddr_in6 *)address);
        else
            text_add(&w->text, words);
    } else if (got >= sizeof address->ss_family) {
        text_constant(&w->text, domains, address->ss_family);
    } else {
        write_pointer(w, at);
    }
}

static void
write_address(struct writing *w, uint64_t at)
{
    write_sockaddr(w, at, &w->thread->address, w->thread->address_octets);
}

static void
write_sockaddr_at(struct writing *w, uint64_t at, uint64_t length)
{
    struct sockaddr_storage address = { 0 };
    size_t room = length < sizeof address ? (size_t)length : sizeof address;
    write_sockaddr(w, at, &address, read_memory(w, at, &address, room));
}

/* How long is what the kernel filled in? False: it is not known yet. */
static bool
read_length(const struct writing *w, socklen_t *length)
{
    return has_come_back(w) && read_memory(w, next_argument(w), length,
                                           sizeof *length) == sizeof *length;
}

static void
write_address_out(struct writing *w, uint64_t at)
{
    socklen_t length;
    bool known = read_length(w, &length);
    if (at == 0)
        text_add(&w->text, "NULL");
    else if (known && length == 0)
        text_add(&w->text, "none");
    else if (known)
        write_sockaddr_at(w, at, length);
    else
        write_unseen(w, at);
}

/* ---- Options ------------------------------------------------------------- */

/* Options whose value is a name. */
static bool
is_named_option(const struct writing *w)
{
    uint64_t level = argument(w, 1), name = argument(w, 2);
    return (level == SOL_SOCKET && name == SO_BINDTODEVICE) ||
           (level == IPPROTO_TCP &&
            (name == TCP_CONGESTION || name == TCP_ULP));
}

/* A name, without the zeros behind it. */
static void
write_name(struct writing *w, uint64_t at, uint64_t length)
{
    char name[DATA_SHOWN];
    size_t some = length < sizeof name ? (size_t)length : sizeof name;
    size_t got = read_memory(w, at, name, some);
    text_char(&w->text, '"');
    text_escaped(&w->text, (const uint8_t *)name, strnlen(name, got));
    text_char(&w->text, '"');
}

/* How much may be on its way, and how it went so far (tcp(7)). */
static void
write_congestion(struct writing *w, const struct tcp_info *info)
{
    text_add(&w->text, ", ");
    text_cwnd(&w->text, info->tcpi_snd_cwnd,
              sockstate_ssthresh(info->tcpi_snd_ssthresh));
    text_format(&w->text, ", rtt %n ms, retrans %n",
                (uint64_t)info->tcpi_rtt / 1000,
                (uint64_t)info->tcpi_total_retrans);
}

/* Of much that it holds, what a timeline is about: "{state ESTABLISHED, cwnd 10,
 * ssthresh none, rtt 20 ms, retrans 0, ...}". False: it is not TCP_INFO, or
 * cannot be read. */
static bool
write_info(struct writing *w, uint64_t at, socklen_t length)
{
    struct tcp_info info;
    size_t room = length < sizeof info ? length : sizeof info;
    if (argument(w, 1) != IPPROTO_TCP || argument(w, 2) != TCP_INFO ||
        room == 0 || read_memory(w, at, &info, room) != room)
        return false;
    enum tcp_state state = sockstate_state(info.tcpi_state);
    text_add(&w->text, "{state ");
    text_add(&w->text, state == STATES ? "?" : state_name(state));
    if (state_is_synchronized(state) &&
        room >= offsetof(struct tcp_info, tcpi_total_retrans) +
                    sizeof info.tcpi_total_retrans)
        write_congestion(w, &info);
    text_add(&w->text, ", ...}");
    return true;
}

static void
write_option(struct writing *w, uint64_t at, socklen_t length)
{
    struct linger linger;
    int number;
    bool lingers = argument(w, 1) == SOL_SOCKET && argument(w, 2) == SO_LINGER;
    if (lingers && length >= sizeof linger &&
        read_memory(w, at, &linger, sizeof linger) == sizeof linger) {
        text_add(&w->text, "{on ");
        text_integer(&w->text, linger.l_onoff);
        text_add(&w->text, ", linger ");
        text_integer(&w->text, linger.l_linger);
        text_char(&w->text, '}');
    } else if (write_info(w, at, length)) {
        return;
    } else if (is_named_option(w)) {
        write_name(w, at, length);
    } else if (length == sizeof number &&
               read_memory(w, at, &number, sizeof number) == sizeof number) {
        text_char(&w->text, '[');
        text_integer(&w->text, number);
        text_char(&w->text, ']');
    } else {
        write_octets(w, at, length);
    }
}

static void
write_option_name(struct writing *w, uint64_t value)
{
    text_constant(&w->text, options_of_level((int)argument(w, 1)), (int)value);
}

static void
write_option_value(struct writing *w, uint64_t at)
{
    write_option(w, at, (socklen_t)next_argument(w));
}

static void
write_option_value_out(struct writing *w, uint64_t at)
{
    socklen_t length;
    if (read_length(w, &length))
        write_option(w, at, length);
    else
        write_unseen(w, at);
}

static void
write_int_at(struct writing *w, uint64_t at)
{
    int number;
    bool is_question = argument(w, 1) == FIONREAD;
    if ((!is_question || has_come_back(w)) &&
        read_memory(w, at, &number, sizeof number) == sizeof number) {
        text_char(&w->text, '[');
        text_integer(&w->text, number);
        text_char(&w->text, ']');
    } else {
        text_add(&w->text, "...");
    }
}

/* ---- Sets of descriptors ------------------------------------------------- */

/* [3: POLLIN, 4: POLLIN|POLLOUT]; after the return, what is ready. */
static void
write_poll_set(struct writing *w, uint64_t at)
{
    struct pollfd set[SET_SHOWN];
    uint64_t count = next_argument(w);
    size_t some = count < SET_SHOWN ? (size_t)count : SET_SHOWN;
    size_t got = read_memory(w, at, set, some * sizeof set[0]) / sizeof set[0];
    const char *separator = "";
    text_char(&w->text, '[');
    for (size_t i = 0; i < got; i++) {
        text_add(&w->text, separator);
        text_integer(&w->text, set[i].fd);
        text_add(&w->text, ": ");
        text_constants(&w->text, poll_events, (uint16_t)set[i].events);
        if (has_come_back(w) && set[i].revents) {
            text_add(&w->text, " ready ");
            text_constants(&w->text, poll_events, (uint16_t)set[i].revents);
        }
        separator = ", ";
    }
    text_add(&w->text, count > some ? ", ...]" : "]");
}

static void
write_fd_set(struct writing *w, uint64_t at)
{
    fd_set set;
    int most =
        (int)argument(w, 0) < FD_SETSIZE ? (int)argument(w, 0) : FD_SETSIZE;
    const char *separator = "";
    if (at == 0 || read_memory(w, at, &set, sizeof set) != sizeof set) {
        write_pointer(w, at);
        return;
    }
    text_char(&w->text, '[');
    for (int fd = 0; fd < most; fd++) {
        if (!FD_ISSET(fd, &set))
            continue;
        text_add(&w->text, separator);
        text_integer(&w->text, fd);
        separator = ", ";
    }
    text_char(&w->text, ']');
}

static void
write_epoll_event(struct writing *w, uint64_t at)
{
    struct epoll_event event;
    if (read_memory(w, at, &event, sizeof event) == sizeof event)
        text_constants(&w->text, epoll_events, event.events);
    else
        write_pointer(w, at);
}

static void
write_epoll_events(struct writing *w, uint64_t at)
{
    const char *separator = "";
    uint64_t count = octets_come(w);
    if (!has_come_back(w)) {
        text_add(&w->text, "...");
        return;
    }
    text_char(&w->text, '[');
    for (uint64_t i = 0; i < count && i < SET_SHOWN; i++) {
        text_add(&w->text, separator);
        write_epoll_event(w, at + i * sizeof(struct epoll_event));
        separator = ", ";
    }
    text_add(&w->text, count > SET_SHOWN ? ", ...]" : "]");
}

static void
write_timeout(struct writing *w, uint64_t at)
{
    struct timespec time;
    if (read_memory(w, at, &time, sizeof time) != sizeof time) {
        write_pointer(w, at);
        return;
    }
    text_seconds(&w->text, time.tv_sec * (int64_t)1000000000 + time.tv_nsec);
    text_add(&w->text, " s");
}

/* ---- Strings ------------------------------------------------------------- */

/* A string ends at a zero octet, and at the latest where memory does. */
static void
write_string(struct writing *w, uint64_t at)
{
    char string[PATH_SHOWN];
    size_t page = 4096 - at % 4096;
    size_t got =
        read_memory(w, at, string, page < sizeof string ? page : sizeof string);
    if (got == page && got < sizeof string)
        got += read_memory(w, at + got, string + got, sizeof string - got);
    size_t length = strnlen(string, got);
    text_char(&w->text, '"');
    text_escaped(&w->text, (const uint8_t *)string, length);
    text_add(&w->text, length == got ? "\"..." : "\"");
}

/* Once execve has come back, that memory is another program's. */
static void
write_path(struct writing *w, uint64_t at)
{
    if (has_come_back(w))
        write_unseen(w, at);
    else
        write_string(w, at);
}

static void
write_words(struct writing *w, uint64_t at)
{
    uint64_t word;
    if (has_come_back(w)) {
        write_unseen(w, at);
        return;
    }
    text_char(&w->text, '[');
    for (int i = 0; i < WORDS_SHOWN; i++) {
        if (read_memory(w, at + (uint64_t)i * 8, &word, 8) != 8 || word == 0)
            break;
        text_add(&w->text, i ? ", " : "");
        write_string(w, word);
    }
    text_char(&w->text, ']');
}

/* ---- Numbers ------------------------------------------------------------- */

static void
write_int(struct writing *w, uint64_t value)
{
    text_integer(&w->text, (int)value);
}

static void
write_unsigned(struct writing *w, uint64_t value)
{
    text_number(&w->text, (uint32_t)value);
}

static void
write_size(struct writing *w, uint64_t value)
{
    text_number(&w->text, value);
}

static void
write_socket_type(struct writing *w, uint64_t value)
{
    uint32_t type = (uint32_t)value;
    uint32_t flags = type & (SOCK_NONBLOCK | SOCK_CLOEXEC);
    text_constant(&w->text, socket_types, (int64_t)(type & ~flags));
    if (flags)
        text_char(&w->text, '|');
    if (flags)
        text_constants(&w->text, socket_flags, flags);
}

/* 0 is what fits the type. */
static void
write_protocol(struct writing *w, uint64_t value)
{
    if (value == 0)
        text_char(&w->text, '0');
    else
        text_constant(&w->text, protocols, (int)value);
}

static void
write_fcntl_argument(struct writing *w, uint64_t value)
{
    if (argument(w, 1) == F_SETFL)
        text_constants(&w->text, status_flags, value);
    else
        text_integer(&w->text, (int)value);
}

/* A request is unsigned, other than most constants. */
static void
write_ioctl_request(struct writing *w, uint64_t value)
{
    text_constant(&w->text, ioctl_requests, (int64_t)(uint32_t)value);
}

/* ---- Parameters ---------------------------------------------------------- */

/* What has to be read of the thread's memory to write it. */
enum reading {
    READS_NOTHING,
    READS,
    READS_RETURNED, // when the call has succeeded
};

/* One of: the table that names a value, the table that names its bits, the
 * function that writes it. Without any, it is not shown. */
struct parameter_row {
    const struct constant *names, *flags;
    void (*write)(struct writing *w, uint64_t value);
    bool takes_two; // the next argument only says how long this one is
    enum reading reads;
};

// clang-format off
static const struct parameter_row parameter_rows[] = {
    [NO_PARAMETER] = { 0 },
    [FD] = { .write = write_int },
    [INT] = { .write = write_int },
    [UNSIGNED] = { .write = write_unsigned },
    [SIZE] = { .write = write_size },
    [DOMAIN] = { .names = domains },
    [SOCKET_TYPE] = { .write = write_socket_type },
    [PROTOCOL] = { .write = write_protocol },
    [ADDRESS] = { .write = write_address, .takes_two = true },
    [ADDRESS_OUT] = { .write = write_address_out, .takes_two = true, .reads = READS_RETURNED },
    [LEVEL] = { .names = option_levels },
    [OPTION_NAME] = { .write = write_option_name },
    [OPTION_VALUE] = { .write = write_option_value, .reads = READS },
    [OPTION_VALUE_OUT] = { .write = write_option_value_out, .takes_two = true, .reads = READS_RETURNED },
    [DATA] = { .write = write_data, .reads = READS },
    [DATA_OUT] = { .write = write_data_out, .reads = READS_RETURNED },
    [VECTOR] = { .write = write_vector, .reads = READS },
    [VECTOR_OUT] = { .write = write_vector_out, .reads = READS_RETURNED },
    [MESSAGE] = { .write = write_message, .reads = READS },
    [MESSAGE_OUT] = { .write = write_message_out, .reads = READS_RETURNED },
    [MESSAGES] = { .write = write_unseen },
    [MESSAGE_FLAGS] = { .flags = message_flags },
    [ACCEPT_FLAGS] = { .flags = socket_flags },
    [HOW] = { .names = hows },
    [POLL_SET] = { .write = write_poll_set, .reads = READS },
    [FD_SET] = { .write = write_fd_set, .reads = READS },
    [EPOLL_OPERATION] = { .names = epoll_operations },
    [EPOLL_EVENT] = { .write = write_epoll_event, .reads = READS },
    [EPOLL_EVENTS_OUT] = { .write = write_epoll_events, .reads = READS_RETURNED },
    [EPOLL_FLAGS] = { .flags = epoll_flags },
    [DESCRIPTOR_FLAGS] = { .flags = descriptor_flags },
    [FCNTL_COMMAND] = { .names = fcntl_commands },
    [FCNTL_ARGUMENT] = { .write = write_fcntl_argument },
    [IOCTL_REQUEST] = { .write = write_ioctl_request },
    [INT_AT] = { .write = write_int_at, .reads = READS },
    [PATH] = { .write = write_path, .reads = READS },
    [WORDS] = { .write = write_words, .reads = READS },
    [TIMEOUT_AT] = { .write = write_timeout, .reads = READS },
    [UNSHOWN] = { 0 },
};
// clang-format on

static_assert(sizeof parameter_rows / sizeof parameter_rows[0] == UNSHOWN + 1,
              "a row for each parameter");

/* ---- A call -------------------------------------------------------------- */

/* Write the argument at w->index. */
static void
write_argument(struct writing *w, const struct parameter_row *row)
{
    uint64_t value = argument(w, w->index);
    if (row->names)
        text_constant(&w->text, row->names, (int)value);
    else if (row->flags)
        text_constants(&w->text, row->flags, (uint32_t)value);
    else
        row->write(w, value);
}

/* send() is sendto() without an address: what the program wrote is shown. */
static bool
has_short_name(const struct call_row *row, const struct thread *thread)
{
    return (row->number == SYS_sendto || row->number == SYS_recvfrom) &&
           thread->arguments[4] == 0;
}

struct span
call_name(const struct call_row *row, const struct thread *thread)
{
    if (row->number == SYS_pselect6 && thread->arguments[5] == 0)
        return span_of("select");
    return (struct span){ row->name,
                          has_short_name(row, thread) ? 4 : strlen(row->name) };
}

/* " = -1 EADDRINUSE (Address already in use)" */
static void
write_result(struct writing *w)
{
    const struct stop *returned = w->returned;
    if (call_is_interrupted(returned)) {
        text_add(&w->text, " = interrupted");
    } else if (returned->is_error) {
        const char *name = strerrorname_np((int)-returned->result);
        text_add(&w->text, " = -1 ");
        text_add(&w->text, name ? name : "?");
        text_add(&w->text, " (");
        text_add(&w->text, strerror((int)-returned->result));
        text_char(&w->text, ')');
    } else {
        text_add(&w->text, " = ");
        text_integer(&w->text, returned->result);
    }
}

static void
write_arguments(struct writing *w)
{
    struct call_text *call = w->call;
    bool is_short = has_short_name(w->row, w->thread);
    for (w->index = 0; w->index < 6; w->index++) {
        enum parameter parameter = w->row->parameters[w->index];
        const struct parameter_row *row = &parameter_rows[parameter];
        if (parameter == NO_PARAMETER || (is_short && w->index == 4))
            break;
        if (parameter == UNSHOWN)
            continue;
        if (call->argument_count > 0)
            text_add(&w->text, ", ");
        const char *start = w->text.next;
        write_argument(w, row);
        call->arguments[call->argument_count++] =
            (struct span){ start, (size_t)(w->text.next - start) };
        w->index += row->takes_two;
    }
}

bool
call_reads(const struct call_row *row, const struct thread *thread,
           const struct stop *returned)
{
    bool succeeded = returned && !returned->is_error;
    for (int i = 0; i < 6; i++) {
        enum reading reads = parameter_rows[row->parameters[i]].reads;
        if (thread->arguments[i] &&
            (reads == READS || (reads == READS_RETURNED && succeeded)))
            return true;
    }
    return false;
}

void
call_write(const struct call_row *row, const struct thread *thread,
           const struct stop *returned, struct call_text *text)
{
    struct writing w = { .row = row,
                         .thread = thread,
                         .returned = returned,
                         .call = text,
                         .text = text_over(text->room, sizeof text->room) };
    text->argument_count = 0;
    text->has_address = false;
    text->name = call_name(row, thread);
    text_bytes(&w.text, text->name.at, text->name.bytes);
    text_char(&w.text, '(');
    write_arguments(&w);
    text_char(&w.text, ')');
    if (returned)
        write_result(&w);
    text->text =
        (struct span){ text->room, (size_t)(w.text.next - text->room) };
}
