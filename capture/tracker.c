/*
 * tracker: identity, and letting go.
 *
 * Each connection stands in one of three queues, by the rule that will let it
 * go; in each the head has been quiet the longest.
 */
#include "tracker.h"

#include <errno.h>
#include <stdlib.h>

#include "option.h"
#include "seq.h"
#include "table.h"

static const int64_t second_ns = 1000000000;

enum {
    QUIET_OVER_S = 2,
    QUIET_UNANSWERED_S = 130,
    CLOCK_BACK_S = 130,
    MSL_S = 120, // how long a segment may be under way (RFC 9293, 3.4.2)
};

enum queue_name {
    QUEUE_OPENING,
    QUEUE_OPEN,
    QUEUE_OVER,
    QUEUES
};

struct queue {
    uint32_t head, tail; // TABLE_NONE when empty
};

/* What is remembered of a connection that was let go; it stands at its hash,
 * and gives way to the next one there. */
struct tombstone {
    struct endpoint endpoints[ROLES];
    uint32_t number;  // 0: unused
    uint32_t iss;     // its client's initial sequence number
    int64_t ended_ns; // until MSL_S later its SYN may come again; 0: not
    bool syn_again;   // it did
};

/* A SYN with another number, waiting for its answer. */
struct challenge {
    struct segment syn; // what it borrowed is no longer valid
    uint8_t options[SEGMENT_OPTIONS_MAX];
    int64_t time_ns;
    uint32_t connection; // its number; 0: unused
};

enum {
    CHALLENGES = 64,
};

struct tracker {
    struct table table;
    struct queue queues[QUEUES];
    int64_t now_ns;
    uint64_t numbers, evicted;
    uint8_t listening[65536 / 8]; // ports that answered a SYN
    struct tombstone *tombstones; // TRACKER_TOMBSTONES, made when first needed
    struct challenge *challenges; // CHALLENGES, made when first needed
    uint32_t challenge_next;
    tracker_let_go_fn *let_go;
    void *context;
};

/* ---- Queues ------------------------------------------------------------- */

static void
queue_remove(struct tracker *t, uint32_t index)
{
    struct connection *c = &t->table.records[index];
    struct queue *q = &t->queues[c->queue];
    if (c->previous == TABLE_NONE)
        q->head = c->next;
    else
        t->table.records[c->previous].next = c->next;
    if (c->next == TABLE_NONE)
        q->tail = c->previous;
    else
        t->table.records[c->next].previous = c->previous;
}

static void
queue_append(struct tracker *t, uint32_t index, enum queue_name name)
{
    struct connection *c = &t->table.records[index];
    struct queue *q = &t->queues[name];
    c->queue = (uint8_t)name;
    c->next = TABLE_NONE;
    c->previous = q->tail;
    if (q->tail == TABLE_NONE)
        q->head = index;
    else
        t->table.records[q->tail].next = index;
    q->tail = index;
}

static enum queue_name
queue_for(const struct connection *c)
{
    if (connection_is_over(c))
        return QUEUE_OVER;
    return connection_is_opening(c) ? QUEUE_OPENING : QUEUE_OPEN;
}

/*
 * Put a connection where it belongs after a segment. The open ones move to the
 * tail only when their second has passed: their queue is in order by seconds,
 * and most segments touch one record instead of three.
 */
static inline void
queue_update(struct tracker *t, struct connection *c, int64_t before_ns)
{
    enum queue_name name = queue_for(c);
    if (name == QUEUE_OPEN && c->queue == QUEUE_OPEN &&
        before_ns / second_ns == c->last_ns / second_ns)
        return;
    uint32_t index = table_index(&t->table, c);
    queue_remove(t, index);
    queue_append(t, index, name);
}

/* ---- Making and letting go ---------------------------------------------- */

struct tracker *
tracker_new(uint32_t connections, tracker_let_go_fn *let_go, void *context)
{
    struct tracker *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->let_go = let_go;
    t->context = context;
    for (int i = 0; i < QUEUES; i++)
        t->queues[i] = (struct queue){ TABLE_NONE, TABLE_NONE };
    if (table_init(&t->table, connections))
        return t;
    tracker_free(t);
    errno = ENOMEM;
    return NULL;
}

