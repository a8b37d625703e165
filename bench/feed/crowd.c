/* The crowd: thousands of WebSocket clients (RFC 6455) in one thread, for a load that is cheaper than any server.

   What a contestant's clients say is data (`struct manners`): nothing here knows who is measured. Events are searched in
   every text, marked by `"at_us":STAMP,"n":NUMBER`, where STAMP is CLOCK_MONOTONIC: a text may have many, a read many
   texts, and whoever merges is counted by events all the same. One thread runs the crowd; others open sockets and read
   the totals. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define READY_EVENTS 512
#define WAIT_MS 10
#define BUFFER (1 << 20)  /* what one socket may have unread and unfinished; a longer text ends the socket */
#define SHORT 126         /* what a client says has no longer length than RFC 6455's first form */
#define ANSWERS 4
#define DELAYS 100000     /* tenths of a millisecond; the last one stands for all that is longer */
#define TEXT 1
#define CLOSE 8
#define PING 9
#define PONG 10

struct manners {
    char ready[64]; /* a client is ready when a text begins so; empty: when its handshake is done */
    char heard[ANSWERS][16], said[ANSWERS][16]; /* a text that begins so is answered with that */
    char beat[SHORT];                           /* said by everybody once in `beat_ms`; 0: never */
    int32_t beat_ms;
};

struct totals {
    int64_t opened, ready, failed, texts, reads, bytes; /* of reads those that brought an event */
    int64_t events, again; /* each number once a client; what came a second time or after a later one */
    int64_t longest_us, first; /* `first`: lower numbers are news of before and not counted */
    uint32_t delays[DELAYS];
    char fault[256]; /* of the first client that failed */
};

enum state { FREE, CONNECTING, SHAKING_HANDS, GREETED, READY, GONE };

struct client {
    int fd;
    enum state state;
    int64_t newest;  /* the highest number it has heard */
    char *rest;      /* the request until it is sent, then what was read of an unfinished frame */
    size_t length, room;
};

struct crowd {
    struct manners manners;
    struct totals *totals;
    struct client *clients;
    int epoll, capacity, stopping;
    int64_t beaten, beating_since_us;
};

static char buffer[BUFFER];

static int64_t now_us(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

static void fail(struct crowd *crowd, struct client *client, const char *why, const char *more, size_t length)
{
    struct totals *totals = crowd->totals;
    if (!totals->failed++)
        snprintf(totals->fault, sizeof totals->fault, "%s: %.*s", why, (int)(length < 160 ? length : 160), more);
    if (client->state == READY)
        totals->ready--;
    client->state = GONE;
    close(client->fd);
    free(client->rest);
    client->rest = 0;
    client->length = client->room = 0;
}

/* Keep what the next read goes on with. */
static void keep(struct client *client, const char *data, size_t length)
{
    if (length > client->room) {
        client->rest = realloc(client->rest, length);
        client->room = length;
    } else if (!length && client->room) {
        free(client->rest);
        client->rest = 0;
        client->room = 0;
    }
    if (length)
        memmove(client->rest, data, length);
    client->length = length;
}

/* A frame whose mask is nothing, which the standard allows and costs nothing. */
static void say(struct crowd *crowd, struct client *client, int opcode, const char *text, size_t length)
{
    char frame[6 + SHORT] = {(char)(0x80 | opcode), (char)(0x80 | length)};
    if (length >= SHORT)
        return;
    memcpy(frame + 6, text, length);
    if (send(client->fd, frame, 6 + length, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)(6 + length))
        fail(crowd, client, "the server does not read", strerror(errno), strlen(strerror(errno)));
}

static int begins(const char *text, size_t length, const char *with)
{
    size_t wanted = strlen(with);
    return length >= wanted && !memcmp(text, with, wanted);
}

static void count(struct crowd *crowd, struct client *client, const char *text, size_t length, int64_t at_us)
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
        if (n <= client->newest) {
            totals->again++;
            continue;
        }
        client->newest = n;
        if (n < totals->first)
            continue;
        totals->events++;
        int64_t delay_us = at_us > posted_us ? at_us - posted_us : 0;
        totals->delays[delay_us / 100 < DELAYS ? delay_us / 100 : DELAYS - 1]++;
        if (delay_us > totals->longest_us)
            totals->longest_us = delay_us;
    }
}

static void hear(struct crowd *crowd, struct client *client, const char *text, size_t length, int64_t at_us)
{
    const struct manners *manners = &crowd->manners;
    crowd->totals->texts++;
    for (int i = 0; i < ANSWERS && manners->heard[i][0]; i++)
        if (begins(text, length, manners->heard[i]))
            say(crowd, client, TEXT, manners->said[i], strlen(manners->said[i]));
    if (client->state == GREETED && begins(text, length, manners->ready)) {
        client->state = READY;
        crowd->totals->ready++;
    }
    count(crowd, client, text, length, at_us);
}

/* Take one frame; returns its length, 0 when it is not whole yet. */
static size_t take_frame(struct crowd *crowd, struct client *client, const char *data, size_t length, int64_t at_us)
{
    const unsigned char *head = (const unsigned char *)data;
    size_t size, skip = 2;
    if (length < 2)
        return 0;
    size = head[1] & 127;
    if (size > 125) {
        int wide = size == 126 ? 2 : 8;
        skip += wide;
        if (length < skip)
            return 0;
        size = 0;
        for (int i = 0; i < wide; i++)
            size = size << 8 | head[2 + i];
    }
    if (size > BUFFER - 16) {
        fail(crowd, client, "too long a text", data, 0);
        return 0;
    }
    if (length < skip + size)
        return 0;
    switch (head[0] & 15) {
    case TEXT:
        hear(crowd, client, data + skip, size, at_us);
        break;
    case PING:
        say(crowd, client, PONG, data + skip, size);
        break;
    case CLOSE:
        fail(crowd, client, "closed by the server", size > 2 ? data + skip + 2 : "", size > 2 ? size - 2 : 0);
        break;
    }
    return skip + size;
}

