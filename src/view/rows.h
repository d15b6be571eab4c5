/*
 * rows: the last rows of a timeline, kept until nothing that comes next can
 * change them.
 *
 * A call's row is completed by its return, a derived state is confirmed by the
 * kernel a moment later. A row more than 50 ms older than the next event stays
 * as it is: by the events' own times, so that a replay shows the same.
 */
#ifndef TCPLAB_ROWS_H
#define TCPLAB_ROWS_H

#include "../text/output.h"

enum {
    ROW_COLUMNS = 160, // the widest
    ROW_LEFT = 10,     // where clients' calls and states stand
    ROW_RIGHT = 40,    // where servers' calls stand, if they are short
    ROWS_KEPT = 64,
};

enum side {
    SIDE_LEFT,  // clients
    SIDE_RIGHT, // servers
    SIDES,
};

struct row {
    char text[ROW_COLUMNS + 1];
    bool has_time;
    int64_t time_ns;     // since the start
    uint64_t call;       // the event of the call that this row shows; 0: none
    bool is_return;      // one call's return, alone
    enum side side;      // of that call
    unsigned sides;      // whom it is about alone: 1 << side; 0: both
    uint64_t number;     // of all rows, from 1
    int star[SIDES];     // where the mark of a derived state stands; 0: none
    int supposed[SIDES]; // where a state stands that is taken away unless it is
                         // proved while the row is kept; 0: none
    uint32_t connection; // whose states they are
};

struct rows {
    struct output *output;
    struct row rows[ROWS_KEPT];
    int count;
    uint64_t number; // of the newest row
    int64_t last_ns; // of the newest event
    int columns;     // how wide a row is: 80 to ROW_COLUMNS
    bool had_star;   // a state was shown as derived
};

/* Rows as wide as `output`, which they are written to. */
void rows_init(struct rows *rows, struct output *output);

/* The next event's time: older rows become final. */
void rows_clock(struct rows *rows, int64_t time_ns);

/* Was it quiet for so long that older rows would, and not so long that a state
 * asked for at rest is no more about them? A busy machine asks late. */
bool rows_may_rest(const struct rows *rows, int64_t time_ns);

/* All rows become final, and are written. */
void rows_flush(struct rows *rows);

/* A new row, empty; with a time, since the start. */
struct row *rows_add(struct rows *rows);
struct row *rows_add_timed(struct rows *rows, int64_t time_ns);

/* The newest row; NULL: none is kept. */
struct row *rows_last(struct rows *rows);

/* The row with this number; NULL when it is kept no more. */
struct row *rows_find(struct rows *rows, uint64_t number);

/* Words at a column of `row`; what does not fit ends in dots. */
void rows_put(const struct rows *rows, struct row *row, int column,
              const char *words, size_t bytes);

/* Words of a call, in place of all others: the right side begins as far right as
 * they leave it. */
void rows_put_side(const struct rows *rows, struct row *row, enum side side,
                   const char *words, size_t bytes);

/*
 * Add the return of a call to `row`, which shows the other program's: there is
 * no order between them, so they stand in one row without a time. False: there
 * is no room.
 */
bool rows_join(const struct rows *rows, struct row *row, enum side side,
               const char *words, size_t bytes);

#endif
