/* states: sockets by inode and by endpoints. */
#include "states.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../../capture/clock.h"
#include "../text/text.h"

enum {
    BUCKETS = 4096, // a power of two
    NOBODY = -1,
    MESSAGE_ROOM = 256,
    CREDIT_NS = 4000000, // of looking, at the start and at most
    SEARCH_NS = 8000000,
    WATCH_NS = 20000000,
};

/* A socket, as it was last told. */
struct told {
    struct sockstate_socket socket;
    bool has_endpoints; // else only its inode is known
    bool was_told;      // the state was
    int family;         // AF_UNSPEC: not known
    int program;        // NOBODY: not known
    uint64_t round;     // the last states_rest() that saw it
    struct told *next_inode, *next_pair;
    struct told *next_listener; // is_listener
    bool is_listener;
};

/* Time of a processor that may be spent: one part in `share` of all time. */
struct credit {
    int64_t left_ns, most_ns;
    int64_t reckoned_ns; // CLOCK_MONOTONIC
    int share;
};

struct states {
    struct sockstate *hosts[STATES_HOSTS];
    int host_count;
    struct recorder *recorder;
    const char *const *names;
    struct told *by_inode[BUCKETS], *by_pair[BUCKETS];
    struct told *listeners; // those that were told to listen, ever
    uint64_t round;
    int64_t now_ns;
    bool at_rest;
    int busy;
    struct credit searching, learning, looking, watching;
    struct sockstate_socket soonest; // with the timer that runs out first
};

struct states *
states_new(struct sockstate *const *hosts, int host_count,
           struct recorder *recorder, const char *const *names)
{
    struct states *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    for (int i = 0; i < host_count && i < STATES_HOSTS; i++)
        s->hosts[s->host_count++] = hosts[i];
    s->recorder = recorder;
    s->names = names;
    s->searching = (struct credit){ SEARCH_NS, SEARCH_NS, .share = 50 };
    s->learning = (struct credit){ SEARCH_NS, SEARCH_NS, .share = 10 };
    s->watching = (struct credit){ WATCH_NS, WATCH_NS, .share = 4 };
    s->looking = (struct credit){ CREDIT_NS, CREDIT_NS, .share = 50 };
    return s;
}

/* ---- Finding ------------------------------------------------------------- */

static struct told **
inode_bucket(struct states *s, uint64_t inode)
{
    return &s->by_inode[inode % BUCKETS];
}

static size_t
pair_index(const struct endpoint *a, const struct endpoint *b)
{
    return endpoint_pair_hash(a, b) % BUCKETS;
}

static struct told **
pair_bucket(struct states *s, const struct endpoint *a,
            const struct endpoint *b)
{
    return &s->by_pair[pair_index(a, b)];
}

static struct told *
find_inode(const struct states *s, uint64_t inode)
{
    struct told *told = s->by_inode[inode % BUCKETS];
    while (told && told->socket.inode != inode)
        told = told->next_inode;
    return told;
}

static struct told *
find_pair(const struct states *s, const struct endpoint *local,
          const struct endpoint *remote)
{
    struct told *told = s->by_pair[pair_index(local, remote)];
    while (told && !(endpoint_equal(&told->socket.local, local) &&
                     endpoint_equal(&told->socket.remote, remote)))
        told = told->next_pair;
    return told;
}

static void
link_inode(struct states *s, struct told *told)
{
    struct told **bucket = inode_bucket(s, told->socket.inode);
    told->next_inode = *bucket;
    *bucket = told;
}

static void
link_pair(struct states *s, struct told *told)
{
    struct told **bucket =
        pair_bucket(s, &told->socket.local, &told->socket.remote);
    told->next_pair = *bucket;
    *bucket = told;
}

static void
unlink_pair(struct states *s, struct told *told)
{
    struct told **place =
        pair_bucket(s, &told->socket.local, &told->socket.remote);
    while (*place && *place != told)
        place = &(*place)->next_pair;
    if (*place)
        *place = told->next_pair;
}

static void
link_listener(struct states *s, struct told *told)
{
    if (told->is_listener)
        return;
    told->is_listener = true;
    told->next_listener = s->listeners;
    s->listeners = told;
}

static void
unlink_listener(struct states *s, struct told *told)
{
    struct told **place = &s->listeners;
    while (*place && *place != told)
        place = &(*place)->next_listener;
    if (*place)
        *place = told->next_listener;
    told->is_listener = false;
}

