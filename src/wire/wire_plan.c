/* wire_plan: words, tried on a policy that nobody uses. */
#include "wire_plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../text/text.h"

static bool
put(struct policy *policy, enum wire_word word, const char *value,
    struct expectation_error *error)
{
    switch (word) {
    case WIRE_WORD_DELAY:
        return policy_delay(policy, value, error);
    case WIRE_WORD_RATE:
        return policy_rate(policy, value, error);
    case WIRE_WORD_QUEUE:
        return policy_queue(policy, value, error);
    case WIRE_WORD_RULE:
        break;
    }
    return policy_add(policy, value, error);
}

static void
keep(struct wire_plan *plan, enum wire_word word, const char *value)
{
    switch (word) {
    case WIRE_WORD_DELAY:
        plan->delay = value;
        break;
    case WIRE_WORD_RATE:
        plan->rate = value;
        break;
    case WIRE_WORD_QUEUE:
        plan->queue = value;
        break;
    case WIRE_WORD_RULE:
        plan->rules[plan->rule_count++] = value;
        break;
    }
}

const char *
wire_plan_take(struct wire_plan *plan, enum wire_word word, const char *value)
{
    static const char *const names[] = { "--delay", "--rate", "--queue",
                                         "--rule" };
    static char why[512];
    struct expectation_error error;
    if (word == WIRE_WORD_RULE && plan->rule_count == POLICY_RULES)
        return "--rule: more than one wire takes";
    struct policy *policy = policy_new(0);
    if (!policy)
        return strerror(errno);
    bool taken = put(policy, word, value, &error);
    policy_free(policy);
    if (taken) {
        keep(plan, word, value);
        return NULL;
    }
    int n = snprintf(why, sizeof why, "%s %s: ", names[word], value);
    if (n < (int)sizeof why)
        policy_error_text(&error, why + n, sizeof why - (size_t)n);
    return why;
}

struct policy *
wire_plan_policy(const struct wire_plan *plan)
{
    struct expectation_error error;
    struct policy *policy = policy_new(plan->seed);
    bool taken = policy;
    if (taken && plan->delay)
        taken = policy_delay(policy, plan->delay, &error);
    if (taken && plan->rate)
        taken = policy_rate(policy, plan->rate, &error);
    if (taken && plan->queue)
        taken = policy_queue(policy, plan->queue, &error);
    for (int i = 0; taken && i < plan->rule_count; i++)
        taken = policy_add(policy, plan->rules[i], &error);
    if (taken)
        return policy;
    policy_free(policy);
    errno = EINVAL;
    return NULL;
}

/* Behind those before it, with a comma. */
static void
put_part(struct text *t, const char *room, const char *name, const char *value)
{
    if (value)
        text_format(t, "%s%s %s", t->next == room ? "" : ", ", name, value);
}

void
wire_plan_text(const struct wire_plan *plan, char *room, size_t size)
{
    struct text t = text_over(room, size - 1);
    put_part(&t, room, "delay", plan->delay);
    put_part(&t, room, "rate", plan->rate);
    put_part(&t, room, "queue", plan->queue);
    for (int i = 0; i < plan->rule_count; i++)
        put_part(&t, room, "rule", plan->rules[i]);
    if (t.next == room)
        text_add(&t, "as it comes");
    *t.next = '\0';
}
