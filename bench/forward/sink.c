/* The viewers' ears: reads every socket of an epoll set in batches and counts RTP by the header that SRTP leaves clear.
   What Python must see (STUN, DTLS, RTCP, and all of a viewer who decodes) is copied into one buffer. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH 32
#define DATAGRAM 2048
#define EVENTS 256
#define WINDOW 1024
#define AUDIO 111 /* payload type that every viewer agrees to for Opus */
#define GAPS 1024 /* milliseconds; the last one stands for all that is longer */

struct stream {
    uint32_t ssrc, payload_type, highest, first;
    uint64_t unique, again, bytes, last_ns;
    uint64_t seen[WINDOW / 64];
};

struct ear {
    int32_t fd, copied, number, streams;
    uint64_t datagrams;
    struct stream stream[2];
};

struct total {
    uint64_t datagrams, packets, bytes, audio, again, gaps[GAPS], longest_ns;
};

struct copy {
    int32_t number, length;
    uint64_t at_ns;
};

static char data[BATCH][DATAGRAM];
static char control[BATCH][64];
static struct mmsghdr messages[BATCH];
static struct iovec vectors[BATCH];

static uint64_t arrival(struct msghdr *message)
{
    struct timespec at;
    for (struct cmsghdr *each = CMSG_FIRSTHDR(message); each; each = CMSG_NXTHDR(message, each))
        if (each->cmsg_level == SOL_SOCKET && each->cmsg_type == SCM_TIMESTAMPNS) {
            memcpy(&at, CMSG_DATA(each), sizeof at);
            return (uint64_t)at.tv_sec * 1000000000 + at.tv_nsec;
        }
    clock_gettime(CLOCK_REALTIME, &at);
    return (uint64_t)at.tv_sec * 1000000000 + at.tv_nsec;
}

static void count(struct ear *ear, const unsigned char *packet, int length, uint64_t at_ns, struct total *total)
{
    uint32_t sequence = packet[2] << 8 | packet[3];
    uint32_t ssrc = (uint32_t)packet[8] << 24 | packet[9] << 16 | packet[10] << 8 | packet[11];
    struct stream *stream = 0;
    for (int i = 0; i < ear->streams; i++)
        if (ear->stream[i].ssrc == ssrc)
            stream = &ear->stream[i];
    if (!stream) {
        if (ear->streams == 2)
            return;
        stream = &ear->stream[ear->streams++];
        memset(stream, 0, sizeof *stream);
        stream->ssrc = ssrc;
        stream->payload_type = packet[1] & 0x7f;
        stream->first = stream->highest = 0x10000 + sequence;
        stream->last_ns = at_ns;
        stream->seen[sequence % WINDOW / 64] |= 1ull << sequence % 64;
        stream->unique = 1;
    } else {
        int16_t step = (int16_t)(sequence - stream->highest);
        if (step > 0) {
            for (int i = 0; i < step && i < WINDOW; i++) {
                uint32_t skipped = stream->highest + step - i;
                stream->seen[skipped % WINDOW / 64] &= ~(1ull << skipped % 64);
            }
            stream->highest += step;
        }
        uint64_t bit = 1ull << sequence % 64, *word = &stream->seen[sequence % WINDOW / 64];
        if (step <= -WINDOW || *word & bit) {
            stream->again++;
            total->again++;
        } else {
            *word |= bit;
            stream->unique++;
            uint64_t gap = at_ns > stream->last_ns ? at_ns - stream->last_ns : 0;
            uint64_t ms = gap / 1000000;
            total->gaps[ms < GAPS ? ms : GAPS - 1]++;
            if (gap > total->longest_ns)
                total->longest_ns = gap;
            stream->last_ns = at_ns;
        }
    }
    stream->bytes += length;
    total->packets++;
    total->bytes += length;
    total->audio += stream->payload_type == AUDIO;
}

/* Add the socket to the set, under the number of its ear. */
int ears_hear(int epoll, int fd, int number)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = number};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

/* Forget what was counted so far; the streams go on. */
void ears_restart(struct ear *ears, int number)
{
    for (int i = 0; i < number; i++)
        for (int k = 0; k < ears[i].streams; k++) {
            struct stream *stream = &ears[i].stream[k];
            stream->first = stream->highest + 1;
            stream->unique = stream->again = stream->bytes = 0;
        }
}

/* Read what is there, at most `budget` batches. Returns the bytes copied into `out`, which never overflows. */
int ears_listen(int epoll, struct ear *ears, struct total *total, char *out, int capacity, int budget)
{
    struct epoll_event events[EVENTS];
    int used = 0;
    for (int i = 0; i < BATCH; i++) {
        vectors[i] = (struct iovec){data[i], DATAGRAM};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
    }
    while (budget > 0) {
        int ready = epoll_wait(epoll, events, EVENTS, 0);
        if (ready <= 0)
            return used;
        for (int e = 0; e < ready; e++) {
            struct ear *ear = &ears[events[e].data.u32];
            if (capacity - used < BATCH * (DATAGRAM + (int)sizeof(struct copy)))
                return used;
            for (int i = 0; i < BATCH; i++) {
                messages[i].msg_hdr.msg_control = control[i];
                messages[i].msg_hdr.msg_controllen = sizeof control[i];
            }
            int got = recvmmsg(ear->fd, messages, BATCH, MSG_DONTWAIT, 0);
            budget--;
            for (int i = 0; i < got; i++) {
                const unsigned char *packet = (unsigned char *)data[i];
                int length = messages[i].msg_len;
                uint64_t at_ns = arrival(&messages[i].msg_hdr);
                int media = length > 11 && packet[0] > 127 && packet[0] < 192;
                int rtp = media && (packet[1] < 192 || packet[1] > 223);
                ear->datagrams++;
                total->datagrams++;
                if (rtp)
                    count(ear, packet, length, at_ns, total);
                if (!rtp || ear->copied) {
                    struct copy head = {ear->number, length, at_ns};
                    memcpy(out + used, &head, sizeof head);
                    memcpy(out + used + sizeof head, packet, length);
                    used += sizeof head + length;
                }
            }
        }
    }
    return used;
}
