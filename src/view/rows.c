/* rows: columns of characters. */
#include "rows.h"

enum {
    TIME_COLUMNS = 9,
    BURST_NS = 50000000,
    REST_NS = 200000000, // for the kernel's states, which are asked for at rest
};

void
rows_init(struct rows *rows, struct output *output)
{
    int columns = output->columns;
    *rows = (struct rows){ .output = output };
    rows->columns = columns < 80            ? 80
                    : columns > ROW_COLUMNS ? ROW_COLUMNS
                                            : columns;
}

static void
write_time(struct text *t, const struct row *row)
{
    char room[32];
    struct text time = text_over(room, sizeof room);
    text_milliseconds(&time, row->time_ns);
    int length = (int)(time.next - room);
    if (length < TIME_COLUMNS)
        text_pad(t, t->next, TIME_COLUMNS - length);
    text_bytes(t, room, (size_t)length);
    text_char(t, ' ');
}

static void
write_row(struct output *output, const struct row *row)
{
    struct text t = output_line(output);
    size_t length = strlen(row->text);
    while (length > ROW_LEFT && row->text[length - 1] == ' ')
        length--;
    if (row->has_time)
        write_time(&t, row);
    size_t skipped = row->has_time ? ROW_LEFT : 0;
    text_bytes(&t, row->text + skipped, length - skipped);
    text_char(&t, '\n');
    output_commit(output, &t);
}

/* Nothing proved it. */
static void
take_away_supposed(struct row *row)
{
    for (int side = 0; side < SIDES; side++) {
        int from = row->supposed[side], to = row->star[side];
        if (!from)
            continue;
        memset(row->text + from, ' ', (size_t)(to - from + 1));
        row->supposed[side] = row->star[side] = 0;
    }
}

void
rows_flush(struct rows *rows)
{
    for (int i = 0; i < rows->count; i++) {
        struct row *row = &rows->rows[i];
        take_away_supposed(row);
        rows->had_star |= row->star[SIDE_LEFT] || row->star[SIDE_RIGHT];
        write_row(rows->output, row);
    }
    rows->count = 0;
}

void
rows_clock(struct rows *rows, int64_t time_ns)
{
    if (time_ns - rows->last_ns > BURST_NS)
        rows_flush(rows);
    rows->last_ns = time_ns;
}

bool
rows_may_rest(const struct rows *rows, int64_t time_ns)
{
    int64_t quiet_ns = time_ns - rows->last_ns;
    return quiet_ns > BURST_NS && quiet_ns <= REST_NS;
}

struct row *
rows_add(struct rows *rows)
{
    if (rows->count == ROWS_KEPT)
        rows_flush(rows);
    struct row *row = &rows->rows[rows->count++];
    *row = (struct row){ .number = ++rows->number };
    memset(row->text, ' ', (size_t)rows->columns);
    return row;
}

struct row *
rows_add_timed(struct rows *rows, int64_t time_ns)
{
    struct row *row = rows_add(rows);
    row->has_time = true;
    row->time_ns = time_ns;
    return row;
}

struct row *
rows_last(struct rows *rows)
{
    return rows->count ? &rows->rows[rows->count - 1] : NULL;
}

struct row *
rows_find(struct rows *rows, uint64_t number)
{
    uint64_t first = rows->number - (uint64_t)rows->count + 1;
    bool kept = number >= first && number <= rows->number;
    return kept && number ? &rows->rows[number - first] : NULL;
}

void
rows_put(const struct rows *rows, struct row *row, int column,
         const char *words, size_t bytes)
{
    if (column >= rows->columns - 3)
        return;
    size_t room = (size_t)(rows->columns - column);
    memcpy(row->text + column, words, bytes < room ? bytes : room);
    if (bytes > room)
        memcpy(row->text + rows->columns - 3, "...", 3);
}

void
rows_put_side(const struct rows *rows, struct row *row, enum side side,
              const char *words, size_t bytes)
{
    int column = ROW_LEFT, room = rows->columns - ROW_RIGHT;
    if (side == SIDE_RIGHT && (int)bytes <= room)
        column = ROW_RIGHT;
    else if (side == SIDE_RIGHT && (int)bytes < rows->columns - ROW_LEFT)
        column = rows->columns - (int)bytes;
    memset(row->text + ROW_LEFT, ' ', (size_t)(rows->columns - ROW_LEFT));
    rows_put(rows, row, column, words, bytes);
}

static bool
is_blank(const struct row *row, int from, int to)
{
    for (int i = from; i < to; i++)
        if (row->text[i] != ' ')
            return false;
    return true;
}

bool
rows_join(const struct rows *rows, struct row *row, enum side side,
          const char *words, size_t bytes)
{
    int from = side == SIDE_LEFT ? ROW_LEFT : ROW_RIGHT - 1;
    int to = side == SIDE_LEFT ? ROW_RIGHT : rows->columns;
    if (row->side == side || (int)bytes >= to - from ||
        !is_blank(row, from, to))
        return false;
    rows_put(rows, row, side == SIDE_LEFT ? ROW_LEFT : ROW_RIGHT, words, bytes);
    row->has_time = row->is_return = false;
    row->sides = 0;
    return true;
}
