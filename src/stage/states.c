/* states: asking, and telling what has changed. */
#include "states.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../../capture/clock.h"
#include "../text/words.h"
#include "credit.h"
#include "socktable.h"

enum {
    MESSAGE_ROOM = 256,
    LOOKS = 500, // free ones; a lab has a hundred stops
    SEARCHES = 100,
    LOOK_NS = 1000000, // of credit
    LEARN_NS = 20000000,
    LOOK_SHARE = 100,
    LEARN_SHARE = 4,
};

struct states {
    struct sockstate *hosts[STATES_HOSTS];
    int host_count;
    struct recorder *recorder;
    const char *const *names;
    struct socktable table;
    uint64_t round;
    int64_t now_ns;
    bool at_rest;
    int busy;
    struct credit searching, learning, looking, watching;
    struct openings openings;
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
    s->looking = credit_of(LOOKS, LOOK_NS, LOOK_SHARE);
    s->searching = credit_of(SEARCHES, LOOK_NS, LOOK_SHARE);
    s->learning = credit_of(0, LEARN_NS, LEARN_SHARE);
    s->watching = credit_of(0, LEARN_NS, LEARN_SHARE);
    return s;
}

void
states_free(struct states *s)
{
    if (s)
        socktable_clear(&s->table);
    free(s);
}

void
states_own(struct states *s, uint64_t inode, int family, int program)
{
    const struct sockstate_socket made = { .inode = inode };
    struct told *told = socktable_inode(&s->table, inode);
    if (inode && !told)
        told = socktable_add(&s->table, &made, false, program);
    if (!told)
        return;
    told->family = family;
    told->program = program;
}

int
states_family(const struct states *s, uint64_t inode)
{
    const struct told *told = socktable_inode(&s->table, inode);
    return told ? told->family : AF_UNSPEC;
}

/* ---- Telling ------------------------------------------------------------- */

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
    if (socket->cwnd) {
        text_add(t, ", ");
        text_cwnd(t, socket->cwnd, socket->ssthresh);
    }
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

/* Whose it is: a connection nobody accepted yet is the listening program's. */
static int
owner_of(const struct states *s, const struct sockstate_socket *socket)
{
    const struct told *told =
        socktable_listener(&s->table, socket->local.port, 0);
    return told ? told->program : SOCKTABLE_NOBODY;
}

/* The record of a socket the kernel told of: found by inode or endpoints, or
 * made. On a network that is not ours alone, most are somebody else's: NULL. */
static struct told *
told_of(struct states *s, const struct sockstate_socket *socket)
{
    struct socktable *table = &s->table;
    const struct endpoint *local = &socket->local, *remote = &socket->remote;
    struct told *told = socktable_inode(table, socket->inode);
    if (told) {
        socktable_move(table, told, local, remote);
        return told;
    }
    if ((told = socktable_pair(table, local, remote)))
        return told;
    int owner = owner_of(s, socket);
    return owner != SOCKTABLE_NOBODY || socktable_pair(table, remote, local)
               ? socktable_add(table, socket, true, owner)
               : NULL;
}

