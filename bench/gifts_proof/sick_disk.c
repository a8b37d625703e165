/* LD_PRELOAD: a disk whose fsync(2) fails on demand, for files whose path has ".db" in it.
 *
 * A process arms it for itself by sick_disk_fail: of its next syncs the first `after` go well, then `times` of them fail
 * with EIO. What was written to a write-ahead log ("-wal") and has not been synced since is counted in sick_disk_dirty.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static long healthy_for, sick_for, failed, dirty;

void sick_disk_fail(long after, long times) { healthy_for = after; sick_for = times; }
long sick_disk_failed(void) { return failed; }
long sick_disk_dirty(void) { return dirty; }

static int named(int fd, const char *part)
{
    char link[32], path[4096];
    int before = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = before;
    if (length < 0)
        return 0;
    path[length] = 0;
    return strstr(path, part) != NULL;
}

static int sync_by(const char *name, int fd)
{
    int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    if (named(fd, ".db")) {
        if (healthy_for > 0) {
            healthy_for--;
        } else if (sick_for > 0) {
            sick_for--;
            failed++;
            errno = EIO;
            return -1;
        }
    }
    int done = next(fd);
    if (done == 0 && named(fd, "-wal"))
        dirty = 0;
    return done;
}

int fsync(int fd) { return sync_by("fsync", fd); }
int fdatasync(int fd) { return sync_by("fdatasync", fd); }

static ssize_t noted(int fd, ssize_t written)
{
    if (written > 0 && named(fd, "-wal"))
        dirty++;
    return written;
}

ssize_t write(int fd, const void *from, size_t size)
{
    static ssize_t (*next)(int, const void *, size_t);
    if (!next)
        next = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    return noted(fd, next(fd, from, size));
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t where)
{
    static ssize_t (*next)(int, const void *, size_t, off_t);
    if (!next)
        next = (ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite");
    return noted(fd, next(fd, from, size, where));
}

ssize_t pwrite64(int fd, const void *from, size_t size, off64_t where)
{
    static ssize_t (*next)(int, const void *, size_t, off64_t);
    if (!next)
        next = (ssize_t(*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
    return noted(fd, next(fd, from, size, where));
}
