/*
 * match_name: which connection, which number.
 *
 * The first block about two programs is their first connection, the next one
 * their second. A name of a number is worth what most mentions of it agree on:
 * each pair of a mention and a segment of the same kind votes for one value.
 */
#include "match.h"

#include <stdlib.h>

/* ---- Groups ------------------------------------------------------------- */

static bool
is_pair(const struct span ends[2], struct span one, struct span two)
{
    return (span_equal(ends[0], one) && span_equal(ends[1], two)) ||
           (span_equal(ends[0], two) && span_equal(ends[1], one));
}

static int
find_group(const struct match *match, const struct line *line)
{
    bool flow = match_is_of_flow(match, line);
    for (size_t i = 0; i < match->group_count; i++)
        if (match->groups[i].block == line->block &&
            match->groups[i].is_flow == flow &&
            is_pair(match->groups[i].ends, line->who, line->peer))
            return (int)i;
    return FACT_NONE;
}

/* The group of a call or state: its program's connection in the same block. */
static int
find_group_of(const struct match *match, const struct line *line)
{
    for (size_t i = 0; i < match->group_count; i++)
        if (match->groups[i].block == line->block &&
            (span_equal(match->groups[i].ends[0], line->who) ||
             span_equal(match->groups[i].ends[1], line->who)))
            return (int)i;
    return FACT_NONE;
}

static int
name_index(struct match *match, int group, const struct wanted *wanted)
{
    if (wanted->how != WANTED_NAMED)
        return FACT_NONE;
    for (size_t i = 0; i < match->name_count; i++)
        if (match->names[i].group == (size_t)group &&
            span_equal(match->names[i].name, wanted->name))
            return (int)i;
    match->names[match->name_count++] =
        (struct name){ .group = (size_t)group, .name = wanted->name };
    return (int)match->name_count - 1;
}

static void
place_segment(struct match *match, const struct line *line, struct place *place)
{
    place->group = find_group(match, line);
    if (place->group == FACT_NONE) {
        place->group = (int)match->group_count;
        match->groups[match->group_count++] =
            (struct group){ .block = line->block,
                            .is_flow = match_is_of_flow(match, line),
                            .ends = { line->who, line->peer } };
    }
    place->seq = name_index(match, place->group, &line->seq);
    place->ack = name_index(match, place->group, &line->ack);
}

/* Is this one of the group's programs' connections, and which way round? */
static bool
fits_connection(const struct group *group, const struct fact_connection *c,
                enum role *role)
{
    if (group->is_flow != (c->number > FACT_FLOWS))
        return false;
    for (int i = 0; i < ROLES; i++) {
        *role = (enum role)i;
        if (span_equal(group->ends[0], facts_end(c, *role)) &&
            span_equal(group->ends[1], facts_end(c, role_other(*role))))
            return true;
    }
    return false;
}

/* How many groups with a lower block, or above, have the same programs? */
static size_t
rank(const struct match *match, const struct group *group)
{
    size_t above = 0;
    for (size_t i = 0; i < match->group_count; i++) {
        const struct group *other = &match->groups[i];
        above += other->block < group->block &&
                 other->is_flow == group->is_flow &&
                 is_pair(other->ends, group->ends[0], group->ends[1]);
    }
    return above;
}

static void
find_connection(const struct match *match, struct group *group)
{
    const struct facts *facts = match->facts;
    size_t above = rank(match, group);
    for (size_t i = 0; i < facts->connection_count; i++) {
        enum role role;
        if (!fits_connection(group, &facts->connections[i], &role))
            continue;
        if (above-- > 0)
            continue;
        group->connection = facts->connections[i].number;
        group->role = role;
        return;
    }
}

static bool
any_program_is_known(const struct facts *facts)
{
    for (size_t i = 0; i < facts->connection_count; i++)
        if (facts->connections[i].who[ROLE_CLIENT].bytes ||
            facts->connections[i].who[ROLE_SERVER].bytes)
            return true;
    return false;
}

/* No program is known: the groups are the connections in their order. */
static void
take_connection(const struct match *match, size_t index)
{
    struct group *group = &match->groups[index];
    if (index >= match->facts->connection_count)
        return;
    group->connection = match->facts->connections[index].number;
    group->role =
        group->ends[0].bytes >= 6 && !memcmp(group->ends[0].at, "server", 6)
            ? ROLE_SERVER
            : ROLE_CLIENT;
}

bool
match_find_groups(struct match *match)
{
    size_t lines = match->notation->count;
    match->places = calloc(lines + 1, sizeof *match->places);
    match->groups = calloc(lines + 1, sizeof *match->groups);
    match->names = calloc(2 * lines + 1, sizeof *match->names);
    if (!match->places || !match->groups || !match->names)
        return false;
    for (size_t i = 0; i < lines; i++) {
        match->places[i] = (struct place){ FACT_NONE, FACT_NONE, FACT_NONE };
        if (match->notation->lines[i].kind == LINE_SEGMENT)
            place_segment(match, &match->notation->lines[i], &match->places[i]);
    }
    for (size_t i = 0; i < lines; i++)
        if (match->notation->lines[i].kind == LINE_STATE ||
            match->notation->lines[i].kind == LINE_CALL)
            match->places[i].group =
                find_group_of(match, &match->notation->lines[i]);
    bool known = any_program_is_known(match->facts);
    for (size_t i = 0; i < match->group_count; i++)
        if (known || match->group_count < 2 || match->groups[i].is_flow)
            find_connection(match, &match->groups[i]);
        else
            take_connection(match, i);
    return true;
}

