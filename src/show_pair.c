/* show_pair: two captures, shown as one trace. */
#include "show_pair.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "pair/pair.h"
#include "save.h"
#include "text/command.h"

/* What is woven, on its way to the views. */
struct showing {
    struct follow *follow;
    struct pair *pair;
};

static bool
are_one_file(const char *a, const char *b)
{
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 &&
           one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

const char *
show_pair_conflict(const struct show_pair *show)
{
    for (int i = 0; i < PLACES; i++) {
        struct stat status;
        if (strcmp(show->files[i], "-") == 0 ||
            (stat(show->files[i], &status) == 0 && !S_ISREG(status.st_mode) &&
             !S_ISDIR(status.st_mode)))
            return "--pair reads its files more than once; save what comes "
                   "from a pipe in a file first";
        if (show->save && are_one_file(show->save, show->files[i]))
            return "-o is one of the captures; choose another name";
    }
    return NULL;
}

static int
status_of(const struct pair_account *account)
{
    int status = EXIT_YES;
    for (int i = 0; i < PLACES; i++) {
        const struct capture_extent *extent = &account->extents[i];
        if (extent->ended_by == SOURCE_END)
            continue;
        status = EXIT_NO;
        fprintf(stderr, "tcplab: %s: after packet %llu: %s\n",
                account->paths[i], (unsigned long long)extent->packets,
                extent->why);
    }
    return status;
}

/* Why there is nothing to show, as far as that can be told. */
static int
nothing_in_common(const struct pair_account *account)
{
    status_of(account);
    for (int i = 0; i < PLACES; i++)
        if (account->extents[i].packets == account->extents[i].others)
            fprintf(stderr, "tcplab: %s: no TCP segment is in it\n",
                    account->paths[i]);
    fprintf(stderr,
            "tcplab: %s and %s have no connection in common: no segment of one "
            "is in the other. They are of different times or hosts, or all was "
            "lost on the way; 'tcplab show' tells what each holds.\n",
            account->paths[PLACE_CLIENT], account->paths[PLACE_SERVER]);
    return EXIT_NO;
}

static enum source_result
next(void *context, struct packet *packet)
{
    return pair_next(((struct showing *)context)->pair, packet);
}

static void
end(void *context)
{
    struct showing *showing = context;
    events_pair(showing->follow->events, pair_account(showing->pair));
}

static int
follow_pair(struct follow *follow, struct pair *pair,
            const struct show_pair *show)
{
    const struct pair_account *account = pair_account(pair);
    struct showing showing = { follow, pair };
    struct supply supply = { next, &showing };
    follow->listener = (struct listener){ .end = end, .context = &showing };
    struct save_interfaces interfaces = {
        .names = { place_names[PLACE_CLIENT], place_names[PLACE_SERVER] },
        .link_type = account->link_type,
    };
    if (show->save && save_begin(follow, show->save, &interfaces) < 0)
        return system_refused(show->save);
    enum source_result result = follow_supply(follow, &supply);
    int status = status_of(account);
    if (result != SOURCE_END) {
        fprintf(stderr, "tcplab: there is not enough memory to go on\n");
        status = EXIT_SYSTEM;
    }
    follow->listener = (struct listener){ 0 };
    return save_end(follow, status);
}

int
show_pair(struct follow *follow, const struct show_pair *show)
{
    struct pair_options options = {
        .paths = { show->files[0], show->files[1] },
        .filter = show->filter,
        .connections = show->connections,
    };
    struct source_error error;
    const char *at;
    struct pair *pair = pair_open(&options, &error, &at);
    if (!pair)
        return opening_failed(at, &error);
    const struct pair_account *account = pair_account(pair);
    int status = account->counts->linked > 0 ? follow_pair(follow, pair, show)
                                             : nothing_in_common(account);
    pair_close(pair);
    return status;
}
