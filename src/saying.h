/*
 * saying: what an instructor says at the questions of step mode, from a file.
 *
 *     # lesson.txt: when: what | what must be so
 *     client connect: Nothing has left the computer yet.
 *     client > server SYN: One segment is in the air. | client > server SYN seq A
 *     #5: This is the fifth question.
 *
 * When a question is about such a call (`connect`, `client connect`) or such a
 * segment (`SYN`, `client < server SYN-ACK`), or is the fifth, the sentence
 * stands above it. Sentences are said in the order of the file, each once. What
 * stands behind a bar is a line of an expected timeline (expectation.h) and is
 * held against the run, anything else being free: so a lesson says nothing that
 * is not so. Several sentences may claim something about one segment, or one
 * call; `connection 2:` behind a bar says what the claims below are about.
 */
#ifndef TCPLAB_SAYING_H
#define TCPLAB_SAYING_H

#include "follow.h"

struct saying;

/* Read the file `path`. NULL when it was told on standard error what is wrong
 * with it; then *status is the exit status that says so. */
struct saying *saying_read(const char *path, int *status);
void saying_free(struct saying *saying);

/* Hear what happens, beside whoever listens to `follow` already. False: it was
 * told what is wrong with a claim. */
bool saying_listen(struct saying *saying, struct follow *follow);

/* Where the server is, for the names in the lines. */
void saying_server(struct saying *saying, const char *address, uint16_t port);

/* A question comes: say what there is to say, on standard error. */
void saying_say(struct saying *saying, const struct entry *prompt);

/* Somebody lets everything go, or ends the run: what was not said is left out. */
void saying_let_go(struct saying *saying);

/* At the end: was all said, and is it so? False: it was told what is not. */
bool saying_held(const struct saying *saying);

#endif
