/* pair_item: a binary heap. */
#include "pair_item.h"

#include <stdlib.h>

static bool
is_before(const struct item *a, const struct item *b)
{
    if (a->time_ns != b->time_ns)
        return a->time_ns < b->time_ns;
    return a->order < b->order;
}

static void
swap(struct item *a, struct item *b)
{
    struct item was = *a;
    *a = *b;
    *b = was;
}

bool
items_add(struct items *items, const struct item *item)
{
    if (items->count == items->room) {
        uint32_t room = items->room ? items->room * 2 : 64;
        struct item *more = realloc(items->item, room * sizeof *more);
        if (!more) {
            free(item->octets);
            return false;
        }
        items->item = more;
        items->room = room;
    }
    uint32_t i = items->count++;
    items->item[i] = *item;
    items->item[i].order = items->order++;
    for (; i > 0 && is_before(&items->item[i], &items->item[(i - 1) / 2]);
         i = (i - 1) / 2)
        swap(&items->item[i], &items->item[(i - 1) / 2]);
    return true;
}

const struct item *
items_first(const struct items *items)
{
    return items->count ? &items->item[0] : NULL;
}

struct item
items_take(struct items *items)
{
    struct item first = items->item[0];
    items->item[0] = items->item[--items->count];
    for (uint32_t i = 0;;) {
        uint32_t least = i;
        for (uint32_t child = 2 * i + 1; child <= 2 * i + 2; child++)
            if (child < items->count &&
                is_before(&items->item[child], &items->item[least]))
                least = child;
        if (least == i)
            return first;
        swap(&items->item[i], &items->item[least]);
        i = least;
    }
}

void
items_clear(struct items *items)
{
    for (uint32_t i = 0; i < items->count; i++)
        free(items->item[i].octets);
    free(items->item);
    *items = (struct items){ 0 };
}
