"""The worker processes: started, signalled, started again when they fall, and their memory watched."""
import concurrent.futures
import ctypes
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
SAMPLE_SECONDS = 1.0
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)

# PR_SET_PDEATHSIG means the parent's thread: this one lives to the end.
SPAWNER = concurrent.futures.ThreadPoolExecutor(1)

# What the log of a worker tells of the road it took.
EVENTS = {
    "rewind": "rewinds", "producer-renewed": "producers renewed", "guarded": "guarded",
    "not-ready": "not ready", "lane-failed": "lanes failed", "close-hangs": "closings that hang",
    "gap": "gaps", "offset-lost": "offsets lost", "clock-rejected": "clocks rejected",
}


def shift_clock(binary, folder, seconds):
    """The environment of a process with another clock."""
    library = pathlib.Path(folder) / "clock_shift.so"
    if not library.exists():
        subprocess.run(["gcc", "-shared", "-fPIC", "-w", "-o", library, HERE.parent / "clock_shift.c"], check=True)
    needs = subprocess.run(["ldd", binary], stdout=subprocess.PIPE, check=True, text=True).stdout
    sanitizer = re.findall(r"=> (\S*/libasan\.so\S*)", needs)           # it wants to come first
    return {"LD_PRELOAD": " ".join([*sanitizer, str(library)]), "CLOCK_SHIFT_S": str(seconds)}


# How malloc and the address sanitizer put it.
DOUBLE_FREE = r"double free|unaligned tcache chunk|ErrorDoubleFree|corrupted size|invalid pointer"


def die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Worker:
    """One process. Its log is a file of its own."""

    def __init__(self, slot, number, command, env, log):
        self.slot, self.number, self.log = slot, number, log
        self.name = f"{slot}.{number}"
        self.started = time.monotonic()
        self.max_kib = self.last_kib = 0
        self.ended = None           # seconds it lived
        self.asked = False          # to end, by us
        with open(log, "wb") as out:
            self.process = SPAWNER.submit(
                subprocess.Popen, command, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True, preexec_fn=die_with_parent).result()

    def sample(self):
        try:
            with open(f"/proc/{self.process.pid}/status", encoding="ascii", errors="replace") as status:
                text = status.read()
        except OSError:
            return
        found = re.search(r"VmRSS:\s+(\d+)", text), re.search(r"VmHWM:\s+(\d+)", text)
        if all(found):
            self.last_kib = int(found[0][1])
            self.max_kib = max(self.max_kib, int(found[1][1]))

    def signal(self, number):
        if self.process.poll() is None:
            self.process.send_signal(number)

    def wait_until_begun(self):
        """A process that does not take signals yet dies of SIGTERM, as any does."""
        deadline = time.monotonic() + 20
        while b"event=start " not in self.log.read_bytes() and self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)

    def end(self, number, seconds):
        """Sends it and waits; one that takes too long is killed. True: it ended in time."""
        self.asked = True
        self.signal(number)
        self.signal(signal.SIGCONT)
        try:
            self.process.wait(seconds)
            return True
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return False


