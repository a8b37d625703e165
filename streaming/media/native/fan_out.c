/* One burst to many viewers: copy, patch the header, protect, send. See streaming/media/native/__init__.py.
 *
 * libsrtp is not linked: the function comes as a pointer from pylibsrtp, which has it inside.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#define SOL_UDP_LEVEL 17
#define SLOTS 16
#define SLOT_BYTES 65536

typedef int (*protect_function)(void *session, void *packet, int *length);

struct rs_viewer {
    void *session;           /* srtp_t */
    uint32_t tag;            /* bytes by which a packet grows */
    uint32_t address_length; /* 0: nowhere to send to */
    uint8_t address[28];     /* sockaddr_in or sockaddr_in6 */
    uint16_t number[2];      /* added to sequence numbers, by kind */
    uint32_t timestamp[2];   /* added to timestamps, by kind */
};

struct rs_train {
    const uint8_t *bytes;  /* cleartext packets, one behind the other */
    const uint16_t *sizes; /* equal, only the last may be smaller */
    const uint8_t *kinds;
    int32_t count;
};

struct rs_tally {
    uint64_t sent;      /* packets */
    uint64_t lost;      /* datagrams or trains that the kernel did not take for now */
    uint64_t refused;   /* of these, for reasons that will not pass */
    uint64_t unsealed;  /* trains that libsrtp refused */
    int32_t unsegmented; /* whether the kernel turned out not to know UDP_SEGMENT */
};

struct slot {
    uint8_t bytes[SLOT_BYTES];
    union {
        char room[CMSG_SPACE(sizeof(uint16_t))];
        struct cmsghdr align;
    } control;
    struct iovec piece;
    size_t step; /* size of a segment */
    int packets;
};

static struct slot slots[SLOTS];
static struct mmsghdr messages[SLOTS];

static void patch(uint8_t *packet, uint16_t number, uint32_t timestamp) {
    if (number) {
        uint16_t changed = (uint16_t)((packet[2] << 8 | packet[3]) + number);
        packet[2] = (uint8_t)(changed >> 8);
        packet[3] = (uint8_t)changed;
    }
    if (timestamp) {
        uint32_t changed = ((uint32_t)packet[4] << 24 | (uint32_t)packet[5] << 16 | (uint32_t)packet[6] << 8 | packet[7]) + timestamp;
        packet[4] = (uint8_t)(changed >> 24);
        packet[5] = (uint8_t)(changed >> 16);
        packet[6] = (uint8_t)(changed >> 8);
        packet[7] = (uint8_t)changed;
    }
}

static int passes(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS || error == EMSGSIZE;
}

static int means_no_segments(int error) {
    return error == EIO || error == EINVAL || error == ENOPROTOOPT || error == EOPNOTSUPP;
}

static void count_loss(struct rs_tally *tally, int error) {
    tally->lost++;
    if (!passes(error))
        tally->refused++;
}

static void send_singly(int fd, const struct msghdr *message, const struct slot *slot, struct rs_tally *tally) {
    size_t whole = slot->piece.iov_len;
    for (size_t start = 0; start < whole; start += slot->step) {
        size_t size = whole - start < slot->step ? whole - start : slot->step;
        if (sendto(fd, slot->bytes + start, size, MSG_DONTWAIT, message->msg_name, message->msg_namelen) < 0)
            count_loss(tally, errno);
        else
            tally->sent++;
    }
}

static void flush(int fd, int filled, int segments, struct rs_tally *tally) {
    int done = 0;
    while (done < filled) {
        if (!segments && slots[done].packets > 1) {
            send_singly(fd, &messages[done].msg_hdr, &slots[done], tally);
            done++;
            continue;
        }
        unsigned batch = segments ? (unsigned)(filled - done) : 1;
        int sent = sendmmsg(fd, messages + done, batch, MSG_DONTWAIT);
        if (sent > 0) {
            for (int i = 0; i < sent; i++)
                tally->sent += (uint64_t)slots[done + i].packets;
            done += sent;
            continue;
        }
        if (errno == EINTR)
            continue;
        if (slots[done].packets > 1 && means_no_segments(errno)) {
            tally->unsegmented = 1;
            send_singly(fd, &messages[done].msg_hdr, &slots[done], tally);
        } else {
            count_loss(tally, errno);
        }
        done++;
    }
}

/* The train in one slot, sealed for the viewer; 0 when libsrtp refuses. */
static int seal(protect_function protect, const struct rs_viewer *viewer, const struct rs_train *train, struct slot *slot) {
    const uint8_t *from = train->bytes;
    uint8_t *to = slot->bytes;
    for (int place = 0; place < train->count; place++) {
        int size = train->sizes[place];
        uint8_t kind = train->kinds[place];
        memcpy(to, from, (size_t)size);
        patch(to, viewer->number[kind], viewer->timestamp[kind]);
        if (protect(viewer->session, to, &size))
            return 0;
        from += train->sizes[place];
        to += size;
    }
    slot->piece.iov_base = slot->bytes;
    slot->piece.iov_len = (size_t)(to - slot->bytes);
    slot->step = (size_t)train->sizes[0] + viewer->tag;
    slot->packets = train->count;
    return 1;
}

static void address(struct msghdr *message, struct rs_viewer *viewer, struct slot *slot, int segments) {
    memset(message, 0, sizeof *message);
    message->msg_name = viewer->address;
    message->msg_namelen = viewer->address_length;
    message->msg_iov = &slot->piece;
    message->msg_iovlen = 1;
    if (segments && slot->packets > 1) {
        message->msg_control = slot->control.room;
        message->msg_controllen = sizeof slot->control.room;
        struct cmsghdr *header = CMSG_FIRSTHDR(message);
        uint16_t step = (uint16_t)slot->step;
        header->cmsg_level = SOL_UDP_LEVEL;
        header->cmsg_type = UDP_SEGMENT;
        header->cmsg_len = CMSG_LEN(sizeof step);
        memcpy(CMSG_DATA(header), &step, sizeof step);
    }
}

void rs_fan_out(int fd, void *protect, struct rs_viewer **viewers, int count, const struct rs_train *trains, int length,
                int segments, struct rs_tally *tally) {
    int filled = 0;
    for (int which = 0; which < count; which++) {
        struct rs_viewer *viewer = viewers[which];
        if (!viewer->address_length)
            continue;
        for (int place = 0; place < length; place++) {
            if (!seal((protect_function)protect, viewer, &trains[place], &slots[filled])) {
                tally->unsealed++;
                continue;
            }
            address(&messages[filled].msg_hdr, viewer, &slots[filled], segments);
            if (++filled == SLOTS) {
                flush(fd, filled, segments, tally);
                filled = 0;
            }
        }
    }
    flush(fd, filled, segments, tally);
}