enum role
match_sender(const struct match *match, size_t line)
{
    const struct group *group = &match->groups[match->places[line].group];
    bool first = span_equal(match->notation->lines[line].who, group->ends[0]);
    return first ? group->role : role_other(group->role);
}

bool
match_is_in_lane(const struct match *match, size_t line,
                 const struct fact *fact)
{
    const struct group *group = &match->groups[match->places[line].group];
    bool crosses = fact->kind == FACT_SEGMENT || fact->kind == FACT_DATAGRAM;
    return crosses && group->connection &&
           fact->connection == group->connection &&
           fact->role == match_sender(match, line);
}

/* ---- Votes -------------------------------------------------------------- */

struct vote {
    uint32_t value;
    uint32_t mention; // 0: the tracker's; else the mention's number
};

struct ballot {
    struct vote *votes;
    size_t count, room;
    bool failed;
};

static void
cast(struct ballot *ballot, uint32_t value, uint32_t mention)
{
    if (ballot->count == ballot->room) {
        size_t room = ballot->room ? 2 * ballot->room : 256;
        struct vote *votes = realloc(ballot->votes, room * sizeof *votes);
        if (!votes) {
            ballot->failed = true;
            return;
        }
        ballot->votes = votes;
        ballot->room = room;
    }
    ballot->votes[ballot->count++] = (struct vote){ value, mention };
}

static int
by_value(const void *a, const void *b)
{
    const struct vote *one = a, *two = b;
    if (one->value != two->value)
        return one->value < two->value ? -1 : 1;
    return (one->mention > two->mention) - (one->mention < two->mention);
}

/* A mention votes with every segment of its kind, once for each value. */
static void
vote_of_line(struct match *match, struct ballot *ballot, size_t index,
             uint32_t mention, bool ack)
{
    const struct line *line = &match->notation->lines[index];
    const struct wanted *wanted = ack ? &line->ack : &line->seq;
    for (size_t i = 0; i < match->facts->count; i++) {
        const struct fact *fact = &match->facts->items[i];
        if (!match_is_in_lane(match, index, fact) ||
            fact->kind == FACT_DATAGRAM ||
            (line->word != WORD_ANY && line->word != match_word(fact)) ||
            (ack && !(fact->segment.flags & SEG_ACK)))
            continue;
        uint32_t number = ack ? fact->segment.ack : fact->segment.seq;
        cast(ballot, number - (uint32_t)wanted->number, mention);
    }
}

/* A and B are the initial numbers, as far as the tracker knows them. */
static void
vote_of_tracker(const struct match *match, struct ballot *ballot,
                const struct name *name)
{
    const struct group *group = &match->groups[name->group];
    const struct fact_connection *c =
        facts_connection(match->facts, group->connection);
    enum role role = span_is(name->name, "B") ? ROLE_SERVER : ROLE_CLIENT;
    if ((role == ROLE_SERVER || span_is(name->name, "A")) && c &&
        c->isn_known[role])
        cast(ballot, c->isn[role], 0);
}

/* One more value with `votes`. Those with the most are kept as rivals, the one
 * that the mention highest in the text stands for in front. */
static void
count_value(struct name *name, uint32_t value, uint32_t votes, uint32_t first)
{
    if (votes < name->votes)
        return;
    if (votes > name->votes)
        name->rival_count = 0;
    bool wins = votes > name->votes || first < name->highest;
    if (name->rival_count < NAME_RIVALS)
        name->rivals[name->rival_count++] = value;
    name->votes = votes;
    if (wins) {
        name->highest = first;
        name->value = value;
    }
}

static void
count_votes(struct name *name, struct ballot *ballot)
{
    const struct vote *votes = ballot->votes;
    qsort(ballot->votes, ballot->count, sizeof *votes, by_value);
    for (size_t i = 0, next; i < ballot->count; i = next) {
        uint32_t mentions = 1;
        for (next = i + 1;
             next < ballot->count && votes[next].value == votes[i].value;
             next++)
            mentions += votes[next].mention != votes[next - 1].mention;
        count_value(name, votes[i].value, mentions, votes[i].mention);
    }
    name->known = name->votes > 1;
}

static bool
vote_for(struct match *match, size_t index)
{
    struct ballot ballot = { 0 };
    struct name *name = &match->names[index];
    uint32_t mention = 0;
    for (size_t i = 0; i < match->notation->count; i++) {
        if (match->places[i].seq == (int)index)
            vote_of_line(match, &ballot, i, ++mention, false);
        if (match->places[i].ack == (int)index)
            vote_of_line(match, &ballot, i, ++mention, true);
    }
    vote_of_tracker(match, &ballot, name);
    if (ballot.count)
        count_votes(name, &ballot);
    free(ballot.votes);
    return !ballot.failed;
}

bool
match_vote(struct match *match)
{
    for (size_t i = 0; i < match->name_count; i++)
        if (!vote_for(match, i))
            return false;
    return true;
}
