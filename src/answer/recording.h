/* recording: a saved trace, read whole, as facts. */
#ifndef TCPLAB_RECORDING_H
#define TCPLAB_RECORDING_H

#include "../../capture/source.h"
#include "../expect/fact.h"

struct recording {
    struct facts facts; // joined
    bool is_stamped;    // a stage made it, and says of which lab
    char lab[64];       // "04-connect"; empty: of no lab
    char variant[64];   // empty: the lab itself
    bool is_whole;
    char why[SOURCE_ERROR]; // it is not: in words
};

/* Read the file `path`. False: `error` says why; then nothing needs clearing.
 */
bool recording_read(struct recording *recording, const char *path,
                    struct source_error *error);
void recording_clear(struct recording *recording);

#endif
