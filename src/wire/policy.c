/* policy: rules, a queue and a cable each way. */
#include "policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../expect/notation_word.h"
#include "../text/text.h"
#include "policy_numbers.h"

enum {
    ICMPV6_ROUTER_SOLICITATION = 133,
    ICMPV6_REDIRECT = 137,
};

/* One way of the cable. */
struct way {
    int64_t idle_ns; // when all that came so far is sent
    int64_t last_ns; // when the last of them arrives
    int64_t *starts; // when those that wait will begin to be sent: a ring
    uint32_t first, waiting;
};

struct policy {
    struct rule rules[POLICY_RULES];
    char texts[POLICY_RULES][POLICY_TEXT];
    int count;
    bool awaits;
    struct rule awaited; // its match, while it awaits one
    int64_t delay_ns, jitter_ns;
    uint64_t bits_per_second; // 0: without an end
    uint32_t queue;
    uint64_t chance; // the state of the random numbers
    struct way ways[DIRECTIONS];
    struct numbers_table numbers;
};

struct policy *
policy_new(uint64_t seed)
{
    struct policy *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->chance = seed;
    p->queue = POLICY_QUEUE;
    for (int i = 0; i < DIRECTIONS; i++)
        p->ways[i].starts = calloc(POLICY_QUEUE_MOST, sizeof(int64_t));
    if (p->ways[FROM_CLIENT].starts && p->ways[FROM_SERVER].starts)
        return p;
    policy_free(p);
    return NULL;
}

void
policy_free(struct policy *p)
{
    if (!p)
        return;
    for (int i = 0; i < DIRECTIONS; i++)
        free(p->ways[i].starts);
    free(p);
}

/* ---- What is said --------------------------------------------------------- */

static struct words
words_over(const char *text, struct expectation_error *error)
{
    struct span line = span_of(text);
    return (struct words){ .next = text,
                           .end = text + line.bytes,
                           .number = 1,
                           .line = line,
                           .error = error };
}

static bool
at_end(struct words *words, const char *right)
{
    if (!words_at_end(words))
        words_wrong(words, "\"%s\" cannot stand here.", words_peek(words),
                    right);
    return !words->wrong;
}

bool
policy_add(struct policy *p, const char *text, struct expectation_error *error)
{
    struct rule rule;
    struct words words = words_over(text, error);
    if (p->count == POLICY_RULES) {
        words_wrong(&words, "There are 64 rules already.", (struct span){ 0 },
                    "One with fewer conditions can stand for several.");
        return false;
    }
    if (strlen(text) >= POLICY_TEXT) {
        words_wrong(&words, "The rule is longer than 119 characters.",
                    (struct span){ 0 }, "Write one blank between words.");
        return false;
    }
    if (!rule_read(&rule, text, error))
        return false;
    struct text copy = text_over(p->texts[p->count], POLICY_TEXT - 1);
    text_safe(&copy, text, strlen(text));
    *copy.next = '\0';
    p->rules[p->count++] = rule;
    return true;
}

bool
policy_await(struct policy *p, const char *match,
             struct expectation_error *error)
{
    char text[POLICY_TEXT + 8];
    struct rule rule;
    struct words words = words_over(match, error);
    int n = snprintf(text, sizeof text, "%s hold", match);
    if (n >= (int)sizeof text) {
        words_wrong(&words, "The match is too long.", (struct span){ 0 },
                    "One rule has fewer than 120 characters.");
        return false;
    }
    if (!rule_read(&rule, text, error))
        return false;
    p->awaited = rule;
    p->awaits = true;
    return true;
}

bool
policy_delay(struct policy *p, const char *text,
             struct expectation_error *error)
{
    static const char right[] = "Write 100ms, or 100ms:20ms for 80 to 120 ms.";
    struct words words = words_over(text, error);
    int64_t jitter_ns = 0, delay_ns = words_time(&words);
    if (words_skip(&words, ":")) {
        struct span word = words_peek(&words);
        jitter_ns = words_time(&words);
        if (jitter_ns > delay_ns)
            words_wrong(&words, "It varies by more than there is.", word,
                        right);
    }
    if (!at_end(&words, right))
        return false;
    p->delay_ns = delay_ns;
    p->jitter_ns = jitter_ns;
    return true;
}

