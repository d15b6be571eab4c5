/* socktable: chained buckets. */
#include "socktable.h"

#include <stdlib.h>

/* ---- Finding ------------------------------------------------------------- */

static size_t
inode_index(uint64_t inode)
{
    return inode % SOCKTABLE_BUCKETS;
}

static size_t
pair_index(const struct endpoint *local, const struct endpoint *remote)
{
    return endpoint_pair_hash(local, remote) % SOCKTABLE_BUCKETS;
}

struct told *
socktable_inode(const struct socktable *t, uint64_t inode)
{
    struct told *told = inode ? t->by_inode[inode_index(inode)] : NULL;
    while (told && told->socket.inode != inode)
        told = told->next_inode;
    return told;
}

struct told *
socktable_pair(const struct socktable *t, const struct endpoint *local,
               const struct endpoint *remote)
{
    struct told *told = t->by_pair[pair_index(local, remote)];
    while (told && !(endpoint_equal(&told->socket.local, local) &&
                     endpoint_equal(&told->socket.remote, remote)))
        told = told->next_pair;
    return told;
}

const struct told *
socktable_ports(const struct socktable *t, uint16_t local, uint16_t remote)
{
    for (int i = 0; i < SOCKTABLE_BUCKETS; i++)
        for (const struct told *told = t->by_pair[i]; told;
             told = told->next_pair)
            if (told->was_told && told->socket.state != STATE_LISTEN &&
                told->socket.local.port == local &&
                told->socket.remote.port == remote)
                return told;
    return NULL;
}

const struct told *
socktable_listener(const struct socktable *t, uint16_t port, uint64_t since)
{
    const struct told *told = t->listeners;
    while (told && !(told->socket.state == STATE_LISTEN &&
                     told->socket.local.port == port && told->round >= since))
        told = told->next_listener;
    return told;
}

/* ---- Linking ------------------------------------------------------------- */

static void
link_inode(struct socktable *t, struct told *told)
{
    struct told **bucket = &t->by_inode[inode_index(told->socket.inode)];
    told->next_inode = *bucket;
    *bucket = told;
}

static void
link_pair(struct socktable *t, struct told *told)
{
    struct told **bucket =
        &t->by_pair[pair_index(&told->socket.local, &told->socket.remote)];
    told->next_pair = *bucket;
    *bucket = told;
    told->has_endpoints = true;
}

static void
unlink_pair(struct socktable *t, struct told *told)
{
    struct told **place =
        &t->by_pair[pair_index(&told->socket.local, &told->socket.remote)];
    while (*place && *place != told)
        place = &(*place)->next_pair;
    if (*place)
        *place = told->next_pair;
    told->has_endpoints = false;
}

static void
unlink_listener(struct socktable *t, const struct told *told)
{
    struct told **place = &t->listeners;
    while (*place && *place != told)
        place = &(*place)->next_listener;
    if (*place)
        *place = told->next_listener;
}

void
socktable_clear(struct socktable *t)
{
    for (int i = 0; i < SOCKTABLE_BUCKETS; i++) {
        for (struct told *told = t->by_inode[i], *next; told; told = next) {
            next = told->next_inode;
            if (told->has_endpoints)
                unlink_pair(t, told);
            free(told);
        }
    }
    for (int i = 0; i < SOCKTABLE_BUCKETS; i++) {
        for (struct told *told = t->by_pair[i], *next; told; told = next) {
            next = told->next_pair;
            free(told);
        }
    }
    *t = (struct socktable){ 0 };
}

struct told *
socktable_add(struct socktable *t, const struct sockstate_socket *socket,
              bool has_endpoints, int program)
{
    struct told *told = calloc(1, sizeof *told);
    if (!told)
        return NULL;
    told->socket = *socket;
    told->program = program;
    if (has_endpoints)
        link_pair(t, told);
    if (socket->inode)
        link_inode(t, told);
    return told;
}

/* A connection was told of before it had a descriptor, or another socket had
 * these endpoints once: only `next` has them now. */
static void
give_way(struct socktable *t, struct told *former, struct told *next)
{
    unlink_pair(t, former);
    if (former->socket.inode != 0)
        return;
    next->was_told = former->was_told;
    next->socket.state = former->socket.state;
    unlink_listener(t, former);
    free(former);
}

void
socktable_move(struct socktable *t, struct told *told,
               const struct endpoint *local, const struct endpoint *remote)
{
    struct told *former = socktable_pair(t, local, remote);
    if (former == told)
        return;
    if (told->has_endpoints)
        unlink_pair(t, told);
    told->socket.local = *local;
    told->socket.remote = *remote;
    if (former)
        give_way(t, former, told);
    link_pair(t, told);
}

void
socktable_listen(struct socktable *t, struct told *told)
{
    if (told->listened)
        return;
    told->listened = true;
    told->next_listener = t->listeners;
    t->listeners = told;
}
