/* What a client finds in a text: answers that it owes, events, and lines of speakers. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "crowd.h"

int begins(const char *text, size_t length, const char *with)
{
    size_t wanted = strlen(with);
    return length >= wanted && !memcmp(text, with, wanted);
}

void mark(uint32_t *delays, int64_t delay_us)
{
    int64_t tenths = delay_us > 0 ? delay_us / 100 : 0;
    delays[tenths < DELAYS ? tenths : DELAYS - 1]++;
}

static void count_events(struct crowd *crowd, struct client *client, const char *text, size_t length, int64_t at_us)
{
    static const char stamp[] = "\"at_us\":", number[] = ",\"n\":";
    struct totals *totals = crowd->totals;
    const char *end = text + length, *found = text;
    while ((found = memmem(found, end - found, stamp, sizeof stamp - 1))) {
        char *after;
        int64_t posted_us = strtoll(found + sizeof stamp - 1, &after, 10);
        found = after;
        if (!begins(found, end - found, number))
            continue;
        int64_t n = strtoll(found + sizeof number - 1, &after, 10);
        found = after;
        if (client - crowd->clients >= totals->counted)
            continue;
        if (n <= client->newest) {
            totals->again++;
            continue;
        }
        client->newest = n;
        if (n < totals->first)
            continue;
        totals->events++;
        mark(totals->delays, at_us - posted_us);
        if (at_us - posted_us > totals->longest_us)
            totals->longest_us = at_us - posted_us;
    }
}

/* `said STAMP SPEAKER NUMBER`, as `speak` has it: its speaker listens for it, the witness for everybody's. */
static void count_lines(struct crowd *crowd, struct client *client, const char *text, size_t length, int64_t at_us)
{
    static const char stamp[] = "\"said ";
    const char *end = text + length, *found = text;
    int32_t self = (int32_t)(client - crowd->clients);
    if (!crowd->speakers || (self >= crowd->speakers && self != crowd->witness))
        return;
    while ((found = memmem(found, end - found, stamp, sizeof stamp - 1))) {
        char *after;
        int64_t said_us = strtoll(found + sizeof stamp - 1, &after, 10);
        int64_t speaker = strtoll(after, &after, 10), number = strtoll(after, &after, 10);
        found = after;
        if (speaker < 0 || speaker >= crowd->speakers)
            continue;
        if (self == crowd->witness) {
            crowd->totals->lines++;
            crowd->heard_of[speaker]++;
        }
        if (self == speaker && number > client->own) {
            client->own = (int32_t)number;
            crowd->totals->own++;
            mark(crowd->totals->own_delays, at_us - said_us);
        }
    }
}

void hear(struct crowd *crowd, struct client *client, const char *text, size_t length, int64_t at_us)
{
    const struct manners *manners = &crowd->manners;
    struct totals *totals = crowd->totals;
    totals->texts++;
    for (int i = 0; i < ANSWERS && manners->heard[i][0]; i++)
        if (begins(text, length, manners->heard[i]))
            say(crowd, client, TEXT, manners->said[i], strlen(manners->said[i]));
    if (client->state == GREETED && begins(text, length, manners->ready)) {
        client->state = READY;
        totals->ready++;
        mark(totals->joins, at_us - client->opened_us);
    }
    if (manners->refused[0] && begins(text, length, manners->refused))
        totals->refused++;
    count_events(crowd, client, text, length, at_us);
    count_lines(crowd, client, text, length, at_us);
}