/* Every one is in the lists by pair, by inode, or both. */
void
states_free(struct states *s)
{
    for (int i = 0; s && i < BUCKETS; i++) {
        for (struct told *told = s->by_inode[i], *next; told; told = next) {
            next = told->next_inode;
            if (told->has_endpoints)
                unlink_pair(s, told);
            free(told);
        }
    }
    for (int i = 0; s && i < BUCKETS; i++) {
        for (struct told *told = s->by_pair[i], *next; told; told = next) {
            next = told->next_pair;
            free(told);
        }
    }
    free(s);
}

void
states_own(struct states *s, uint64_t inode, int family, int program)
{
    struct told *told = inode ? find_inode(s, inode) : NULL;
    if (inode && !told && (told = calloc(1, sizeof *told))) {
        told->socket.inode = inode;
        link_inode(s, told);
    }
    if (!told)
        return;
    told->family = family;
    told->program = program;
}

int
states_family(const struct states *s, uint64_t inode)
{
    const struct told *told = inode ? find_inode(s, inode) : NULL;
    return told ? told->family : AF_UNSPEC;
}

/* ---- Telling ------------------------------------------------------------- */

static void
write_cwnd(struct text *t, const struct sockstate_socket *socket)
{
    text_format(t, ", cwnd %n, ssthresh ", (uint64_t)socket->cwnd);
    if (socket->ssthresh)
        text_number(t, socket->ssthresh);
    else
        text_add(t, "none");
}

static void
write_message(struct text *t, const struct sockstate_socket *socket)
{
    char local[ENDPOINT_TEXT], remote[ENDPOINT_TEXT];
    endpoint_to_text(&socket->local, local);
    endpoint_to_text(&socket->remote, remote);
    if (socket->state == STATE_LISTEN)
        text_format(t, "state LISTEN %s, %n waiting, backlog %n", local,
                    (uint64_t)socket->receive_queue,
                    (uint64_t)socket->send_queue);
    else
        text_format(t, "state %s %s > %s", state_name(socket->state), local,
                    remote);
    if (socket->cwnd)
        write_cwnd(t, socket);
    if (socket->timer != TIMER_NONE)
        text_format(t, ", timer %s %n ms", sockstate_timer_names[socket->timer],
                    (uint64_t)socket->timer_ms);
}

static void
tell(struct states *s, const struct told *told)
{
    char words[MESSAGE_ROOM];
    struct text t = text_over(words, sizeof words);
    const struct sockstate_socket *socket = &told->socket;
    write_message(&t, socket);
    struct entry entry = {
        .kind = ENTRY_STATE,
        .time_ns = s->now_ns,
        .message = { words, (size_t)(t.next - words) },
        .who = span_of(told->program >= 0 ? s->names[told->program] : ""),
        .inode = socket->inode,
        .has_local = true,
        .has_remote = socket->state != STATE_LISTEN,
        .local = socket->local,
        .remote = socket->remote,
        .has_state = true,
        .state = socket->state,
        .receive_queue = socket->receive_queue,
        .send_queue = socket->send_queue,
        .cwnd = socket->cwnd,
        .ssthresh = socket->ssthresh,
        .at_rest = s->at_rest,
    };
    if (socket->timer != TIMER_NONE) {
        entry.timer = span_of(sockstate_timer_names[socket->timer]);
        entry.timer_ms = socket->timer_ms;
    }
    recorder_entry(s->recorder, &entry);
}

static bool
has_changed(const struct told *told, const struct sockstate_socket *socket)
{
    bool listens = socket->state == STATE_LISTEN;
    return !told->was_told || told->socket.state != socket->state ||
           (listens && told->socket.receive_queue != socket->receive_queue) ||
           (socket->cwnd && (told->socket.cwnd != socket->cwnd ||
                             told->socket.ssthresh != socket->ssthresh));
}

/* Who listens on a port, seen in the round `since` or later. */
static const struct told *
find_listener(const struct states *s, uint16_t port, uint64_t since)
{
    const struct told *told = s->listeners;
    while (told && !(told->socket.state == STATE_LISTEN &&
                     told->socket.local.port == port && told->round >= since))
        told = told->next_listener;
    return told;
}

/* Whose it is: a connection nobody accepted yet is the listening program's. */
static int
owner_of(const struct states *s, const struct sockstate_socket *socket)
{
    const struct told *told = find_listener(s, socket->local.port, 0);
    return told ? told->program : NOBODY;
}

/* A connection was told of before it had a descriptor, or another socket had
 * these endpoints once: only `next` has them now. */