/* Returns the length of the answer's head, 0 when it is not whole or not wanted. */
static size_t take_handshake(struct crowd *crowd, struct client *client, const char *data, size_t length)
{
    const char *end = memmem(data, length, "\r\n\r\n", 4);
    if (!end)
        return 0;
    if (!begins(data, length, "HTTP/1.1 101")) {
        fail(crowd, client, "refused", data, end - data);
        return 0;
    }
    client->state = crowd->manners.ready[0] ? GREETED : READY;
    crowd->totals->ready += client->state == READY;
    return end + 4 - data;
}

static void read_on(struct crowd *crowd, struct client *client)
{
    size_t had = client->length, from = 0, took;
    memcpy(buffer, client->rest ? client->rest : "", had);
    ssize_t got = recv(client->fd, buffer + had, BUFFER - had, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        fail(crowd, client, "lost", got ? strerror(errno) : "end of stream", 32);
        return;
    }
    int64_t at_us = now_us(), events = crowd->totals->events;
    size_t length = had + got;
    crowd->totals->bytes += got;
    if (client->state == SHAKING_HANDS)
        from = take_handshake(crowd, client, buffer, length);
    while (client->state == GREETED || client->state == READY) {
        took = take_frame(crowd, client, buffer + from, length - from, at_us);
        if (!took)
            break;
        from += took;
    }
    crowd->totals->reads += crowd->totals->events != events;
    if (client->state != GONE)
        keep(client, buffer + from, length - from);
}

static void connected(struct crowd *crowd, struct client *client, int number)
{
    int fault = 0;
    socklen_t size = sizeof fault;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = number};
    getsockopt(client->fd, SOL_SOCKET, SO_ERROR, &fault, &size);
    if (fault || send(client->fd, client->rest, client->length, MSG_NOSIGNAL) != (ssize_t)client->length) {
        fail(crowd, client, "not connected", strerror(fault ? fault : errno), 64);
        return;
    }
    keep(client, 0, 0);
    client->state = SHAKING_HANDS;
    epoll_ctl(crowd->epoll, EPOLL_CTL_MOD, client->fd, &event);
}

/* Everybody says his beat once in `beat_ms`, evenly spread. */
static void beat(struct crowd *crowd)
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

struct crowd *crowd_new(int capacity, const struct manners *manners, struct totals *totals)
{
    struct crowd *crowd = calloc(1, sizeof *crowd);
    crowd->clients = calloc(capacity, sizeof *crowd->clients);
    crowd->capacity = capacity;
    crowd->manners = *manners;
    crowd->totals = totals;
    crowd->epoll = epoll_create1(EPOLL_CLOEXEC);
    crowd->beating_since_us = now_us();
    return crowd;
}

/* One more client, to 127.0.0.1:`port`, whose first word is `request`. 0, or an errno. */
int crowd_open(struct crowd *crowd, int port, const char *request, size_t length)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int number = (int)crowd->totals->opened, yes = 1;
    if (number == crowd->capacity)
        return ENOBUFS;
    struct client *client = &crowd->clients[number];
    struct epoll_event event = {.events = EPOLLOUT, .data.u32 = number};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (client->fd < 0)
        return errno;
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    keep(client, request, length);
    client->state = CONNECTING;
    client->newest = -1;
    crowd->totals->opened++;
    if (connect(client->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)
        return errno;
    return epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, client->fd, &event) ? errno : 0;
}

/* Until `crowd_stop`. */
void crowd_run(struct crowd *crowd)
{
    struct epoll_event events[READY_EVENTS];
    while (!__atomic_load_n(&crowd->stopping, __ATOMIC_RELAXED)) {
        int ready = epoll_wait(crowd->epoll, events, READY_EVENTS, WAIT_MS);
        for (int i = 0; i < ready; i++) {
            struct client *client = &crowd->clients[events[i].data.u32];
            if (client->state == CONNECTING)
                connected(crowd, client, (int)events[i].data.u32);
            else if (client->state != GONE)
                read_on(crowd, client);
        }
        beat(crowd);
    }
}

/* `crowd_run` returns soon. */
void crowd_stop(struct crowd *crowd)
{
    __atomic_store_n(&crowd->stopping, 1, __ATOMIC_RELAXED);
}

/* Count anew what has the number `first` or a higher one; nothing of it is posted yet. */
void crowd_restart(struct crowd *crowd, int64_t first)
{
    struct totals *totals = crowd->totals;
    totals->first = first;
    totals->texts = totals->reads = totals->bytes = totals->events = totals->again = totals->longest_us = 0;
    memset(totals->delays, 0, sizeof totals->delays);
}

/* All sockets are closed; nobody runs the crowd any more. */
void crowd_end(struct crowd *crowd)
{
    for (int i = 0; i < crowd->totals->opened; i++)
        if (crowd->clients[i].state != GONE) {
            close(crowd->clients[i].fd);
            free(crowd->clients[i].rest);
        }
    close(crowd->epoll);
    free(crowd->clients);
    free(crowd);
}
