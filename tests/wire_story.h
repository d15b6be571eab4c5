/*
 * wire_story: the golden traces of a wire. `make golden` writes them anew.
 */
#ifndef TCPLAB_TESTS_WIRE_STORY_H
#define TCPLAB_TESTS_WIRE_STORY_H

struct wire_story {
    const char *name; // of the trace, without its ending
    void (*write)(const char *path);
};

enum {
    WIRE_STORIES = 3
};

extern const struct wire_story wire_stories[WIRE_STORIES];

#endif
