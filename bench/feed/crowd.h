/* What the parts of the crowd know of each other; `crowd.py` has the same structs. */
#ifndef CROWD_H
#define CROWD_H
#include <stddef.h>
#include <stdint.h>

#define SHORT 126     /* what a client says has no longer length than RFC 6455's first form */
#define ANSWERS 4
#define DELAYS 100000 /* tenths of a millisecond; the last one stands for all that is longer */
#define TEXT 1
#define CLOSE 8
#define PING 9
#define PONG 10

struct manners {
    char ready[64]; /* a client is ready when a text begins so; empty: when its handshake is done */
    char heard[ANSWERS][16], said[ANSWERS][16]; /* a text that begins so is answered with that */
    char beat[SHORT];                           /* said by everybody once in `beat_ms`; 0: never */
    int32_t beat_ms;
    char before[64], after[16]; /* what a speaker says stands between them */
    char refused[32];           /* a text that begins so refuses what was said */
};

struct totals {
    int64_t opened, ready, failed, texts, reads, bytes; /* of reads those that brought an event */
    int64_t counted, lost;                              /* of the first `counted` clients so many are lost */
    int64_t events, again; /* each number once a counted client; what came a second time or after a later one */
    int64_t longest_us, first;            /* `first`: lower numbers are news of before and not counted */
    int64_t said, own, refused;           /* by speakers; heard again by whoever said it */
    int64_t lines;                        /* heard by the witness */
    int64_t closed, code;                 /* by a close frame; the latest one's code */
    uint32_t delays[DELAYS], own_delays[DELAYS], joins[DELAYS]; /* `joins`: from the opening until ready */
    char fault[256];                                            /* of the first client that failed */
};

enum state { FREE, CONNECTING, SHAKING_HANDS, GREETED, READY, GONE };

struct client {
    int fd;
    enum state state;
    int64_t newest;    /* the highest number it has heard */
    int64_t opened_us;
    int32_t said, own; /* lines: how many, and the highest that it has heard of its own */
    char *rest;        /* the request until it is sent, then what was read of an unfinished frame */
    size_t length, room;
};

struct crowd {
    struct manners manners;
    struct totals *totals;
    struct client *clients;
    int epoll, capacity, stopping;
    int64_t beaten, beating_since_us;
    int32_t *order, speakers, witness; /* who speaks, in which order; who listens to all of them */
    uint32_t *heard_of;                /* by the witness, lines of each speaker */
    int64_t lines_left, lines_begun, speaking_since_us;
    double lines_per_s;
    uint64_t chance;
    int dull_from, dull_to; /* clients that do not read as they should */
    int64_t dull_bytes, dull_at_us;
};

int64_t now_us(void);
void fail(struct crowd *crowd, struct client *client, const char *why, const char *more, size_t length);
void say(struct crowd *crowd, struct client *client, int opcode, const char *text, size_t length);
int begins(const char *text, size_t length, const char *with);
void mark(uint32_t *delays, int64_t delay_us);

void hear(struct crowd *crowd, struct client *client, const char *text, size_t length, int64_t at_us);
void beat(struct crowd *crowd);
void speak(struct crowd *crowd);
#endif