void
tracker_free(struct tracker *t)
{
    if (!t)
        return;
    table_clear(&t->table);
    free(t->tombstones);
    free(t->challenges);
    free(t);
}

static void
tombstone_add(struct tracker *t, const struct connection *c, uint64_t hash)
{
    if (!t->tombstones)
        t->tombstones = calloc(TRACKER_TOMBSTONES, sizeof *t->tombstones);
    if (!t->tombstones)
        return;
    struct tombstone *tombstone = &t->tombstones[hash % TRACKER_TOMBSTONES];
    bool ended = connection_is_over(c) &&
                 end_knows(&c->ends[ROLE_CLIENT], END_SYN_SENT) &&
                 end_knows(&c->ends[ROLE_SERVER], END_SYN_ACK_SENT);
    *tombstone = (struct tombstone){ .number = c->number,
                                     .iss = c->ends[ROLE_CLIENT].iss,
                                     .ended_ns = ended ? c->last_ns : 0 };
    memcpy(tombstone->endpoints, c->endpoints, sizeof c->endpoints);
}

static void
connection_let_go(struct tracker *t, struct connection *c, enum let_go why)
{
    uint64_t hash = endpoint_pair_hash(&c->endpoints[0], &c->endpoints[1]);
    connection_quiet(c);
    t->let_go(t->context, c, why);
    if (why != LET_GO_REUSED && why != LET_GO_END)
        tombstone_add(t, c, hash);
    queue_remove(t, table_index(&t->table, c));
    table_remove(&t->table, c);
}

static void
let_go_quiet(struct tracker *t, enum queue_name name, int64_t quiet_ns,
             enum let_go why)
{
    uint32_t head;
    while ((head = t->queues[name].head) != TABLE_NONE) {
        int64_t age_ns = t->now_ns - t->table.records[head].last_ns;
        bool from_the_future = age_ns < -CLOCK_BACK_S * second_ns;
        if (age_ns < quiet_ns && !from_the_future)
            break;
        connection_let_go(t, &t->table.records[head], why);
    }
}

/* A capture's times may run backwards a little. Much means that the clock was
 * wrong before, and is followed back. */
void
tracker_clock(struct tracker *t, int64_t time_ns)
{
    bool back = t->now_ns - time_ns > CLOCK_BACK_S * second_ns;
    if (time_ns <= t->now_ns && !back)
        return;
    t->now_ns = time_ns;
    let_go_quiet(t, QUEUE_OVER, QUIET_OVER_S * second_ns, LET_GO_OVER);
    let_go_quiet(t, QUEUE_OPENING, QUIET_UNANSWERED_S * second_ns,
                 LET_GO_UNANSWERED);
}

/* Too many: who is over goes first, then who never was answered, then the
 * longest idle. */
static void
evict_one(struct tracker *t)
{
    static const enum queue_name order[] = { QUEUE_OVER, QUEUE_OPENING,
                                             QUEUE_OPEN };

    for (int i = 0; i < QUEUES; i++) {
        uint32_t head = t->queues[order[i]].head;
        if (head == TABLE_NONE)
            continue;
        t->evicted++;
        connection_let_go(t, &t->table.records[head], LET_GO_LIMIT);
        return;
    }
}

int64_t
tracker_now(const struct tracker *t)
{
    return t->now_ns;
}

/* ---- Who is who --------------------------------------------------------- */

static bool
is_listening(const struct tracker *t, uint16_t port)
{
    return t->listening[port / 8] & 1u << (port % 8);
}

static bool
is_syn(const struct segment *segment)
{
    return (segment->flags & (SEG_SYN | SEG_ACK | SEG_RST)) == SEG_SYN;
}

static bool
is_syn_ack(const struct segment *segment)
{
    return (segment->flags & (SEG_SYN | SEG_ACK | SEG_RST)) ==
           (SEG_SYN | SEG_ACK);
}

/* Is the segment's sender the client? *by is the rule that says so. */
static bool
sender_is_client(const struct tracker *t, const struct segment *segment,
                 enum client_by *by)
{
    uint16_t src = segment->src.port, dst = segment->dst.port;
    if (is_syn(segment)) {
        *by = CLIENT_BY_FIRST_SYN;
        return true;
    }
    if (is_syn_ack(segment)) {
        *by = CLIENT_BY_SYN_ACK;
        return false;
    }
    if (is_listening(t, src) != is_listening(t, dst)) {
        *by = CLIENT_BY_LISTENING_PORT;
        return is_listening(t, dst);
    }
    *by = src == dst ? CLIENT_BY_FIRST_SEGMENT : CLIENT_BY_LOWER_PORT;
    return src >= dst;
}

