/*
 * play: a plan brought to the stage by the first way that is open, shown while
 * it goes on, saved, and told how it ended. What `run` and `trace` share.
 */
#ifndef TCPLAB_PLAY_H
#define TCPLAB_PLAY_H

#include "check.h"
#include "saying.h"
#include "stage/stage.h"

struct play {
    struct stage_plan plan; // port 0: one that is free
    int way;                // enum way; -1: each in its order
    const char *title;      // what is played, for a reader: "lab 04-connect"
    int keys;               // where step mode's keys are read from
    bool has_port;          // the plan's port was asked for
    bool has_network;       // --on was given
    bool has_wire_option;   // --delay, --rule ...
    const char *inputs[PROGRAMS_MAX]; // "client=FILE": --input, each time
    int input_count;
    struct check *check;    // what is expected; NULL: that programs end well
    bool elsewhere;         // that is about another network than the plan's:
    enum network home;      // this one
    const char *difference; // what is different here, a sentence; or NULL
    const char *save;       // path of the trace; NULL: not saved
    const char *say;        // path of what is said at questions; NULL: nothing
    struct saying *saying;  // that, while it is played
    struct follow follow;   // opened
    struct stage_result result;
};

/* Take one --input. NULL, or what is wrong with it. */
const char *play_take_input(struct play *play, const char *value);

/* Save what will be played: to play->save, or as a run called `name` in runs/.
 * Returns 0, or -1 with errno. */
int play_save(struct play *play, const char *name);

/*
 * Play. Returns an exit status; -1: no way is open here, each refusal was told
 * on standard error.
 */
int play_live(struct play *play);

/* Show the recorded trace `path` in its place. Returns an exit status. */
int play_recorded(struct play *play, const char *path);

#endif
