/* cmd_labs: which labs there are. */
#include <getopt.h>
#include <stdio.h>

#include "lab/lab.h"
#include "text/command.h"

static const char usage[] =
    "usage: tcplab labs\n"
    "\n"
    "List the labs and their variants: what 'tcplab run' takes.\n";

static void
tell_variants(const struct description *d)
{
    const char *name;
    for (size_t i = 0; (name = description_section(d, "variant", i)); i++)
        printf("        --variant %-14s %s\n", name,
               description_for(d, name, "title"));
}

static void
tell_lab(void *context, const struct lab *lab)
{
    char why[512];
    int *status = context;
    struct description *d = lab_describe(lab, why, sizeof why);
    if (!d) {
        fprintf(stderr, "tcplab: %s\n", why);
        *status = EXIT_SYSTEM;
        return;
    }
    const char *title = description_value(d, "lab", "title");
    const char *minutes = description_value(d, "lab", "minutes");
    printf("%02d  %s", lab->number, title ? title : lab->name);
    printf(minutes ? "  (%s min)\n" : "\n", minutes);
    tell_variants(d);
    description_free(d);
}

int
cmd_labs(int argc, char **argv)
{
    int status = EXIT_YES;
    if (argc > 1 && argv[1][0] == '-' && argv[1][1] != '\0') {
        bool help = argv[1][1] == 'h' || argv[1][2] == 'h';
        if (!help)
            return wrong_usage("labs", "it takes no options");
        fputs(usage, stdout);
        return flush_standard_output();
    }
    if (argc > 1)
        return wrong_usage("labs", "it takes no arguments");
    lab_each(tell_lab, &status);
    int written = flush_standard_output();
    return status != EXIT_YES ? status : written;
}