/* The capture began between SYN and SYN-ACK: the client waits for this one,
 * which tells its initial sequence number. */
static void
connection_expect_syn_ack(struct connection *c, const struct segment *segment)
{
    struct end *client = &c->ends[ROLE_CLIENT];
    client->iss = client->snd.una = segment->ack - 1;
    client->snd.nxt = segment->ack;
    client->flags |= END_ISS_KNOWN | END_SENT;
    client->state = STATE_SYN_SENT;
}

/* A new record for the connection that `segment` begins. */
static struct connection *
connection_begin(struct tracker *t, const struct segment *segment,
                 int64_t time_ns)
{
    struct connection *c;
    while (!(c = table_take(&t->table)))
        evict_one(t);
    enum client_by by;
    enum role sender =
        sender_is_client(t, segment, &by) ? ROLE_CLIENT : ROLE_SERVER;
    *c = (struct connection){ .number = (uint32_t)++t->numbers,
                              .client_by = (uint8_t)by,
                              .start_ns = time_ns,
                              .last_ns = time_ns };
    c->endpoints[sender] = segment->src;
    c->endpoints[role_other(sender)] = segment->dst;
    if (endpoint_equal(&segment->src, &segment->dst))
        c->flags |= CONNECTION_SELF;
    else if (by == CLIENT_BY_FIRST_SYN)
        c->ends[ROLE_SERVER].state = STATE_LISTEN;
    else if (by == CLIENT_BY_SYN_ACK)
        connection_expect_syn_ack(c, segment);
    table_insert(&t->table, c);
    queue_append(t, table_index(&t->table, c), QUEUE_OPENING);
    return c;
}

static enum role
role_of(const struct connection *c, const struct endpoint *src)
{
    return endpoint_equal(&c->endpoints[ROLE_CLIENT], src) ? ROLE_CLIENT
                                                           : ROLE_SERVER;
}

/* ---- A SYN with another number ------------------------------------------ */

/* The SYN may begin a new connection between endpoints that have one. */
static inline bool
is_another_syn(const struct connection *c, const struct segment *segment)
{
    const struct end *end = &c->ends[role_of(c, &segment->src)];
    if (is_syn_ack(segment) && connection_is_over(c))
        return end_knows(end, END_ISS_KNOWN) && end->iss != segment->seq;
    if (!is_syn(segment))
        return false;
    if (end_knows(end, END_ISS_KNOWN))
        return end->iss != segment->seq;
    // A first SYN of the other side crosses the client's, while that waits.
    return !connection_is_opening(c) || connection_is_over(c);
}

static void
challenge_note(struct tracker *t, struct connection *c,
               const struct segment *segment, int64_t time_ns)
{
    if (!t->challenges)
        t->challenges = calloc(CHALLENGES, sizeof *t->challenges);
    if (!t->challenges)
        return;
    struct challenge *challenge =
        &t->challenges[t->challenge_next++ % CHALLENGES];
    challenge->syn = *segment;
    challenge->time_ns = time_ns;
    challenge->connection = c->number;
    memcpy(challenge->options, segment->options, segment->options_bytes);
    c->flags |= CONNECTION_CHALLENGED;
}

/* The challenge that `segment`, a SYN-ACK, answers; NULL if none. */
static struct challenge *
challenge_answered(struct tracker *t, const struct connection *c,
                   const struct segment *segment)
{
    if (!connection_has(c, CONNECTION_CHALLENGED) || !is_syn_ack(segment))
        return NULL;
    for (int i = 0; i < CHALLENGES; i++) {
        struct challenge *challenge = &t->challenges[i];
        if (challenge->connection == c->number &&
            segment_end(&challenge->syn) == segment->ack &&
            endpoint_equal(&challenge->syn.dst, &segment->src))
            return challenge;
    }
    return NULL;
}

/* An old SYN came again, and was answered: `c`, which begins with the answer,
 * was opened by it. */
