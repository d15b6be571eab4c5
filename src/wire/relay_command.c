/* relay_command: what a wire is told while it relays. */
#include <stdlib.h>
#include <string.h>

#include "../text/text.h"
#include "relay.h"

/* The answer, and what it is about. */
static bool
no(char *answer, size_t size, const char *reason, const char *about)
{
    char safe[120];
    struct text word = text_over(safe, sizeof safe - 1);
    text_safe(&word, about, strlen(about));
    *word.next = '\0';
    struct text text = text_over(answer, size - 1);
    text_format(&text, reason, safe);
    *text.next = '\0';
    return false;
}

typedef bool command_fn(struct relay *r, const char *rest, char *answer,
                        size_t size);

/* ---- A frame -------------------------------------------------------------- */

/* The frame that `word` names; NULL, and the answer. */
static struct flying *
named(struct relay *r, const char *word, char *answer, size_t size)
{
    char *end;
    uint64_t id = strtoull(word, &end, 10);
    bool is_number = *word >= '0' && *word <= '9' && *end == '\0';
    struct flying *flying = is_number ? transit_find(r->transit, id) : NULL;
    if (!is_number)
        no(answer, size, "\"%s\" is not the number of a frame.", word);
    else if (!flying)
        no(answer, size, "Frame %s is not on the way.", word);
    return flying;
}

static void
deliver_by_hand(struct relay *r, struct flying *flying)
{
    strcpy(flying->why, "by hand");
    relay_deliver(r, flying);
}

static bool
deliver(struct relay *r, const char *rest, char *answer, size_t size)
{
    struct flying *flying;
    if (!strcmp(rest, "all")) {
        while ((flying = transit_oldest_held(r->transit)))
            deliver_by_hand(r, flying);
        return true;
    }
    flying = named(r, rest, answer, size);
    if (flying)
        deliver_by_hand(r, flying);
    return flying;
}

static bool
drop(struct relay *r, const char *rest, char *answer, size_t size)
{
    struct flying *flying = named(r, rest, answer, size);
    if (flying)
        relay_lose(r, flying, "by hand");
    return flying;
}

static bool
make_double(struct relay *r, const char *rest, char *answer, size_t size)
{
    struct flying *flying = named(r, rest, answer, size);
    if (!flying)
        return false;
    if (!flying->doubled)
        relay_tell(r, flying->id, FATE_DOUBLED, "by hand");
    flying->doubled = true;
    deliver_by_hand(r, flying);
    return true;
}

static bool
pass(struct relay *r, const char *rest, char *answer, size_t size)
{
    struct flying *flying = named(r, rest, answer, size);
    if (!flying)
        return false;
    transit_leave(r->transit, flying);
    flying->stage = TRANSIT_OVERTAKEN;
    flying->overtaken = 1;
    strcpy(flying->why, "by hand");
    transit_enter(r->transit, flying);
    return true;
}

/* ---- All of them ---------------------------------------------------------- */

static bool
hold(struct relay *r, const char *rest, char *answer, size_t size)
{
    bool on = !strcmp(rest, "on");
    if (!on && strcmp(rest, "off"))
        return no(answer, size, "\"%s\" is neither on nor off.", rest);
    r->holding = on;
    return true;
}

/* Nothing is held but what rules hold, until a segment fits: it is, and all that
 * come after it. */
static bool
until(struct relay *r, const char *rest, char *answer, size_t size)
{
    struct expectation_error error;
    if (policy_await(r->policy, rest, &error)) {
        r->holding = false;
        return true;
    }
    policy_error_text(&error, answer, size);
    return false;
}

static bool
policy(struct relay *r, const char *rest, char *answer, size_t size)
{
    struct expectation_error error;
    if (policy_add(r->policy, rest, &error))
        return true;
    policy_error_text(&error, answer, size);
    return false;
}

/* Held, or to be overtaken, is not coming. */
static bool
coming(struct relay *r, const char *rest, char *answer, size_t size)
{
    if (*rest)
        return no(answer, size, "\"%s\" cannot stand behind coming.", rest);
    return transit_next(r->transit) ||
           no(answer, size, "No frame is coming.", rest);
}

static bool
quit(struct relay *r, const char *rest, char *answer, size_t size)
{
    if (*rest)
        return no(answer, size, "\"%s\" cannot stand behind quit.", rest);
    r->over = true;
    return true;
}

static const struct {
    const char *name;
    command_fn *does;
} commands[] = {
    { "deliver", deliver }, { "drop", drop },     { "double", make_double },
    { "pass", pass },       { "hold", hold },     { "until", until },
    { "policy", policy },   { "coming", coming }, { "quit", quit },
};

bool
relay_command(struct relay *r, const char *command, char *answer, size_t size)
{
    size_t length = strcspn(command, " ");
    const char *rest = command + length;
    while (*rest == ' ')
        rest++;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strlen(commands[i].name) == length &&
            !memcmp(commands[i].name, command, length))
            return commands[i].does(r, rest, answer, size);
    return no(answer, size,
              "\"%s\" is none of deliver, drop, double, pass, hold, until, "
              "policy, coming and quit.",
              command);
}
