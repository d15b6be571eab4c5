/*
 * privilege: giving up what is no longer needed (capabilities(7)).
 */
#ifndef TCPLAB_PRIVILEGE_H
#define TCPLAB_PRIVILEGE_H

/*
 * Become the caller of sudo, if there is one, for good; as another user do
 * nothing. Returns 0, or -1 with errno.
 */
int privilege_become_caller(void);

/* A file made as root for somebody who called sudo shall be that one's. */
void privilege_give_to_caller(const char *path);

/*
 * Give up every capability, for this process and all it starts: as root too, so
 * that root's programs meet the same refusals as everybody's. Returns 0, or -1
 * with errno.
 */
int privilege_drop(void);

/* Give up all but CAP_NET_RAW, which what is started by exec keeps: it may
 * capture. Returns 0, or -1 with errno. */
int privilege_keep_capture(void);

#endif