static void
give_way(struct states *s, struct told *former, struct told *next)
{
    unlink_pair(s, former);
    former->has_endpoints = false;
    if (former->socket.inode != 0)
        return;
    next->was_told = former->was_told;
    next->socket.state = former->socket.state;
    unlink_listener(s, former);
    free(former);
}

/* The record of a socket the kernel told of: found by endpoints or inode, or
 * made. */
static struct told *
told_of(struct states *s, const struct sockstate_socket *socket)
{
    struct told *by_pair = find_pair(s, &socket->local, &socket->remote);
    struct told *by_inode = socket->inode ? find_inode(s, socket->inode) : NULL;
    if (by_inode && by_inode != by_pair) {
        // Its endpoints are new; who had them before is gone.
        if (by_inode->has_endpoints)
            unlink_pair(s, by_inode);
        by_inode->socket.local = socket->local;
        by_inode->socket.remote = socket->remote;
        by_inode->has_endpoints = true;
        if (by_pair)
            give_way(s, by_pair, by_inode);
        link_pair(s, by_inode);
        return by_inode;
    }
    if (by_pair)
        return by_pair;
    int owner = owner_of(s, socket);
    // On a network that is not ours alone, most sockets are somebody else's.
    if (owner == NOBODY && !find_pair(s, &socket->remote, &socket->local))
        return NULL;
    struct told *told = calloc(1, sizeof *told);
    if (!told)
        return NULL;
    told->program = owner;
    told->socket = *socket;
    told->has_endpoints = true;
    link_pair(s, told);
    if (socket->inode)
        link_inode(s, told);
    return told;
}

/* False: it is none of the run's. */
static bool
take_socket(struct states *s, const struct sockstate_socket *socket)
{
    struct told *told = told_of(s, socket);
    if (!told || (told->program == NOBODY && socket->state == STATE_CLOSED))
        return false;
    bool changed = has_changed(told, socket);
    uint64_t inode = told->socket.inode;
    told->socket = *socket;
    told->socket.inode = inode; // an orphan keeps the number it had
    told->round = s->round;
    told->was_told = true;
    if (socket->state == STATE_LISTEN)
        link_listener(s, told);
    if (changed && socket->state != STATE_CLOSED)
        tell(s, told);
    return true;
}

static void
take_any(void *context, const struct sockstate_socket *socket)
{
    struct states *s = context;
    s->now_ns = clock_ns(CLOCK_REALTIME);
    take_socket(s, socket);
}

static void
look_exactly(struct states *s, const struct endpoint *local,
             const struct endpoint *remote)
{
    struct sockstate_socket socket;
    bool found = false;
    for (int i = 0; i < s->host_count && !found; i++)
        found = sockstate_find(s->hosts[i], local, remote, &socket);
    // What brought the state about is older than the answer.
    s->now_ns = clock_ns(CLOCK_REALTIME);
    if (found)
        take_socket(s, &socket);
}

/*
 * Asking is cheap in a lab, and would take all the time of a program with
 * thousands of connections: there, looking waits for its share of time, or for
 * rest.
 */
static bool
may_ask(struct credit *credit)
{
    int64_t now_ns = clock_ns(CLOCK_MONOTONIC);
    credit->left_ns += (now_ns - credit->reckoned_ns) / credit->share;
    if (credit->left_ns > credit->most_ns)
        credit->left_ns = credit->most_ns;
    credit->reckoned_ns = now_ns;
    return credit->left_ns > 0;
}

static void
ask_all(struct states *s, int family, int states, sockstate_fn *give)
{
    for (int i = 0; i < s->host_count; i++)
        sockstate_dump(s->hosts[i], family, states, give, s);
}

static void
learn_endpoints(void *context, const struct sockstate_socket *socket)
{
    struct states *s = context;
    if (socket->inode && find_inode(s, socket->inode))
        told_of(s, socket);
}

static void
search_by(struct states *s, struct credit *credit, int family, int states,
          sockstate_fn *give)
{
    int64_t begun_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    ask_all(s, family, states, give);
    credit->left_ns -= clock_ns(CLOCK_THREAD_CPUTIME_ID) - begun_ns;
}

/* The endpoints of a socket are found by asking for all sockets of its family. To
 * tell of all their states takes most of the time. */
static void
search_all(struct states *s, int family, int states)
{
    if (may_ask(&s->searching))
        search_by(s, &s->searching, family, states, take_any);
    else if (may_ask(&s->learning))
        search_by(s, &s->learning, family, states, learn_endpoints);
}