static const struct {
    const char *name;
    double bits;
} units[] = {
    { "bit", 1 },
    { "kbit", 1e3 },
    { "mbit", 1e6 },
    { "gbit", 1e9 },
};

bool
policy_rate(struct policy *p, const char *text, struct expectation_error *error)
{
    static const char right[] =
        "Write 64kbit, 1mbit, 1.5mbit or 1gbit: bits in a second, from 1kbit "
        "to 100gbit.";
    char *end;
    struct words words = words_over(text, error);
    struct span whole = span_of(text);
    double number = *text >= '0' && *text <= '9' ? strtod(text, &end) : 0;
    for (size_t i = 0; number > 0 && i < sizeof units / sizeof units[0]; i++) {
        double bits = number * units[i].bits;
        if (strcmp(end, units[i].name) || bits < 1e3 || bits > 1e11)
            continue;
        p->bits_per_second = (uint64_t)bits;
        return true;
    }
    words_wrong(&words, "\"%s\" is not a rate.", whole, right);
    return false;
}

bool
policy_queue(struct policy *p, const char *text,
             struct expectation_error *error)
{
    static const char right[] = "Write how many frames wait, 1 to 65536.";
    struct words words = words_over(text, error);
    struct span word = words_peek(&words);
    int64_t number;
    if (!words_number(&words, &number) || number < 1 ||
        number > POLICY_QUEUE_MOST)
        words_wrong(&words, "\"%s\" is no length of a queue.", word, right);
    if (!at_end(&words, right))
        return false;
    p->queue = (uint32_t)number;
    return true;
}

void
policy_error_text(const struct expectation_error *error, char *room,
                  size_t size)
{
    struct text text = text_over(room, size - 1);
    if (error->column)
        text_format(&text, "column %n: ", (uint64_t)error->column);
    text_format(&text, "%s %s", error->reason, error->right);
    *text.next = '\0';
}

int
policy_count(const struct policy *p)
{
    return p->count;
}

const struct rule *
policy_rule(const struct policy *p, int i)
{
    return &p->rules[i];
}

const char *
policy_rule_text(const struct policy *p, int i)
{
    return p->texts[i];
}

/* ---- Chance --------------------------------------------------------------- */

