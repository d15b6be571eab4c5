/* lab_network: from a lab's description to a wire's plan. */
#include <stdio.h>
#include <string.h>

#include "../view/view_options.h"
#include "lab.h"

enum {
    // As many as a wire takes, with a newline or the NUL behind each.
    RULES_ROOM = POLICY_RULES * POLICY_TEXT,
};

struct asking {
    const struct lab *lab;
    const struct description *description;
    const char *variant;
    struct wire_plan *wire;
};

static int
wrong(const struct asking *w, const char *what)
{
    fprintf(stderr, "tcplab: %s/lab.ini: %s\n", w->lab->path, what);
    return -1;
}

static const char *
value_of(const struct asking *w, const char *key)
{
    return description_for(w->description, w->variant, key);
}

/* What the command line gave stays. */
static int
take(const struct asking *w, const char *key, enum wire_word word,
     const char *given)
{
    const char *value = value_of(w, key);
    const char *why =
        value && !given ? wire_plan_take(w->wire, word, value) : NULL;
    return why ? wrong(w, why) : 0;
}

/* The plan borrows the words, so they stay. */
static int
take_rules(const struct asking *w)
{
    static char words[RULES_ROOM];
    char *rest;
    const char *rules = value_of(w, "rules");
    if (rules && strlen(rules) >= sizeof words)
        return wrong(w, "rules: longer than 64 rules of 119 characters: take "
                        "some away, or write one blank between words");
    strcpy(words, rules ? rules : "");
    for (char *rule = strtok_r(words, "\n", &rest); rule;
         rule = strtok_r(NULL, "\n", &rest)) {
        const char *why = wire_plan_take(w->wire, WIRE_WORD_RULE, rule);
        if (why)
            return wrong(w, why);
    }
    return 0;
}

/* What the command line gave stays, unless that was 0. */
static int
take_seed(const struct asking *w)
{
    uint32_t number;
    const char *seed = value_of(w, "seed");
    if (!seed || w->wire->seed)
        return 0;
    if (!number_take(seed, 0, UINT32_MAX, &number))
        return wrong(w, "seed: not a number from 0 to 4294967295");
    w->wire->seed = number;
    return 0;
}

enum network
lab_own_network(const struct description *description, const char *variant)
{
    const char *on = description_for(description, variant, "on");
    int i = 0;
    while (on && i < NETWORKS && strcmp(on, network_names[i]) != 0)
        i++;
    return (enum network)i;
}

int
lab_network(const struct lab *lab, const struct description *description,
            const char *variant, struct stage_plan *plan)
{
    struct asking w = { lab, description, variant, &plan->wire };
    enum network own = lab_own_network(description, variant);
    if (own == NETWORKS)
        return wrong(&w, "on is loopback, wire, nat or forward");
    if (own == ON_LOOPBACK)
        return 0;
    plan->on = own;
    plan->congestion = value_of(&w, "congestion");
    if (take_seed(&w) < 0 ||
        take(&w, "delay", WIRE_WORD_DELAY, w.wire->delay) < 0 ||
        take(&w, "rate", WIRE_WORD_RATE, w.wire->rate) < 0 ||
        take(&w, "queue", WIRE_WORD_QUEUE, w.wire->queue) < 0)
        return -1;
    return take_rules(&w);
}
