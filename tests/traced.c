/* traced: programs, traced by tcplab. */
#include "traced.h"

#include "claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scratch.h"

const char *way;

int
find_way(void **state)
{
    (void)state;
    static const char *const ways[] = { "namespace", "root", "loopback",
                                        "calls" };
    for (int i = 0; i < 4 && !way; i++) {
        struct ran ran = run("timeout 10 $TCPLAB trace --way %s -o %s "
                             "--server '" PROGRAMS
                             "serial_server $TCPLAB_PORT 0' --client true",
                             ways[i], scratch_path("way.pcapng"));
        bool is_there = ran.status != 126 && ran.status != 127;
        if (ran.status == 0)
            way = ways[i];
        ran_free(&ran);
        if (!is_there)
            return -1;
    }
    return 0;
}

void
need_way(void)
{
    if (way)
        return;
    print_message("skipped: no way to trace here\n");
    skip();
}

static bool
has_namespace(void)
{
    return way && (!strcmp(way, "namespace") || !strcmp(way, "root"));
}

void
need_namespace(void)
{
    need_way();
    if (has_namespace())
        return;
    print_message("skipped: no network namespace here\n");
    skip();
}

void
need_command(const char *command)
{
    struct ran ran = run("%s", command);
    int status = ran.status;
    ran_free(&ran);
    if (status == 0)
        return;
    print_message("skipped: not possible here: %s\n", command);
    skip();
}

void
new_log(void)
{
    setenv("CALLS_LOG", scratch_path("calls"), 1);
    unlink(scratch_path("calls"));
}

struct ran
trace(const char *programs)
{
    new_log();
    return run("timeout 30 $TCPLAB trace --way %s --timeout 20 --as json -o %s "
               "%s",
               way, scratch_path("run.pcapng"), programs);
}

bool
has_flag(json_t *segment, const char *flag)
{
    json_t *flags = json_object_get(segment, "flags"), *name;
    size_t i;
    json_array_foreach(flags, i, name)
    {
        if (!strcmp(json_string_value(name), flag))
            return true;
    }
    return false;
}
