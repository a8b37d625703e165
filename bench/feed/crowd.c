/* The crowd: thousands of WebSocket clients (RFC 6455) in one thread, for a load that is cheaper than any server.

   What a contestant's clients say is data (`struct manners`): nothing here knows who is measured. Events are searched in
   every text, marked by `"at_us":STAMP,"n":NUMBER`, where STAMP is CLOCK_MONOTONIC: a text may have many, a read many
   texts, and whoever merges is counted by events all the same. One thread runs the crowd; others open sockets, say what
   is to be done and read the totals. */
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

#include "crowd.h"

#define READY_EVENTS 512
#define WAIT_MS 10
#define BUFFER (1 << 20) /* what one socket may have unread and unfinished; a longer text ends the socket */
#define DULL_US 250000   /* how often a client that reads slowly does */

static char buffer[BUFFER];

int64_t now_us(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

void fail(struct crowd *crowd, struct client *client, const char *why, const char *more, size_t length)
{
    struct totals *totals = crowd->totals;
    if (client->state == GONE)
        return;
    totals->lost += client - crowd->clients < totals->counted;
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
void say(struct crowd *crowd, struct client *client, int opcode, const char *text, size_t length)
{
    char frame[6 + SHORT] = {(char)(0x80 | opcode), (char)(0x80 | length)};
    if (length >= SHORT || client->state == GONE)
        return;
    memcpy(frame + 6, text, length);
    if (send(client->fd, frame, 6 + length, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)(6 + length))
        fail(crowd, client, "the server does not read", strerror(errno), strlen(strerror(errno)));
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
        crowd->totals->closed++;
        crowd->totals->code = size >= 2 ? head[skip] << 8 | head[skip + 1] : 0;
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
    if (client->state == READY) {
        crowd->totals->ready++;
        mark(crowd->totals->joins, now_us() - client->opened_us);
    }
    return end + 4 - data;
}

/* At most `most` bytes. */
static void read_on(struct crowd *crowd, struct client *client, size_t most)
{
    size_t had = client->length, from = 0, took;
    memcpy(buffer, client->rest ? client->rest : "", had);
    ssize_t got = recv(client->fd, buffer + had, most < BUFFER - had ? most : BUFFER - had, MSG_DONTWAIT);
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

struct crowd *crowd_new(int capacity, const struct manners *manners, struct totals *totals)
{
    struct crowd *crowd = calloc(1, sizeof *crowd);
    crowd->clients = calloc(capacity, sizeof *crowd->clients);
    crowd->capacity = capacity;
    crowd->manners = *manners;
    crowd->totals = totals;
    crowd->epoll = epoll_create1(EPOLL_CLOEXEC);
    crowd->beating_since_us = now_us();
    totals->counted = capacity;
    return crowd;
}

/* One more client, to 127.0.0.1:`port`, whose first word is `request`, from an address of its own (127.1.0.0/16), for
   a server may bear only so much from one. 0, or an errno. */
int crowd_open(struct crowd *crowd, int port, const char *request, size_t length)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)}, own = {.sin_family = AF_INET};
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
    own.sin_addr.s_addr = htonl(0x7f010001 + number / 254 * 256 + number % 254);
    if (bind(client->fd, (struct sockaddr *)&own, sizeof own))
        return errno;
    keep(client, request, length);
    client->state = CONNECTING;
    client->newest = -1;
    client->opened_us = now_us();
    crowd->totals->opened++;
    if (connect(client->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)
        return errno;
    return epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, client->fd, &event) ? errno : 0;
}

static void read_dully(struct crowd *crowd)
{
    int to = __atomic_load_n(&crowd->dull_to, __ATOMIC_ACQUIRE);
    int64_t now = now_us();
    if (!to || now - crowd->dull_at_us < DULL_US)
        return;
    crowd->dull_at_us = now;
    for (int i = crowd->dull_from; i < to; i++)
        if (crowd->clients[i].state != GONE)
            read_on(crowd, &crowd->clients[i], crowd->dull_bytes);
}

/* The clients `from` to `to` (not included) read nothing more; with `bytes`, so many in a quarter of a second. */
void crowd_dull(struct crowd *crowd, int from, int to, int64_t bytes)
{
    for (int i = from; i < to; i++)
        if (crowd->clients[i].state != GONE)
            epoll_ctl(crowd->epoll, EPOLL_CTL_DEL, crowd->clients[i].fd, 0);
    if (bytes) {
        crowd->dull_bytes = bytes;
        crowd->dull_from = from;
        __atomic_store_n(&crowd->dull_to, to, __ATOMIC_RELEASE);
    }
}

/* They who read nothing read again. */
void crowd_wake(struct crowd *crowd, int from, int to)
{
    for (int i = from; i < to; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        if (crowd->clients[i].state != GONE)
            epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, crowd->clients[i].fd, &event);
    }
}

/* Until `crowd_stop`. */
void crowd_run(struct crowd *crowd)
{
    struct epoll_event events[READY_EVENTS];
    while (!__atomic_load_n(&crowd->stopping, __ATOMIC_RELAXED)) {
        int ready = epoll_wait(crowd->epoll, events, READY_EVENTS, crowd->lines_left ? 1 : WAIT_MS);
        for (int i = 0; i < ready; i++) {
            struct client *client = &crowd->clients[events[i].data.u32];
            if (client->state == CONNECTING)
                connected(crowd, client, (int)events[i].data.u32);
            else if (client->state != GONE)
                read_on(crowd, client, BUFFER);
        }
        beat(crowd);
        speak(crowd);
        read_dully(crowd);
    }
}

/* `crowd_run` returns soon. */
void crowd_stop(struct crowd *crowd)
{
    __atomic_store_n(&crowd->stopping, 1, __ATOMIC_RELAXED);
}

/* Count anew, and of events what the first `counted` clients hear that has the number `first` or a higher one; nothing
   of it is posted yet. */
void crowd_restart(struct crowd *crowd, int64_t first, int64_t counted)
{
    struct totals *totals = crowd->totals;
    totals->first = first;
    totals->counted = counted;
    totals->lost = 0;
    for (int i = 0; i < counted && i < crowd->capacity; i++)
        totals->lost += crowd->clients[i].state == GONE;
    totals->texts = totals->reads = totals->bytes = totals->events = totals->again = totals->longest_us = 0;
    totals->said = totals->own = totals->refused = totals->lines = totals->closed = totals->code = 0;
    memset(totals->delays, 0, sizeof totals->delays);
    memset(totals->own_delays, 0, sizeof totals->own_delays);
    memset(totals->joins, 0, sizeof totals->joins);
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
    free(crowd->order);
    free(crowd);
}