/* Both ends of a connection, as they are known. */
static void
look_at_both(struct states *s, const struct told *told)
{
    struct endpoint local = told->socket.local, remote = told->socket.remote;
    if (!may_ask(&s->looking))
        return;
    int64_t begun_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    look_exactly(s, &local, &remote);
    look_exactly(s, &remote, &local);
    s->looking.left_ns -= clock_ns(CLOCK_THREAD_CPUTIME_ID) - begun_ns;
}

void
states_watch_cwnd(struct states *s)
{
    s->at_rest = false;
    if (may_ask(&s->watching))
        search_by(s, &s->watching, AF_UNSPEC, SOCKSTATE_CONNECTED, take_any);
}

void
states_look(struct states *s, uint64_t inode, bool search, bool listens)
{
    struct told *told = inode ? find_inode(s, inode) : NULL;
    s->at_rest = false;
    if (!told)
        return;
    bool known = told->has_endpoints && told->socket.state != STATE_LISTEN;
    if (known)
        look_at_both(s, told);
    else if (search)
        search_all(s, told->family,
                   listens ? SOCKSTATE_LISTENING : SOCKSTATE_CONNECTED);
}

static void
count_busy(void *context, const struct sockstate_socket *socket)
{
    struct states *s = context;
    s->now_ns = clock_ns(CLOCK_REALTIME);
    if (!take_socket(s, socket))
        return;
    if (socket->state != STATE_LISTEN && socket->state != STATE_TIME_WAIT &&
        socket->state != STATE_CLOSED)
        s->busy++;
    if (socket->timer != TIMER_NONE && (s->soonest.timer == TIMER_NONE ||
                                        socket->timer_ms < s->soonest.timer_ms))
        s->soonest = *socket;
}

/* A connection that no host has any more is CLOSED (RFC 9293, 3.3.2: no state at
 * all). */
static void
take_gone(struct states *s, struct told *told)
{
    struct sockstate_socket *socket = &told->socket;
    if (!told->was_told || told->round == s->round ||
        socket->state == STATE_LISTEN || socket->state == STATE_CLOSED)
        return;
    socket->state = STATE_CLOSED;
    socket->receive_queue = socket->send_queue = 0;
    socket->timer = TIMER_NONE;
    socket->cwnd = socket->ssthresh = 0;
    tell(s, told);
}

void
states_rest(struct states *s)
{
    s->at_rest = true;
    s->busy = 0;
    s->soonest.timer = TIMER_NONE;
    s->round++;
    ask_all(s, AF_UNSPEC, SOCKSTATE_ALL, count_busy);
    s->now_ns = clock_ns(CLOCK_REALTIME);
    for (int i = 0; i < BUCKETS; i++)
        for (struct told *told = s->by_pair[i]; told; told = told->next_pair)
            take_gone(s, told);
}

void
states_timer(const struct states *s, struct entry *entry)
{
    if (s->soonest.timer == TIMER_NONE)
        return;
    entry->timer = span_of(sockstate_timer_names[s->soonest.timer]);
    entry->timer_ms = s->soonest.timer_ms;
}

/* A router may rewrite addresses, and mostly keeps ports. */
static const struct told *
find_ports(const struct states *s, uint16_t local, uint16_t remote)
{
    for (int i = 0; i < BUCKETS; i++)
        for (const struct told *told = s->by_pair[i]; told;
             told = told->next_pair)
            if (told->was_told && told->socket.state != STATE_LISTEN &&
                told->socket.local.port == local &&
                told->socket.remote.port == remote)
                return told;
    return NULL;
}

/* A socket that listens there stands for the one there is not yet. */
const char *
states_name(const struct states *s, const struct endpoint *local,
            const struct endpoint *remote)
{
    const struct told *told = find_pair(s, local, remote);
    if (!told)
        told = find_ports(s, local->port, remote->port);
    if (told && told->was_told && told->round == s->round)
        return state_name(told->socket.state);
    return state_name(find_listener(s, local->port, s->round) ? STATE_LISTEN
                                                              : STATE_CLOSED);
}

int
states_busy(const struct states *s)
{
    return s->busy;
}

void
states_endpoints(const struct states *s, struct entry *entry)
{
    const struct told *told = entry->inode ? find_inode(s, entry->inode) : NULL;
    if (!told || !told->has_endpoints)
        return;
    entry->has_local = true;
    entry->local = told->socket.local;
    if (told->socket.state != STATE_LISTEN) {
        entry->has_remote = true;
        entry->remote = told->socket.remote;
    }
}