static void
connection_opened_by_old_syn(struct connection *c)
{
    c->ends[ROLE_CLIENT].flags |= END_SYN_SENT;
    c->client_by = CLIENT_BY_FIRST_SYN;
}

/* Forget the old connection; `segment` begins another one between the same
 * endpoints. */
static struct connection *
connection_renew(struct tracker *t, struct connection *c,
                 const struct segment *segment, int64_t time_ns)
{
    const struct end *client = &c->ends[ROLE_CLIENT];
    bool answers_old_syn = is_syn_ack(segment) &&
                           end_knows(client, END_SYN_SENT) &&
                           segment->ack == client->iss + 1;
    connection_let_go(t, c, LET_GO_REUSED);
    c = connection_begin(t, segment, time_ns);
    c->flags |= CONNECTION_PORT_REUSED;
    if (answers_old_syn)
        connection_opened_by_old_syn(c);
    return c;
}

/* The old connection did not get this SYN after all. */
static void
challenge_take_back(struct connection *c, const struct challenge *challenge)
{
    struct end *end = &c->ends[role_of(c, &challenge->syn.src)];
    end->segments--;
    end->bytes -= challenge->syn.data_length;
}

/* A challenge was answered: its SYN, and every copy of it, begin a new
 * connection. */
static struct connection *
connection_from_challenge(struct tracker *t, struct connection *c,
                          const struct challenge *answered)
{
    uint32_t number = c->number, iss = answered->syn.seq;
    struct challenge copies[CHALLENGES];
    int count = 0;
    for (uint32_t i = 0; i < CHALLENGES; i++) {
        struct challenge *challenge =
            &t->challenges[(t->challenge_next + i) % CHALLENGES];
        if (challenge->connection != number || challenge->syn.seq != iss)
            continue;
        challenge_take_back(c, challenge);
        challenge->connection = 0;
        copies[count++] = *challenge;
    }
    for (int i = 0; i < count; i++) {
        struct segment *syn = &copies[i].syn;
        syn->options = copies[i].options;
        if (i == 0)
            c = connection_renew(t, c, syn, copies[i].time_ns);
        connection_segment(c, role_of(c, &syn->src), copies[i].time_ns, syn);
    }
    return c;
}

/* ---- One segment -------------------------------------------------------- */

static void
note_listening_port(struct tracker *t, const struct segment *segment)
{
    uint16_t port = segment->src.port;
    if (is_syn_ack(segment))
        t->listening[port / 8] |= (uint8_t)(1u << (port % 8));
}

/* The connection, let go, between the ends of a segment; NULL if none. */
static struct tombstone *
tombstone_find(const struct tracker *t, const struct segment *segment,
               uint64_t hash, enum role *from)
{
    if (!t->tombstones)
        return NULL;
    struct tombstone *tombstone = &t->tombstones[hash % TRACKER_TOMBSTONES];
    for (int role = 0; role < ROLES; role++) {
        if (!endpoint_equal(&tombstone->endpoints[role], &segment->src) ||
            !endpoint_equal(&tombstone->endpoints[!role], &segment->dst))
            continue;
        *from = (enum role)role;
        return tombstone->number ? tombstone : NULL;
    }
    return NULL;
}

/* Is it the SYN of that connection, which comes once more? */
static bool
is_old_syn(const struct tombstone *tombstone, enum role from,
           const struct segment *segment, int64_t time_ns)
{
    return is_syn(segment) && from == ROLE_CLIENT && tombstone->ended_ns &&
           tombstone->iss == segment->seq &&
           time_ns - tombstone->ended_ns <= MSL_S * second_ns;
}

/* The number of the connection, let go, that a segment belongs to, or 0. */
static uint32_t
late_for(const struct tracker *t, const struct segment *segment,
         int64_t time_ns, enum role *from)
{
    struct tombstone *tombstone =
        tombstone_find(t, segment, segment->pair_hash, from);
    if (!tombstone || is_syn_ack(segment))
        return 0;
    if (!is_syn(segment))
        return tombstone->number;
    if (!is_old_syn(tombstone, *from, segment, time_ns))
        return 0;
    tombstone->syn_again = true;
    return tombstone->number;
}

