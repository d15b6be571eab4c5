/*
 * meeting: the director's part that lets calls of several programs begin at the
 * same time. Each program that comes to the call waits for the others there.
 *
 * Two segments cross on the wire only when neither has arrived before the other
 * leaves; programs that are started together are not that close.
 */
#ifndef TCPLAB_MEETING_H
#define TCPLAB_MEETING_H

#include "director.h"

/* A thread is to make its call. It does; or it waits, where the plan says that
 * programs meet, until all have come. */
void meeting_call(struct director *director, struct thread *thread);

/* It is no more at that call. */
void meeting_forget(struct director *director, const struct thread *thread);

/* A program is over: whoever waits for it need not any more. */
void meeting_go_on(struct director *director);

#endif
