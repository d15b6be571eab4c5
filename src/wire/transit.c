/* transit: a heap of those with a time, a list of those without. */
#include "transit.h"

#include <stdlib.h>
#include <string.h>

#include "../../capture/seq.h"

struct list {
    struct flying **at;
    size_t count;
};

struct transit {
    struct list timed;   // a heap: the one that arrives next first
    struct list resting; // in no order
    size_t frames, octets;
    size_t frames_most, octets_most;
};

struct transit *
transit_new(size_t frames, size_t octets)
{
    struct transit *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->frames_most = frames;
    f->octets_most = octets;
    f->timed.at = calloc(frames, sizeof(struct flying *));
    f->resting.at = calloc(frames, sizeof(struct flying *));
    if (f->timed.at && f->resting.at)
        return f;
    transit_free(f);
    return NULL;
}

void
transit_free(struct transit *f)
{
    if (!f)
        return;
    for (struct flying *flying; (flying = transit_any(f));) {
        transit_leave(f, flying);
        transit_drop(f, flying);
    }
    free(f->timed.at);
    free(f->resting.at);
    free(f);
}

/* ---- The heap ------------------------------------------------------------- */

static bool
is_earlier(const struct flying *a, const struct flying *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->id < b->id;
}

static void
put_at(struct list *list, size_t place, struct flying *flying)
{
    list->at[place] = flying;
    flying->place = place;
}

static void
heap_rise(struct list *heap, size_t i)
{
    struct flying *flying = heap->at[i];
    for (; i > 0 && is_earlier(flying, heap->at[(i - 1) / 2]); i = (i - 1) / 2)
        put_at(heap, i, heap->at[(i - 1) / 2]);
    put_at(heap, i, flying);
}

static void
heap_sink(struct list *heap, size_t i)
{
    struct flying *flying = heap->at[i];
    for (size_t child; (child = 2 * i + 1) < heap->count; i = child) {
        if (child + 1 < heap->count &&
            is_earlier(heap->at[child + 1], heap->at[child]))
            child++;
        if (!is_earlier(heap->at[child], flying))
            break;
        put_at(heap, i, heap->at[child]);
    }
    put_at(heap, i, flying);
}

/* ---- In and out ----------------------------------------------------------- */

struct flying *
transit_copy(struct transit *f, const uint8_t *octets, uint32_t bytes)
{
    if (f->frames == f->frames_most || bytes > f->octets_most - f->octets)
        return NULL;
    struct flying *flying = malloc(sizeof *flying + bytes);
    if (!flying)
        return NULL;
    *flying = (struct flying){ .bytes = bytes };
    memcpy(flying->octets, octets, bytes);
    f->frames++;
    f->octets += bytes;
    return flying;
}

static struct list *
list_of(struct transit *f, const struct flying *flying)
{
    return flying->stage == TRANSIT_TIMED ? &f->timed : &f->resting;
}

void
transit_enter(struct transit *f, struct flying *flying)
{
    struct list *list = list_of(f, flying);
    put_at(list, list->count++, flying);
    if (list == &f->timed)
        heap_rise(list, flying->place);
}

/* The last takes its place, and moves to where it belongs. */
void
transit_leave(struct transit *f, struct flying *flying)
{
    struct list *list = list_of(f, flying);
    size_t place = flying->place;
    struct flying *last = list->at[--list->count];
    if (last == flying)
        return;
    put_at(list, place, last);
    if (list == &f->timed) {
        heap_rise(list, place);
        heap_sink(list, last->place);
    }
}

void
transit_drop(struct transit *f, struct flying *flying)
{
    f->frames--;
    f->octets -= flying->bytes;
    free(flying);
}

/* ---- Which ---------------------------------------------------------------- */

struct flying *
transit_next(const struct transit *f)
{
    return f->timed.count ? f->timed.at[0] : NULL;
}

struct flying *
transit_any(const struct transit *f)
{
    return f->resting.count ? f->resting.at[0] : transit_next(f);
}

static struct flying *
find_in(const struct list *list, uint64_t id)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->at[i]->id == id)
            return list->at[i];
    return NULL;
}

struct flying *
transit_find(const struct transit *f, uint64_t id)
{
    struct flying *flying = find_in(&f->resting, id);
    return flying ? flying : find_in(&f->timed, id);
}

/* The oldest of those at rest that `fits`. */
static struct flying *
oldest(const struct transit *f, bool (*fits)(const struct flying *))
{
    struct flying *found = NULL;
    for (size_t i = 0; i < f->resting.count; i++) {
        struct flying *flying = f->resting.at[i];
        if (fits(flying) && (!found || flying->id < found->id))
            found = flying;
    }
    return found;
}

static bool
is_held(const struct flying *flying)
{
    return flying->stage == TRANSIT_HELD;
}

static bool
is_overtaken(const struct flying *flying)
{
    return flying->stage == TRANSIT_OVERTAKEN && flying->overtaken == 0;
}

struct flying *
transit_oldest_held(const struct transit *f)
{
    return oldest(f, is_held);
}

struct flying *
transit_overtaken(const struct transit *f)
{
    return oldest(f, is_overtaken);
}

void
transit_overtake(struct transit *f, enum direction from, uint64_t id)
{
    for (size_t i = 0; i < f->resting.count; i++) {
        struct flying *flying = f->resting.at[i];
        if (flying->stage == TRANSIT_OVERTAKEN && flying->from == from &&
            flying->id < id && flying->overtaken > 0)
            flying->overtaken--;
    }
}

static bool
are_ends(const struct flying *flying, const struct endpoint *src,
         const struct endpoint *dst)
{
    return endpoint_equal(&flying->src, src) &&
           endpoint_equal(&flying->dst, dst);
}

static bool
covers(const struct flying *flying, const struct segment *segment)
{
    return flying->stage == TRANSIT_HELD && flying->has_numbers &&
           are_ends(flying, &segment->src, &segment->dst) &&
           seq_at_or_before(flying->first, segment->seq) &&
           seq_at_or_before(segment_end(segment), flying->end);
}

bool
transit_holds_connection(const struct transit *f, const struct segment *segment)
{
    for (size_t i = 0; i < f->resting.count; i++)
        if (f->resting.at[i]->stage == TRANSIT_HELD &&
            (are_ends(f->resting.at[i], &segment->src, &segment->dst) ||
             are_ends(f->resting.at[i], &segment->dst, &segment->src)))
            return true;
    return false;
}

bool
transit_holds(const struct transit *f, const struct segment *segment)
{
    for (size_t i = 0; i < f->resting.count && segment->len > 0; i++)
        if (covers(f->resting.at[i], segment))
            return true;
    return false;
}