class Workers:
    def __init__(self, binary, configs, folder, librdkafka, drain_seconds, say):
        self.binary, self.configs, self.folder, self.say = binary, configs, folder, say
        self.drain_seconds = drain_seconds
        self.env = dict(os.environ)
        if librdkafka:
            self.env["LD_LIBRARY_PATH"] = librdkafka
        self.env["LSAN_OPTIONS"] = f"suppressions={HERE / 'lsan.supp'}:print_suppressions=0"
        self.lock = threading.RLock()
        self.closed = False
        self.all, self.running, self.falls = [], {}, []
        self.over, self.series, self.watcher = threading.Event(), [], None
        self.slow_drains, self.bad_exits, self.last_series = 0, [], 0

    @property
    def slots(self):
        return [slot for slot in self.configs if slot != "guest"]

    def start(self, slot, clock_s=0):
        """clock_s: its clock is so many seconds early; late where that is negative."""
        with self.lock:
            if self.closed:
                raise RuntimeError("the run is over")
            number = sum(worker.slot == slot for worker in self.all) + 1
            env = dict(self.env, FAULTS_INSTANCE=f"slot-{slot}", **(shift_clock(self.binary, self.folder, clock_s)
                                                                    if clock_s else {}))
            log = self.folder / f"worker-{slot}.{number}.log"
            worker = Worker(slot, number, [self.binary, "run", "-c", self.configs[slot]], env, log)
            self.all.append(worker)
            self.running[slot] = worker
            return worker

    def start_all(self):
        for slot in self.slots:
            self.start(slot)
        self.watcher = threading.Thread(target=self.watch, daemon=True)
        self.watcher.start()

    def end(self, slot, number):
        """Ends the process of a slot; it is not started again before start."""
        with self.lock:
            worker = self.running.pop(slot, None)
        if not worker:
            return
        if number == signal.SIGTERM:
            worker.wait_until_begun()
        in_time = worker.end(number, self.drain_seconds + 10)
        worker.ended = time.monotonic() - worker.started
        code = worker.process.returncode
        if not in_time:
            self.slow_drains += 1
            self.say(f"worker {worker.name} did not end within {self.drain_seconds + 10} s of SIGTERM: killed")
        elif number == signal.SIGTERM and code:
            self.bad_exits.append((worker.name, code, last_words(worker.log)))
            self.say(f"worker {worker.name} ended with {code} after SIGTERM")

    def signal(self, slot, number):
        with self.lock:
            if slot in self.running:
                self.running[slot].signal(number)

    def watch(self):
        while not self.over.wait(SAMPLE_SECONDS):
            with self.lock:
                for slot, worker in list(self.running.items()):
                    worker.sample()
                    if worker.process.poll() is not None and not worker.asked:
                        self.fell(slot, worker)
                self.note_series()

    def note_series(self):
        now = time.monotonic()
        if now - self.last_series < 10:
            return
        self.last_series = now
        self.series.append([round(now), {worker.name: round(worker.last_kib / 1024, 1)
                                         for worker in self.running.values()}])

    def fell(self, slot, worker):
        worker.ended = time.monotonic() - worker.started
        words = last_words(worker.log)
        self.falls.append((worker.name, worker.process.returncode, words))
        self.say(f"worker {worker.name} ended by itself with {worker.process.returncode}: {words}")
        if slot == "guest":
            del self.running[slot]
        else:
            self.start(slot)

    def stop_all(self):
        """SIGTERM to all, at once."""
        self.over.set()
        if self.watcher:
            self.watcher.join()
        for worker in self.running.values():
            worker.sample()
        threads = [threading.Thread(target=self.end, args=(slot, signal.SIGTERM)) for slot in list(self.running)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def kill_all(self):
        self.over.set()
        with self.lock:
            self.closed = True
        for worker in self.all:
            if worker.process.poll() is None:
                worker.asked = True
                worker.process.kill()
                worker.process.wait()

    @property
    def crashes(self):
        """Ended by a signal that nobody sent, or by a sanitizer's report; without those that are known."""
        return [fall for fall in self.all_crashes if not self.is_double_free(fall[0])]

    @property
    def known_crashes(self):
        return [fall for fall in self.all_crashes if self.is_double_free(fall[0])]

    @property
    def all_crashes(self):
        return [(name, code, words) for name, code, words in self.falls + self.bad_exits
                if code < 0 or "Sanitizer" in words]

    def is_double_free(self, name):
        """librdkafka's own, see README.md: several brokers told a producer at once that it is fenced, and freed memory
        twice right then."""
        log, = (worker.log for worker in self.all if worker.name == name)
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        ends = [i for i, line in enumerate(lines) if re.search(DOUBLE_FREE, line)]
        told = [line for line in lines[:ends[0]][-12:] if "transactional producer fenced by newer producer" in line] if ends else []
        return len(told) >= 2

    def told(self):
        counts = dict.fromkeys(EVENTS.values(), 0)
        for worker in self.all:
            with open(worker.log, "rb") as log:
                for line in log:
                    found = re.search(rb" event=([a-z-]+)", line)
                    name = found and EVENTS.get(found[1].decode())
                    if name:
                        counts[name] += 1
        return counts


def last_words(log):
    """The line that says why: of a crash, else the last error, else the last one."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    for sign in ("Sanitizer", "Assertion", "event=lane-failed", "level=error", ""):
        found = [line for line in lines if sign in line]
        if found:
            return found[-1][:300]
    return "nothing said"
