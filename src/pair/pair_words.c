/* pair_words: sentences. */
#include "pair_words.h"

#include <stdlib.h>
#include <string.h>

enum {
    WORDS = 2048
};

static void
add_count(struct text *t, uint64_t n, const char *one, const char *many)
{
    text_format(t, "%n %s", n, n == 1 ? one : many);
}

static void
tell(struct output *output, const char *label, struct text *t, char *words)
{
    *t->next = '\0';
    output_wrapped(output, label, words);
    *t = text_over(words, WORDS - 1);
}

/* ---- The captures -------------------------------------------------------- */

static void
tell_files(const struct pair_account *a, struct output *output)
{
    char words[WORDS];
    struct text t = text_over(words, sizeof words - 1);
    for (int i = 0; i < PLACES; i++) {
        text_escaped(&t, (const uint8_t *)a->paths[i], strlen(a->paths[i]));
        text_format(&t, " was made at the %s%s", place_names[i],
                    i == PLACE_CLIENT ? ", " : ".");
    }
    if (a->swapped)
        text_add(&t, " They were given the other way around: by the times in "
                     "them, segments would have arrived before they left.");
    if (a->counts->same_place)
        text_add(&t, " Both show the same segments at the same time, so both "
                     "were made at one place.");
    tell(output, "PAIR  ", &t, words);
}

/* ---- The clocks ---------------------------------------------------------- */

static void
add_offset(struct text *t, const struct clock_offset *o)
{
    int64_t apart = llabs(o->ns);
    if (o->is_sure && apart <= o->uncertainty_ns) {
        text_add(t, "The two clocks agree");
    } else {
        text_add(t, "The server's clock is ");
        text_milliseconds(t, apart);
        text_format(t, " ms %s the client's",
                    o->ns < 0 ? "behind" : "ahead of");
    }
    if (o->is_sure)
        text_format(t, " (+-%m ms)", o->uncertainty_ns);
    text_add(t, ", from ");
    add_count(t, o->samples[PLACE_CLIENT], "segment", "segments");
    text_format(t, " to the server and %n back", o->samples[PLACE_SERVER]);
}

static void
add_millionths(struct text *t, double ratio)
{
    uint64_t tenths = (uint64_t)(ratio * 1e7 + 0.5);
    text_format(t, "%n.%n", tenths / 10, tenths % 10);
}

static void
add_drift(struct text *t, const struct clock_offset *o)
{
    text_format(t, " It %s ", o->drift < 0 ? "loses" : "gains");
    add_millionths(t, o->drift < 0 ? -o->drift : o->drift);
    text_add(t, " us each second (+-");
    add_millionths(t, o->drift_uncertainty);
    text_add(t, "), so this holds where the client's capture begins.");
}

static void
tell_clocks(const struct pair_account *a, struct output *output)
{
    const struct clock_offset *o = &a->offset;
    char words[WORDS];
    struct text t = text_over(words, sizeof words - 1);
    if (!o->known) {
        text_format(&t,
                    "How far the clocks are apart cannot be told: both "
                    "captures show only segments to the %s. The fastest of "
                    "them is taken to have needed no time.",
                    a->counts->timed[PLACE_CLIENT] ? "server" : "client");
        tell(output, "CLOCKS  ", &t, words);
        return;
    }
    add_offset(&t, o);
    text_format(&t,
                ", if the way takes as long there as back. Two captures cannot "
                "tell whether it does: the offset may be wrong by up to %m ms, "
                "half of the shortest round trip.",
                o->most_wrong_ns);
    if (o->drifts)
        add_drift(&t, o);
    tell(output, "CLOCKS  ", &t, words);
}

/* ---- The ways ------------------------------------------------------------ */

static void
add_ways(struct text *t, const struct pair_direction *d)
{
    add_count(t, d->sent, "segment left", "segments left");
    text_format(t, ", %n arrived, ", d->arrived);
    add_count(t, d->lost, "was lost, ", "were lost, ");
    add_count(t, d->doubled, "was doubled, ", "were doubled, ");
    add_count(t, d->overtaken, "was overtaken.", "were overtaken.");
    if (d->delays.count == 0)
        return;
    text_format(t, " On the way: %m ms at least, %m at the median, %m at most.",
                d->delays.least_ns, delays_median(&d->delays),
                d->delays.most_ns);
}

