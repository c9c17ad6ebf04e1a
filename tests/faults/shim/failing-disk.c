/*
 * A disk that fails on demand, used with LD_PRELOAD: FAILING_DISK names a file whose text is the failing call, "sync" or
 * "write". Only writes below the folder FAILING_DISK_UNDER fail, because the process has other files too.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int fails(int fd, const char *what) {
  const char *file = getenv("FAILING_DISK");
  const char *under = getenv("FAILING_DISK_UNDER");
  if (!file || !under) return 0;
  int told = open(file, O_RDONLY);
  if (told < 0) return 0;
  char text[16] = {0};
  ssize_t length = read(told, text, sizeof text - 1);
  close(told);
  if (length <= 0 || strncmp(text, what, strlen(what)) != 0) return 0;
  char link[64], path[PATH_MAX] = {0};
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  if (readlink(link, path, sizeof path - 1) < 0) return 0;
  return strncmp(path, under, strlen(under)) == 0;
}

#define REAL(name, ...) ((int (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name))

int fsync(int fd) {
  if (fails(fd, "sync")) { errno = EIO; return -1; }
  return REAL("fsync", int)(fd);
}

int fdatasync(int fd) {
  if (fails(fd, "sync")) { errno = EIO; return -1; }
  return REAL("fdatasync", int)(fd);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
  if (fails(fd, "write")) { errno = EROFS; return -1; }
  return ((ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64"))(fd, data, size, at);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
  return pwrite64(fd, data, size, at);
}