/* Does a SYN-ACK answer the SYN of a connection that was let go? */
static bool
answers_old_syn(const struct tracker *t, const struct segment *segment)
{
    enum role from;
    const struct tombstone *tombstone =
        is_syn_ack(segment)
            ? tombstone_find(t, segment, segment->pair_hash, &from)
            : NULL;
    return tombstone && tombstone->syn_again && from == ROLE_SERVER &&
           segment->ack == tombstone->iss + 1;
}

/* A segment of a connection that is known: the same one, or a new one? */
static struct connection *
connection_same_or_new(struct tracker *t, struct connection *c,
                       const struct segment *segment, int64_t time_ns,
                       uint32_t *is)
{
    struct challenge *challenge = challenge_answered(t, c, segment);
    if (challenge)
        return connection_from_challenge(t, c, challenge);
    enum role from = role_of(c, &segment->src);
    if (connection_opens_again(c, from, segment)) {
        connection_open_again(c);
        return c;
    }
    if (!is_another_syn(c, segment))
        return c;
    if (connection_is_over(c) || connection_opening(c) == OPENING_UNANSWERED) {
        *is |= IS_PORT_REUSED;
        return connection_renew(t, c, segment, time_ns);
    }
    *is |= IS_CHALLENGE;
    challenge_note(t, c, segment, time_ns);
    return c;
}

/* A challenge changes nothing but the count of what its sender sent. */
static struct observation
observe_challenge(struct connection *c, const struct segment *segment)
{
    struct observation seen = { .is = IS_SYN,
                                .from = role_of(c, &segment->src) };
    struct end *end = &c->ends[seen.from];
    end->segments++;
    end->bytes += segment->data_length;
    for (int role = 0; role < ROLES; role++)
        seen.before[role] = seen.after[role] = c->ends[role].state;
    return seen;
}

/* A segment that is seen for the first time: at its one place of capture, or
 * `only_leaves`. */
static const struct connection *
take(struct tracker *t, int64_t time_ns, const struct segment *segment,
     struct observation *seen, uint32_t *late, bool only_leaves)
{
    uint32_t is = 0;
    struct connection *c =
        table_find(&t->table, &segment->src, &segment->dst, segment->pair_hash);
    uint64_t number_before = t->numbers;
    note_listening_port(t, segment);
    if (c) {
        c = connection_same_or_new(t, c, segment, time_ns, &is);
    } else {
        bool again = answers_old_syn(t, segment);
        *seen = (struct observation){ .is = IS_LATE };
        *late = late_for(t, segment, time_ns, &seen->from);
        if (*late)
            return NULL;
        c = connection_begin(t, segment, time_ns);
        if (again)
            connection_opened_by_old_syn(c);
    }
    int64_t before_ns = c->last_ns;
    enum role from = role_of(c, &segment->src);
    if (is & IS_CHALLENGE)
        *seen = observe_challenge(c, segment);
    else if (only_leaves)
        *seen = connection_sent(c, from, time_ns, segment);
    else
        *seen = connection_segment(c, from, time_ns, segment);
    seen->is |= is;
    seen->begins = t->numbers != number_before;
    queue_update(t, c, before_ns);
    return c;
}

const struct connection *
tracker_segment(struct tracker *t, int64_t time_ns,
                const struct segment *segment, struct observation *seen,
                uint32_t *late)
{
    return take(t, time_ns, segment, seen, late, false);
}

const struct connection *
tracker_sent(struct tracker *t, int64_t time_ns, const struct segment *segment,
             struct observation *seen, uint32_t *late)
{
    return take(t, time_ns, segment, seen, late, true);
}

/* ---- What left arrives -------------------------------------------------- */

/* The SYN of a challenge that was answered belongs to what it began. */
static bool
is_own_syn(const struct connection *c, const struct segment *segment)
{
    const struct end *end = &c->ends[role_of(c, &segment->src)];
    return is_syn(segment) && end_knows(end, END_ISS_KNOWN) &&
           end->iss == segment->seq;
}

