"""What a process costs: its CPU time and its peak memory, read from outside while it runs."""
import ctypes
import ctypes.util
import os
import subprocess
import time

_libc = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)


class Failed(Exception):
    """A contestant or the cluster did not do what it should; the message says what."""


class Process:
    """A child that is stopped when the block ends, however it ends.

    perf: a file that perf records stacks to, or None. Then the child is perf and its figures are none.
    """

    def __init__(self, command, perf=None, **options):
        recorder = ["perf", "record", "-q", "-F", "499", "-g", "-o", perf, "--"] if perf else []
        self._child = subprocess.Popen(recorder + command, **options)
        self._is_recorded = bool(perf)
        self._name = os.path.basename(command[0])
        self._started = time.monotonic()
        self._clock = ctypes.c_int()
        if _libc.clock_getcpuclockid(self._child.pid, ctypes.byref(self._clock)) != 0:
            raise Failed("%s has no CPU clock" % self._name)
        self._peak_kib = 0
        self.stdout, self.stderr = self._child.stdout, self._child.stderr
        self.seconds = self.cpu_seconds_total = None        # known once it has ended

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.cpu_seconds_total is None:
            self._child.kill()
            self._reap(0)

    def cpu_seconds(self):
        """User and system, all threads, until now; to the nanosecond, unlike /proc/PID/stat."""
        return time.clock_gettime(self._clock.value)

    def peak_mib(self):
        """The most that it held until now. Not ru_maxrss, which begins with the parent's size."""
        try:
            with open("/proc/%d/status" % self._child.pid) as file:
                for line in file:
                    if line.startswith("VmHWM:"):
                        self._peak_kib = int(line.split()[1])
        except FileNotFoundError:
            pass
        return self._peak_kib / 1024

    def _reap(self, flags):
        pid, status, used = os.wait4(self._child.pid, flags)
        if pid:
            self.seconds = time.monotonic() - self._started
            self.cpu_seconds_total = used.ru_utime + used.ru_stime
            self._child.returncode = os.waitstatus_to_exitcode(status)
        return bool(pid)

    def has_ended(self):
        return self.cpu_seconds_total is not None or self._reap(os.WNOHANG)

    def wait(self, seconds):
        """Until it ends by itself; fails if it takes longer, or if its exit code is not 0."""
        until = time.monotonic() + seconds
        self.peak_mib()
        while not self.has_ended():
            if time.monotonic() > until:
                raise Failed("%s did not end in %d s" % (self._name, seconds))
            time.sleep(0.02)
            self.peak_mib()
        if self._child.returncode != 0 and not self._is_recorded:
            raise Failed("%s ended with %d" % (self._name, self._child.returncode))

    def stop(self, seconds):
        self._child.terminate()
        self.wait(seconds)