/* What is not as simple as it should be. */
static void
add_oddities(struct text *t, const struct pair_direction *d)
{
    struct odd {
        uint64_t count;
        const char *one, *many, *rest;
    };
    const struct odd odds[] = {
        { d->cut, "large segment is shown", "large segments are shown",
          "in the pieces that the network card made of it." },
        { d->joined, "segment in the capture there holds",
          "segments in the capture there hold",
          "several that were put together after they arrived." },
        { d->one_sided, "more segment stands", "more segments stand",
          "in one capture only, because the other began later or ended "
          "earlier: not known, and not counted above." },
        { d->unseen, "more segment arrived", "more segments arrived",
          "and its sender's capture does not show it: missed there, or made on "
          "the way." },
        { d->behind, "segment left", "segments left",
          "after others with later numbers: a first copy was lost before its "
          "sender's capture, or missed by it." },
        { d->backward, "segment arrived", "segments arrived",
          "before it left, by these clocks, and is shown as if at once." },
        { d->twice, "segment stands", "segments stand",
          "in its sender's capture twice, and counts once." },
    };
    for (size_t i = 0; i < sizeof odds / sizeof odds[0]; i++) {
        if (odds[i].count == 0)
            continue;
        text_char(t, ' ');
        add_count(t, odds[i].count, odds[i].one, odds[i].many);
        text_format(t, " %s", odds[i].rest);
    }
    if (d->early > 0)
        text_format(t,
                    " Of the lost, %n were waited for less than two minutes, "
                    "for want of room: %m ms at least.",
                    d->early, d->early_ns);
}

static void
tell_ways(const struct pair_account *a, struct output *output)
{
    static const char *const labels[PLACES] = { "CLIENT TO SERVER  ",
                                                "SERVER TO CLIENT  " };
    char words[WORDS];
    struct text t = text_over(words, sizeof words - 1);
    for (int i = 0; i < PLACES; i++) {
        add_ways(&t, a->directions[i]);
        add_oddities(&t, a->directions[i]);
        tell(output, labels[i], &t, words);
    }
}

/* ---- What else ----------------------------------------------------------- */

static void
tell_translations(const struct pair_account *a, struct output *output)
{
    char words[WORDS], own[ENDPOINT_TEXT], seen[ENDPOINT_TEXT];
    struct text t = text_over(words, sizeof words - 1);
    struct translation translation;
    for (uint32_t i = 0; pair_links_translation(a->links, i, &translation);
         i++) {
        endpoint_to_text(&translation.own, own);
        endpoint_to_text(&translation.seen, seen);
        text_format(&t, "%s %s is seen as %s at the other end.",
                    role_names[translation.role], own, seen);
        if (translation.connections > 1)
            text_format(&t, " So are %n more connections, with other ports.",
                        (uint64_t)translation.connections - 1);
        tell(output, "NAT  ", &t, words);
    }
}

static void
tell_others(const struct pair_account *a, struct output *output)
{
    char words[WORDS];
    struct text t = text_over(words, sizeof words - 1);
    uint64_t counts[PLACES];
    for (int i = 0; i < PLACES; i++)
        counts[i] = a->others[i] + a->extents[i].others;
    if (counts[PLACE_CLIENT] + counts[PLACE_SERVER] == 0)
        return;
    text_format(&t,
                "%n packets of the client's capture and %n of the server's: of "
                "conversations that the other does not show, or not whole TCP "
                "segments.",
                counts[PLACE_CLIENT], counts[PLACE_SERVER]);
    if (a->counts->beyond > 0)
        text_format(&t, " Of %n the connections are more than --limit.",
                    a->counts->beyond);
    tell(output, "LEFT OUT  ", &t, words);
}

void
pair_tell(const struct pair_account *account, struct output *output)
{
    tell_files(account, output);
    tell_clocks(account, output);
    tell_ways(account, output);
    tell_translations(account, output);
    tell_others(account, output);
}
