/*
 * readahead: a ring of batches between two threads. A batch belongs to the
 * reader while it fills it and to the user while it is used up; the two numbers
 * `filled` and `used`, under the lock, say whose it is.
 */
#include "readahead.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "thread.h"

enum {
    BATCHES = 3,
    ITEM_AHEAD = 16,
    BATCH_ITEMS = 1024,
    BATCH_OCTETS = 1 << 18
};

struct item {
    struct packet packet;
    struct decoded decoded;
};

struct batch {
    struct item items[BATCH_ITEMS];
    int count;
    enum source_result result; // SOURCE_PACKET: more batches follow
    uint8_t *octets;
    size_t octets_used, octets_size;
};

struct readahead {
    struct source *source;
    struct packet pending; // read, and waiting for a batch with room for it
    bool has_pending;
    struct batch batches[BATCHES];
    int next; // in the batch being used; the user's own
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    // Under the lock.
    unsigned filled, used; // batches, ever
    bool stop;
};

/* Room for `bytes` more octets. Only an empty batch grows: what is decoded
 * already points into it. */
static bool
batch_has_room(struct batch *batch, size_t bytes)
{
    if (batch->octets && batch->octets_used + bytes <= batch->octets_size)
        return true;
    if (batch->count > 0)
        return false;
    size_t size = bytes > BATCH_OCTETS ? bytes : BATCH_OCTETS;
    uint8_t *larger = realloc(batch->octets, size);
    if (!larger)
        return false;
    batch->octets = larger;
    batch->octets_size = size;
    return true;
}

static void
batch_add(struct batch *batch, const struct packet *packet)
{
    struct item *item = &batch->items[batch->count++];
    uint8_t *octets = batch->octets + batch->octets_used;
    memcpy(octets, packet->octets, packet->captured);
    batch->octets_used += packet->captured;
    item->packet = *packet;
    item->packet.octets = octets;
    decode_packet(&item->packet, &item->decoded);
}

static void
batch_fill(struct readahead *r, struct batch *batch)
{
    batch->count = 0;
    batch->octets_used = 0;
    batch->result = SOURCE_PACKET;
    while (batch->count < BATCH_ITEMS) {
        if (!r->has_pending)
            batch->result = source_next(r->source, &r->pending);
        if (batch->result != SOURCE_PACKET)
            return;
        r->has_pending = true;
        if (!batch_has_room(batch, r->pending.captured))
            break;
        batch_add(batch, &r->pending);
        r->has_pending = false;
    }
    if (batch->count == 0)
        batch->result = SOURCE_DAMAGED; // no memory for a single packet
}

/* Wait for a free batch; NULL when told to stop. */
static struct batch *
free_batch(struct readahead *r)
{
    pthread_mutex_lock(&r->lock);
    while (r->filled - r->used == BATCHES && !r->stop)
        pthread_cond_wait(&r->changed, &r->lock);
    bool stop = r->stop;
    pthread_mutex_unlock(&r->lock);
    return stop ? NULL : &r->batches[r->filled % BATCHES];
}

static void *
read_batches(void *context)
{
    struct readahead *r = context;
    struct batch *batch;
    enum source_result result = SOURCE_PACKET;
    while (result == SOURCE_PACKET && (batch = free_batch(r))) {
        batch_fill(r, batch);
        result = batch->result;
        pthread_mutex_lock(&r->lock);
        r->filled++;
        pthread_cond_signal(&r->changed);
        pthread_mutex_unlock(&r->lock);
    }
    return NULL;
}

struct readahead *
readahead_new(struct source *source)
{
    struct readahead *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->source = source;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->changed, NULL);
    int error = thread_start(&r->thread, read_batches, r);
    if (error == 0)
        return r;
    free(r);
    errno = error;
    return NULL;
}

void
readahead_free(struct readahead *r)
{
    if (!r)
        return;
    pthread_mutex_lock(&r->lock);
    r->stop = true;
    pthread_cond_signal(&r->changed);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    for (int i = 0; i < BATCHES; i++)
        free(r->batches[i].octets);
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->changed);
    free(r);
}

/* The batch in use, waited for when it is not filled yet. */
static struct batch *
batch_in_use(struct readahead *r)
{
    if (r->next == 0) {
        pthread_mutex_lock(&r->lock);
        while (r->filled == r->used)
            pthread_cond_wait(&r->changed, &r->lock);
        pthread_mutex_unlock(&r->lock);
    }
    return &r->batches[r->used % BATCHES];
}

static void
give_back(struct readahead *r)
{
    r->next = 0;
    pthread_mutex_lock(&r->lock);
    r->used++;
    pthread_cond_signal(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

/* An item was written by another processor: fetch it before it is needed. */
static void
item_fetch(const struct item *item)
{
    for (size_t at = 0; at < sizeof *item; at += 64)
        __builtin_prefetch((const char *)item + at);
}

enum source_result
readahead_next(struct readahead *r, const struct packet **packet,
               const struct decoded **decoded)
{
    for (;;) {
        struct batch *batch = batch_in_use(r);
        if (r->next < batch->count) {
            const struct item *item = &batch->items[r->next++];
            if (r->next + ITEM_AHEAD < batch->count)
                item_fetch(item + ITEM_AHEAD);
            *packet = &item->packet;
            *decoded = &item->decoded;
            return SOURCE_PACKET;
        }
        if (batch->result != SOURCE_PACKET)
            return batch->result;
        give_back(r);
    }
}

const struct decoded *
readahead_peek(const struct readahead *r, int distance)
{
    const struct batch *batch = &r->batches[r->used % BATCHES];
    int at = r->next - 1 + distance;
    return r->next > 0 && at < batch->count ? &batch->items[at].decoded : NULL;
}