/* SplitMix64: a number of 64 bits from a counter. */
static uint64_t
next_random(struct policy *p)
{
    uint64_t z = p->chance += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static int64_t
jitter(struct policy *p)
{
    if (!p->jitter_ns)
        return 0;
    return (int64_t)(next_random(p) % (uint64_t)(2 * p->jitter_ns + 1)) -
           p->jitter_ns;
}

/* ---- Judging -------------------------------------------------------------- */

static struct rule_subject
subject_of(struct policy *p, const struct policy_frame *frame)
{
    struct rule_subject subject = { .from = frame->from,
                                    .decoded = frame->decoded };
    const struct segment *segment = &frame->decoded->segment;
    if (frame->decoded->kind != DECODED_SEGMENT)
        return subject;
    const struct numbers *numbers =
        numbers_take(&p->numbers, frame->from, segment);
    subject.has_initial = numbers->known[frame->from];
    subject.initial = numbers->initial[frame->from];
    return subject;
}

/* Does it still happen to a frame that leaves at `now_ns`? */
static bool
goes_on(const struct rule *rule, int64_t now_ns)
{
    return !rule->span_ns || !rule->acted ||
           now_ns - rule->began_ns < rule->span_ns;
}

static bool
acts(struct policy *p, const struct rule *rule, int64_t now_ns)
{
    return rule->matched >= rule->count.first &&
           rule->matched <= rule->count.last && goes_on(rule, now_ns) &&
           (rule->parts == RULE_ALWAYS ||
            next_random(p) % RULE_ALWAYS < rule->parts);
}

/* Is this the one that is awaited? Then no other is. */
static bool
is_awaited(struct policy *p, const struct rule_subject *subject)
{
    if (!p->awaits || !rule_fits(&p->awaited, subject) ||
        ++p->awaited.matched < p->awaited.count.first)
        return false;
    p->awaits = false;
    return true;
}

/* Every rule counts what fits it; the first whose turn it is has its will. */
static struct rule *
rule_for(struct policy *p, const struct rule_subject *subject, int64_t now_ns)
{
    struct rule *chosen = NULL;
    for (int i = 0; i < p->count; i++) {
        struct rule *rule = &p->rules[i];
        if (!rule_fits(rule, subject))
            continue;
        rule->matched++;
        if (acts(p, rule, now_ns) && !chosen)
            chosen = rule;
    }
    if (chosen && chosen->acted++ == 0)
        chosen->began_ns = now_ns;
    return chosen;
}

static void
apply(const struct policy *p, const struct rule *rule, struct verdict *verdict)
{
    snprintf(verdict->why, sizeof verdict->why, "rule %d: %s",
             (int)(rule - p->rules) + 1, rule_action_names[rule->action]);
    switch (rule->action) {
    case ACTION_UNREACHABLE:
        verdict->unreachable = true;
        verdict->lost = true;
        break;
    case ACTION_DROP:
        verdict->lost = true;
        break;
    case ACTION_HOLD:
        verdict->held = true;
        break;
    case ACTION_DUPLICATE:
        verdict->doubled = true;
        break;
    case ACTION_REORDER:
        verdict->overtaken = rule->overtaken;
        break;
    case ACTION_CORRUPT:
        verdict->corrupted = true;
        break;
    case ACTION_DELAY: // in policy_judge(): it is part of the way
    case ACTIONS:
        break;
    }
}

static bool
has_room(struct policy *p, struct way *way, int64_t now_ns)
{
    while (way->waiting && way->starts[way->first] <= now_ns) {
        way->first = (way->first + 1) % POLICY_QUEUE_MOST;
        way->waiting--;
    }
    return way->waiting < p->queue;
}

/* Send a frame when the cable is free. Returns when its last bit is out; -1: the
 * queue is full. */
static int64_t
send_out(struct policy *p, struct way *way, const struct policy_frame *frame)
{
    int64_t start_ns = frame->left_ns;
    if (!p->bits_per_second)
        return start_ns;
    if (way->idle_ns > start_ns) {
        if (!has_room(p, way, start_ns))
            return -1;
        start_ns = way->idle_ns;
        way->starts[(way->first + way->waiting++) % POLICY_QUEUE_MOST] =
            start_ns;
    }
    double seconds = 8.0 * frame->octets / (double)p->bits_per_second;
    way->idle_ns = start_ns + (int64_t)(seconds * 1e9);
    return way->idle_ns;
}

bool
policy_spares(const struct decoded *decoded)
{
    if (decoded->kind == DECODED_ARP)
        return true;
    return decoded->kind == DECODED_ICMP &&
           !address_is_ipv4(&decoded->icmp.src) &&
           decoded->icmp.type >= ICMPV6_ROUTER_SOLICITATION &&
           decoded->icmp.type <= ICMPV6_REDIRECT;
}

bool
policy_saw(const struct policy *p, enum direction from,
           const struct segment *segment)
{
    return numbers_sent(&p->numbers, from, segment);
}

struct verdict
policy_judge(struct policy *p, const struct policy_frame *frame)
{
    struct verdict verdict = { .due_ns = frame->left_ns + p->delay_ns };
    struct way *way = &p->ways[frame->from];
    if (policy_spares(frame->decoded))
        return verdict;
    struct rule_subject subject = subject_of(p, frame);
    const struct rule *rule = rule_for(p, &subject, frame->left_ns);
    verdict.awaited = is_awaited(p, &subject);
    if (rule)
        apply(p, rule, &verdict);
    if (verdict.lost || verdict.held)
        return verdict;
    int64_t sent_ns = send_out(p, way, frame);
    if (sent_ns < 0) {
        verdict = (struct verdict){ .lost = true,
                                    .awaited = verdict.awaited,
                                    .why = "queue full" };
        return verdict;
    }
    verdict.due_ns = sent_ns + p->delay_ns + jitter(p);
    if (verdict.due_ns < way->last_ns)
        verdict.due_ns = way->last_ns;
    way->last_ns = verdict.due_ns;
    if (rule)
        verdict.due_ns += rule->delay_ns;
    return verdict;
}