/* False: it is none of the run's. */
static bool
take_socket(struct states *s, const struct sockstate_socket *socket)
{
    struct told *told = told_of(s, socket);
    if (!told ||
        (told->program == SOCKTABLE_NOBODY && socket->state == STATE_CLOSED))
        return false;
    bool changed = has_changed(told, socket);
    uint64_t inode = told->socket.inode;
    told->socket = *socket;
    told->socket.inode = inode; // an orphan keeps the number it had
    told->round = s->round;
    told->was_told = true;
    if (socket->state == STATE_LISTEN)
        socktable_listen(&s->table, told);
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

static bool
find(const struct states *s, const struct endpoint *local,
     const struct endpoint *remote, struct sockstate_socket *socket)
{
    for (int i = 0; i < s->host_count; i++)
        if (sockstate_find(s->hosts[i], local, remote, socket))
            return true;
    return false;
}

static void
look_exactly(struct states *s, const struct endpoint *local,
             const struct endpoint *remote)
{
    struct sockstate_socket socket;
    bool found = find(s, local, remote, &socket);
    // What brought the state about is older than the answer.
    s->now_ns = clock_ns(CLOCK_REALTIME);
    if (found)
        take_socket(s, &socket);
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
    if (socktable_inode(&s->table, socket->inode))
        told_of(s, socket);
}

/* False: there is no time for it. */
static bool
search_by(struct states *s, struct credit *credit, int family, int states,
          sockstate_fn *give)
{
    if (!credit_begin(credit))
        return false;
    ask_all(s, family, states, give);
    credit_end(credit);
    return true;
}

/* Is it where one would look first? */
static bool
guess(struct states *s, uint64_t inode, enum gained by)
{
    struct sockstate_socket socket;
    struct endpoint local, remote;
    for (int i = 0; openings_guess(&s->openings, by, i, &local, &remote); i++) {
        if (!find(s, &local, &remote, &socket) || socket.inode != inode)
            continue;
        told_of(s, &socket);
        return true;
    }
    return false;
}

/*
 * The endpoints of a socket are found by asking for all sockets of its family. To
 * tell of all their states takes most of the time, and where there are many,
 * asking does.
 */
static void
search(struct states *s, const struct told *told, enum gained by)
{
    bool listens = by == GAINED_BY_LISTEN;
    int states = listens ? SOCKSTATE_LISTENING : SOCKSTATE_CONNECTED;
    if (!search_by(s, &s->searching, told->family, states, take_any) &&
        (listens || !guess(s, told->socket.inode, by)))
        search_by(s, &s->learning, told->family, states, learn_endpoints);
}

/* Both ends of a connection, as they are known. */
static void
look_at_both(struct states *s, const struct told *told)
{
    struct endpoint local = told->socket.local, remote = told->socket.remote;
    if (!credit_begin(&s->looking))
        return;
    look_exactly(s, &local, &remote);
    look_exactly(s, &remote, &local);
    credit_end(&s->looking);
}

void
states_watch_cwnd(struct states *s)
{
    s->at_rest = false;
    search_by(s, &s->watching, AF_UNSPEC, SOCKSTATE_CONNECTED, take_any);
}

void
states_look(struct states *s, uint64_t inode, enum gained by)
{
    const struct told *told = socktable_inode(&s->table, inode);
    s->at_rest = false;
    if (!told)
        return;
    if (told->has_endpoints && told->socket.state != STATE_LISTEN)
        look_at_both(s, told);
    else if (by != GAINED_NONE)
        search(s, told, by);
    if ((by == GAINED_BY_CONNECT || by == GAINED_BY_ACCEPT) &&
        told->has_endpoints)
        openings_learn(&s->openings, by, &told->socket.local,
                       &told->socket.remote);
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
    for (int i = 0; i < SOCKTABLE_BUCKETS; i++)
        for (struct told *told = s->table.by_pair[i]; told;
             told = told->next_pair)
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

/* A socket that listens there stands for the one there is not yet. */
const char *
states_name(const struct states *s, const struct endpoint *local,
            const struct endpoint *remote)
{
    const struct told *told = socktable_pair(&s->table, local, remote);
    if (!told)
        told = socktable_ports(&s->table, local->port, remote->port);
    if (told && told->was_told && told->round == s->round)
        return state_name(told->socket.state);
    return state_name(socktable_listener(&s->table, local->port, s->round)
                          ? STATE_LISTEN
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
    const struct told *told = socktable_inode(&s->table, entry->inode);
    if (!told || !told->has_endpoints)
        return;
    entry->has_local = true;
    entry->local = told->socket.local;
    if (told->socket.state != STATE_LISTEN) {
        entry->has_remote = true;
        entry->remote = told->socket.remote;
    }
}