static struct connection *
find_departed(const struct tracker *t, const struct departure *left,
              struct observation *seen)
{
    const struct segment *segment = left->segment;
    struct connection *c =
        table_find(&t->table, &segment->src, &segment->dst, segment->pair_hash);
    *seen = (struct observation){ .is = IS_LATE };
    if (!c || (c->number != left->connection && !is_own_syn(c, segment)))
        return NULL;
    *seen = (struct observation){ .from = role_of(c, &segment->src) };
    for (int role = 0; role < ROLES; role++)
        seen->before[role] = seen->after[role] = c->ends[role].state;
    return c;
}

bool
tracker_answers_unseen(const struct tracker *t, const struct segment *segment)
{
    const struct connection *c =
        table_find(&t->table, &segment->src, &segment->dst, segment->pair_hash);
    if (!c || !(segment->flags & SEG_ACK))
        return false;
    const struct end *end = &c->ends[role_of(c, &segment->src)];
    const struct end *peer = &c->ends[role_other(role_of(c, &segment->src))];
    return end_knows(peer, END_SENT) && (!end_knows(end, END_RECEIVED) ||
                                         seq_after(segment->ack, end->rcv.nxt));
}

const struct connection *
tracker_of(const struct tracker *t, const struct departure *left,
           struct observation *seen)
{
    return find_departed(t, left, seen);
}

const struct connection *
tracker_lost(struct tracker *t, const struct departure *left,
             struct observation *seen)
{
    struct connection *c = find_departed(t, left, seen);
    if (c)
        c->ends[seen->from].lost++;
    return c;
}

const struct connection *
tracker_arrived(struct tracker *t, int64_t time_ns,
                const struct departure *left, struct observation *seen)
{
    struct connection *c = find_departed(t, left, seen);
    if (!c) {
        late_for(t, left->segment, time_ns, &seen->from);
        return NULL;
    }
    int64_t before_ns = c->last_ns;
    if (is_another_syn(c, left->segment))
        seen->is = IS_CHALLENGE;
    else
        *seen = connection_arrived(c, seen->from, time_ns, left->left_ns,
                                   left->segment);
    queue_update(t, c, before_ns);
    return c;
}

void
tracker_fetch_slot(const struct tracker *t, const struct segment *segment)
{
    table_fetch_slot(&t->table, segment->pair_hash);
}

void
tracker_fetch_record(const struct tracker *t, const struct segment *segment)
{
    table_fetch_record(&t->table, segment->pair_hash);
}

const struct connection *
tracker_find(const struct tracker *t, const struct endpoint *src,
             const struct endpoint *dst, enum role *from)
{
    uint64_t hash = endpoint_pair_hash(src, dst);
    const struct connection *c = table_find(&t->table, src, dst, hash);
    if (c)
        *from = role_of(c, src);
    return c;
}

/* ---- The end ------------------------------------------------------------ */

static int
by_number(const void *a, const void *b, void *context)
{
    const struct connection *connections = context;
    uint32_t x = connections[*(const uint32_t *)a].number;
    uint32_t y = connections[*(const uint32_t *)b].number;
    return (x > y) - (x < y);
}

/* Without memory to sort them, they go by queue. */
static void
let_go_by_queue(struct tracker *t)
{
    for (int name = 0; name < QUEUES; name++)
        while (t->queues[name].head != TABLE_NONE)
            connection_let_go(t, &t->table.records[t->queues[name].head],
                              LET_GO_END);
}

void
tracker_finish(struct tracker *t)
{
    struct connection *records = t->table.records;
    uint32_t n = 0, count = t->table.count;
    uint32_t *left = calloc((size_t)count + 1, sizeof *left);
    if (!left) {
        let_go_by_queue(t);
        return;
    }
    for (uint32_t i = 0; i < t->table.used; i++)
        if (records[i].number != 0)
            left[n++] = i;
    qsort_r(left, n, sizeof *left, by_number, records);
    for (uint32_t i = 0; i < n; i++)
        connection_let_go(t, &records[left[i]], LET_GO_END);
    free(left);
}

void
tracker_restart(struct tracker *t)
{
    t->now_ns = 0;
    memset(t->listening, 0, sizeof t->listening);
    free(t->tombstones);
    t->tombstones = NULL;
    free(t->challenges);
    t->challenges = NULL;
}

struct tracker_counts
tracker_counts(const struct tracker *t)
{
    return (struct tracker_counts){ .connections = t->numbers,
                                    .now = t->table.count,
                                    .evicted = t->evicted };
}
