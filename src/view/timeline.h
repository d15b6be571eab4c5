/*
 * timeline: calls, segments and states in three columns: what is remembered
 * from event to event, and what the parts of the drawing share.
 *
 *  time    CLIENT                                          SERVER
 *  0.000   connect(3, 127.0.0.1:7004) called
 *          SYN-SENT *   ---- SYN ----------------------->  SYN-RECEIVED *
 *                       seq A    (rel 0, abs 2000860279)   0 data bytes
 *
 * On a wire a segment leaves in one row and arrives in another, when anything
 * stands between:
 *
 *  0.000   SYN-SENT *   ---- SYN ----------------- - - -
 *  250.1                - - - SYN ---------------------->  SYN-RECEIVED *
 */
#ifndef TCPLAB_TIMELINE_H
#define TCPLAB_TIMELINE_H

#include "rows.h"
#include "view.h"

enum {
    TIMELINE_ARROW = 23, // where segments stand
    TIMELINE_ARROW_WIDTH = 31,
    TIMELINE_RIGHT_STATE = 56,
    TIMELINE_NAMES = 64,
    TIMELINE_NAME_ROOM = 24,
    TIMELINE_WORDS = 4096, // room for what a program says
    TIMELINE_CONNECTIONS = 256,
    TIMELINE_DEPARTURES = 64,
    TIMELINE_PORTS = 16,
};

/* What was shown last of an end's state, so that it is not shown twice. */
struct shown {
    uint32_t connection;
    uint8_t state[ROLES];
    uint32_t cwnd[ROLES], ssthresh[ROLES];
    uint64_t supposed[ROLES]; // the row of a state that nothing has proved yet;
                              // 0: none
};

/* A program, and how its first process ended. */
struct ending {
    char name[TIMELINE_NAME_ROOM];
    bool is_over;
    char how[96];
};

/* Where a segment was drawn that left, and may still arrive there. */
struct departure_row {
    uint64_t event;     // that it left; 0: none
    uint64_t row, last; // its arrow's row, and the last of its rows
    bool has_fate;      // one is drawn there already
};

/* A port that a program asked bind() for; 0: none. */
struct bound_port {
    uint16_t port;
    enum side side;
};

struct timeline {
    struct rows rows;
    struct shown shown[TIMELINE_CONNECTIONS]; // by connection, modulo
    struct ending endings[TIMELINE_NAMES];
    int ending_count;
    uint64_t isn_row; // the row with A
    struct departure_row departures[TIMELINE_DEPARTURES];
    uint32_t departure_next;
    bool had_flight; // a segment was shown in two rows
    struct bound_port ports[TIMELINE_PORTS];
    uint32_t port_next;
    struct endpoint flow[SIDES]; // of the datagram that was shown last
};

static inline struct rows *
rows_of(struct view *view)
{
    return &view->timeline->rows;
}

/* ---- timeline.c: who ---------------------------------------------------- */

/* The side on which a program stands. */
enum side timeline_side(struct span who);

/* The side of a connection's end: its program's, or its role's. */
enum side timeline_side_of_role(const struct event *event, enum role role);

/* "client2: " when it is not the only one on its side. */
void timeline_add_name(struct text *text, struct span who);

/* A row with the event's time. */
struct row *timeline_row(struct view *view, const struct event *event);

/* ---- timeline_state.c --------------------------------------------------- */

/*
 * The states that a segment changed, marked as derived. SYN-RECEIVED is proved
 * by the SYN-ACK, or by the kernel: a listener may drop a SYN, or not be there.
 */
void timeline_put_states(struct view *view, struct row *row,
                         const struct event *event);

/* What the kernel says. */
void timeline_state(struct view *view, const struct event *event);

/* ---- timeline_segment.c ------------------------------------------------- */

void timeline_segment(struct view *view, const struct event *event);

/* "retransmission, zero window": what `is` says beyond a segment's name. */
void timeline_add_marks(struct view *view, const struct event *event,
                        uint32_t is);

/* ---- timeline_flight.c -------------------------------------------------- */

/* "---- SYN -----------------------> ", or as far as it has come. */
void timeline_put_arrow(struct view *view, struct row *row,
                        const struct event *event);

/* The segment of `event`, whose rows begin at `row`, may still arrive there. */
void timeline_note_departure(struct view *view, const struct row *row,
                             const struct event *event);

/* What became of a frame. */
void timeline_fate(struct view *view, const struct event *event);

/* "lost (rule 1: drop)": what the wire decided about a frame, and why. */
void timeline_add_fate(struct text *text, const struct entry *entry);

/* ---- timeline_datagram.c ------------------------------------------------ */

/* A datagram, or an ICMP error about one; on a wire, that it leaves, arrives or
 * is lost.
 * False: it is about something else. */
bool timeline_datagram(struct view *view, const struct event *event);

/* A call's return: remember on which side a port is. */
void timeline_note_port(struct view *view, const struct entry *entry);

/* ---- timeline_call.c ---------------------------------------------------- */

void timeline_call(struct view *view, const struct event *event);
void timeline_return(struct view *view, const struct event *event);

#endif
