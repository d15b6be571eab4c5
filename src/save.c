/* save: a trace beside the view. */
#include "save.h"

#include <fcntl.h>

#include "command.h"

int
save_begin(struct follow *follow, const char *path, const char *interface,
           int link_type)
{
    struct trace_about about = { .application = "tcplab " TCPLAB_VERSION,
                                 .interface = interface,
                                 .link_type = link_type };
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return -1;
    follow->save_path = path;
    follow->save = trace_writer_new(fd, &about);
    return follow->save ? 0 : -1;
}

int
save_end(struct follow *follow, int status)
{
    if (!follow->save || trace_writer_close(follow->save) == 0)
        return status;
    if (!follow->save_error)
        system_refused(follow->save_path);
    return EXIT_SYSTEM;
}
