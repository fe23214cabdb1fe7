"""How far a contestant is, and what it had used by then."""
import re
import threading
import time

from meter import Failed

START_SECONDS, STOP_SECONDS = 60, 40
WARM_SHARE = 5                  # warm once one part in five of the posts is done
_POLL_SECONDS = 0.02


class Start:
    """Reads a contestant's log and notes what it had used when it got its first partitions."""

    def __init__(self, process, log, pattern):
        self._process, self._log, self._pattern = process, log, pattern
        self._seen = threading.Event()
        self.at = self.cpu = None
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        with open(self._log, "wb", buffering=0) as log:
            for line in self._process.stderr:
                if self.at is None and re.search(self._pattern, line):
                    self.cpu, self.at = self._process.cpu_seconds(), time.monotonic()
                    self._seen.set()
                log.write(line)
        self._seen.set()                # it has ended

    def wait(self):
        if not self._seen.wait(START_SECONDS) or self.at is None:
            raise Failed("a contestant got no partitions; its log ends:\n" + end_of(self._log))


class Course:
    """The processes of one contestant, from their start to the last commit."""

    def __init__(self, processes, logs, pattern):
        self.processes, self._logs = processes, logs
        self._starts = [Start(process, log, pattern) for process, log in zip(processes, logs)]
        self._warm = None

    def wait_for_start(self):
        for start in self._starts:
            start.wait()

    def cpu_seconds(self):
        return sum(process.cpu_seconds() for process in self.processes)

    def peak_mib(self):
        """Of the largest."""
        return max(process.peak_mib() for process in self.processes)

    def wait_for_end(self, progress, count, seconds):
        until = time.monotonic() + seconds
        while True:
            done = progress.posts()
            if self._warm is None and done * WARM_SHARE >= count:
                self._warm = (done, self.cpu_seconds(), time.monotonic())
            if done >= count:
                return
            if any(process.has_ended() for process in self.processes) or time.monotonic() > until:
                raise Failed("%d of %d posts were committed; the log ends:\n%s" % (done, count, end_of(self._logs[0])))
            time.sleep(_POLL_SECONDS)

    def figures(self, count):
        """Right after the last commit: those of a Result."""
        now, cpu = time.monotonic(), self.cpu_seconds()
        warm_done, warm_cpu, warm_at = self._warm
        began = min(start.at for start in self._starts)
        figures = {"cpu_us": (cpu - sum(start.cpu for start in self._starts)) / count * 1e6,
                   "posts_per_second": count / (now - began), "peak_mib": self.peak_mib(),
                   "whole_us": cpu / count * 1e6}
        if warm_done < count:           # else all was done between two looks
            figures.update(warm_us=(cpu - warm_cpu) / (count - warm_done) * 1e6,
                           warm_posts_per_second=(count - warm_done) / (now - warm_at))
        return figures


def end_of(log):
    with open(log) as file:
        return "".join(file.readlines()[-15:])
