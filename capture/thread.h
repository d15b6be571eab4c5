/* thread: a second thread, which no signal reaches. */
#ifndef TCPLAB_THREAD_H
#define TCPLAB_THREAD_H

#include <pthread.h>

/*
 * Start `run`, which is given `context`, as pthread_create(3) does. Signals go on
 * to the threads that the program knows. Returns 0, or an error number.
 */
int thread_start(pthread_t *thread, void *(*run)(void *context), void *context);

#endif
