/* pair_json: the same, for programs. */
#include "pair_words.h"

#include <string.h>

static json_t *
number(uint64_t n)
{
    return json_integer((json_int_t)n);
}

/* A path, escaped unless it is UTF-8. */
static json_t *
path_json(const char *path)
{
    char escaped[4 * 4096];
    struct text t = text_over(escaped, sizeof escaped);
    json_t *json = json_string(path);
    if (json)
        return json;
    text_escaped(&t, (const uint8_t *)path, strlen(path));
    return json_stringn(escaped, (size_t)(t.next - escaped));
}

static json_t *
clocks_json(const struct clock_offset *o)
{
    json_t *json = json_object();
    json_object_set_new(json, "known", json_boolean(o->known));
    json_object_set_new(json, "offset_ns", json_integer(o->ns));
    json_object_set_new(json, "uncertainty_ns",
                        o->is_sure ? json_integer(o->uncertainty_ns)
                                   : json_null());
    json_object_set_new(json, "most_wrong_ns",
                        o->known ? json_integer(o->most_wrong_ns)
                                 : json_null());
    json_object_set_new(json, "drift", json_real(o->drift));
    json_object_set_new(json, "drift_uncertainty",
                        o->drifts ? json_real(o->drift_uncertainty)
                                  : json_null());
    json_object_set_new(json, "segments_to_server",
                        number(o->samples[PLACE_CLIENT]));
    json_object_set_new(json, "segments_to_client",
                        number(o->samples[PLACE_SERVER]));
    return json;
}

static json_t *
delays_json(const struct delays *d)
{
    if (d->count == 0)
        return json_null();
    return json_pack("{s:I, s:I, s:I}", "min", (json_int_t)d->least_ns,
                     "median", (json_int_t)delays_median(d), "max",
                     (json_int_t)d->most_ns);
}

static json_t *
direction_json(const struct pair_direction *d)
{
    struct key {
        const char *name;
        uint64_t value;
    };
    const struct key keys[] = {
        { "sent", d->sent },
        { "arrived", d->arrived },
        { "lost", d->lost },
        { "doubled", d->doubled },
        { "reordered", d->overtaken },
        { "not_known", d->one_sided },
        { "not_seen_leaving", d->unseen },
        { "cut", d->cut },
        { "joined", d->joined },
        { "backward", d->backward },
        { "left_out_of_order", d->behind },
        { "captured_twice", d->twice },
        { "decided_early", d->early },
    };
    json_t *json = json_object();
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        json_object_set_new(json, keys[i].name, number(keys[i].value));
    json_object_set_new(json, "delay_ns", delays_json(&d->delays));
    return json;
}

static json_t *
translations_json(const struct pair_links *links)
{
    json_t *array = json_array();
    struct translation t;
    char own[ENDPOINT_TEXT], seen[ENDPOINT_TEXT];
    for (uint32_t i = 0; pair_links_translation(links, i, &t); i++) {
        endpoint_to_text(&t.own, own);
        endpoint_to_text(&t.seen, seen);
        json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:I}", "role",
                                               role_names[t.role], "own", own,
                                               "seen", seen, "connections",
                                               (json_int_t)t.connections));
    }
    return array;
}

void
pair_json(const struct pair_account *a, json_t *line)
{
    json_object_set_new(line, "client_file", path_json(a->paths[PLACE_CLIENT]));
    json_object_set_new(line, "server_file", path_json(a->paths[PLACE_SERVER]));
    json_object_set_new(line, "swapped", json_boolean(a->swapped));
    json_object_set_new(line, "same_place",
                        json_boolean(a->counts->same_place));
    json_object_set_new(line, "connections", number(a->counts->linked));
    json_object_set_new(line, "clock", clocks_json(&a->offset));
    json_object_set_new(line, "client_to_server",
                        direction_json(a->directions[PLACE_CLIENT]));
    json_object_set_new(line, "server_to_client",
                        direction_json(a->directions[PLACE_SERVER]));
    json_object_set_new(line, "nat", translations_json(a->links));
    json_object_set_new(
        line, "left_out",
        json_pack("{s:I, s:I}", "client",
                  (json_int_t)(a->others[PLACE_CLIENT] +
                               a->extents[PLACE_CLIENT].others),
                  "server",
                  (json_int_t)(a->others[PLACE_SERVER] +
                               a->extents[PLACE_SERVER].others)));
}
