/* The same frames to many sockets in one call. See streaming/feed/native/__init__.py. */
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct rs_rest {
    int32_t place; /* among the sockets */
    int32_t taken; /* bytes that the kernel has taken */
};

/* A negative fd is no socket. Errors are left to whoever writes the rest. `rests` has room for all of them.
   Returns how many have not taken all; they are in `rests`, in order. */
int rs_tell(const int *fds, int count, const char *frames, size_t length, struct rs_rest *rests) {
    int behind = 0;
    for (int place = 0; place < count; place++) {
        ssize_t taken = fds[place] < 0 ? 0 : send(fds[place], frames, length, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (taken == (ssize_t)length)
            continue;
        rests[behind].place = place;
        rests[behind].taken = taken < 0 ? 0 : (int32_t)taken;
        behind++;
    }
    return behind;
}
