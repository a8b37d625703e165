/* What clients say by themselves: a beat, and lines of speakers in a flood. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crowd.h"

/* Everybody says his beat once in `beat_ms`, evenly spread. */
void beat(struct crowd *crowd)
{
    const struct manners *manners = &crowd->manners;
    int64_t opened = crowd->totals->opened;
    if (!manners->beat_ms || !opened)
        return;
    int64_t now = now_us(), due = (now - crowd->beating_since_us) * opened / (manners->beat_ms * 1000ll);
    if (due <= 0)
        return;
    crowd->beating_since_us = now;
    for (int64_t i = 0; i < due && i < opened; i++) {
        struct client *client = &crowd->clients[crowd->beaten++ % opened];
        if (client->state == READY)
            say(crowd, client, TEXT, manners->beat, strlen(manners->beat));
    }
}

/* In each round everybody speaks once, in an order of its own: else who speaks when the room has a word left would
   be the same ones in each. */
static void shuffle(struct crowd *crowd)
{
    for (int32_t i = crowd->speakers - 1; i > 0; i--) {
        crowd->chance ^= crowd->chance << 13;
        crowd->chance ^= crowd->chance >> 7;
        crowd->chance ^= crowd->chance << 17;
        int32_t other = (int32_t)(crowd->chance % (uint64_t)(i + 1)), kept = crowd->order[i];
        crowd->order[i] = crowd->order[other];
        crowd->order[other] = kept;
    }
}

static void say_line(struct crowd *crowd, struct client *client, int32_t speaker, int64_t at_us)
{
    const struct manners *manners = &crowd->manners;
    char line[SHORT];
    int length = snprintf(line, sizeof line, "%ssaid %" PRId64 " %" PRId32 " %" PRId32 "%s", manners->before, at_us,
                          speaker, client->said + 1, manners->after);
    if (client->state != READY || length >= (int)sizeof line)
        return;
    client->said++;
    crowd->totals->said++;
    say(crowd, client, TEXT, line, length);
}

/* `lines_per_s` evenly, until `lines_left` are said. A line's stamp is the moment in which it is said. */
void speak(struct crowd *crowd)
{
    if (!__atomic_load_n(&crowd->lines_left, __ATOMIC_ACQUIRE))
        return;
    int64_t now = now_us();
    int64_t due = (int64_t)((double)(now - crowd->speaking_since_us) / 1e6 * crowd->lines_per_s);
    for (; crowd->lines_begun < due && crowd->lines_left; crowd->lines_begun++, crowd->lines_left--) {
        int32_t turn = (int32_t)(crowd->lines_begun % crowd->speakers);
        if (!turn)
            shuffle(crowd);
        say_line(crowd, &crowd->clients[crowd->order[turn]], crowd->order[turn], now);
    }
}

/* The first `speakers` clients say `lines` in all; the client `witness` counts them, by speaker, in `heard_of`. */
void crowd_speak(struct crowd *crowd, int speakers, int witness, double per_s, int64_t lines, uint32_t *heard_of)
{
    crowd->order = realloc(crowd->order, speakers * sizeof *crowd->order);
    for (int i = 0; i < speakers; i++)
        crowd->order[i] = i;
    crowd->heard_of = heard_of;
    crowd->witness = witness;
    crowd->speakers = speakers;
    crowd->lines_per_s = per_s;
    crowd->lines_begun = 0;
    crowd->chance = 88172645463325252ull;
    crowd->speaking_since_us = now_us();
    __atomic_store_n(&crowd->lines_left, lines, __ATOMIC_RELEASE);
}
