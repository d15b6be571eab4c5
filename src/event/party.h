/*
 * party: which program stands at which end of a connection.
 *
 * Learnt from what a stage tells of sockets: who listens where, who connects to
 * where, and, once the kernel has chosen a port, both endpoints.
 */
#ifndef TCPLAB_PARTY_H
#define TCPLAB_PARTY_H

#include "../../capture/entry.h"

struct parties;

/* NULL with errno. */
struct parties *parties_new(void);
void parties_free(struct parties *parties);

/* Learn from a CALL, RETURN or STATE what it tells of its socket's endpoints. */
void parties_learn(struct parties *parties, const struct entry *entry);

/*
 * The program whose socket has the endpoints `local` and `remote`; NULL: not
 * known, or not yet. With `opens`, one that listens there will not do. Lent as
 * long as `parties` lives.
 */
const char *parties_find(struct parties *parties, const struct endpoint *local,
                         const struct endpoint *remote, bool opens);

#endif
