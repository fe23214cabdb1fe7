"""What a run says: tables for people, JSON for programs."""
import json
import os
import platform
import statistics
import subprocess
import time

from cases import LIMIT, SUITES

NOTES = """\
CPU is user + system of all threads of the contestant alone, a post: median (least to most of the rounds).
  pass-throughs  from the first message to the last commit, exactly_once, with the worker's own settings;
                 that of events writes, instead of each post, the very bytes that the worker makes of it
  pipe           file to /dev/null, less a run without posts; it knows no Kafka and writes no source
  the worker     from its first partitions until all offsets are committed; start and drain are not counted
  peers          likewise: tests/bench/peers/README.md says what they do and what they leave out
  warm           from when a fifth of the posts is committed until all are; whole: from the start of the process
"x limit" compares within a round. The broker works on the same CPUs, so does whatever else runs here: times
are noisy. Compare medians and ratios of one run only, never figures of two machines or two hours."""

# Of a Result, each with how it is printed: those that no case of a table has are left out.
COLUMNS = (("ratio", "x limit", "%.2f"), ("warm_us", "warm µs", "%.2f"), ("warm_ratio", "x limit", "%.2f"),
           ("whole_us", "whole µs", "%.2f"), ("posts_per_second", "posts/s", "%d"),
           ("warm_posts_per_second", "warm posts/s", "%d"), ("p50_ms", "p50 ms", "%.0f"), ("p99_ms", "p99 ms", "%.0f"),
           ("peak_mib", "peak MiB", "%.1f"))


def versions(build):
    said = subprocess.run([os.path.join(build, "trendmill"), "--version"], stdout=subprocess.PIPE, text=True, check=True)
    return said.stdout.splitlines()


def _median(results, name):
    values = [getattr(result, name) for result in results if getattr(result, name) is not None]
    return statistics.median(values) if values else None


def _ratio(results, case, name):
    """Within a round."""
    pairs = [(getattr(mine, name), getattr(limit, name)) for mine, limit in zip(results[case], results.get(LIMIT, []))]
    pairs = [mine / limit for mine, limit in pairs if mine and limit]
    return statistics.median(pairs) if pairs else None


def summary(results, case):
    mine = results[case]
    cpu = [result.cpu_us for result in mine]
    row = {name: _median(mine, name) for name in vars(mine[0])}
    row.update(cpu_us_least=min(cpu), cpu_us_most=max(cpu), peak_mib=max(result.peak_mib for result in mine),
               ratio=_ratio(results, case, "cpu_us"), warm_ratio=_ratio(results, case, "warm_us"))
    return row


def rows(results, suite):
    """A head and the cells of a suite, as text."""
    cases = [case for case in SUITES[suite] if case in results]
    found = [summary(results, case) for case in cases]
    columns = [column for column in COLUMNS if any(row[column[0]] is not None for row in found)]
    head = ["", "CPU µs a post"] + [title for _, title, _ in columns]
    lines = []
    for case, row in zip(cases, found):
        cells = [case.label, "%.2f (%.2f–%.2f)" % (row["cpu_us"], row["cpu_us_least"], row["cpu_us_most"])]
        for name, _, form in columns:
            value = row[name]
            cells.append("–" if value is None else format(round(value), ",") if form == "%d" else form % value)
        lines.append(cells)
    return head, lines


def print_plain(head, lines):
    widths = [max(len(line[i]) for line in [head] + lines) for i in range(len(head))]
    for line in [head] + lines:
        print(line[0].ljust(widths[0]) + "".join("  " + cell.rjust(width) for cell, width in zip(line[1:], widths[1:])))
    print()


def print_markdown(head, lines):
    print("| " + " | ".join(head) + " |\n|---" + "|---:" * (len(head) - 1) + "|")
    for line in lines:
        print("| " + " | ".join(line) + " |")
    print()


def print_all(results, bench, args, build):
    event_bytes = bench.material.event_bytes(LIMIT)
    print("\n%s; %s\n\n%s posts of %.0f bytes on average, their events of %.0f; %d partitions, lz4, %d headers; "
          "%d rounds; %d CPUs\n"
          % (*versions(build)[:2], format(args.posts, ","), bench.material.post_bytes(), event_bytes,
             args.partitions, args.headers, args.rounds, os.cpu_count()))
    for suite in args.suite.split(","):
        (print_markdown if args.markdown else print_plain)(*rows(results, suite))
    for agreement in bench.agreements.values():
        print(agreement)
    print("" if args.markdown else NOTES)


def write_json(path, results, bench, args, build):
    cases = [{**vars(case), **summary(results, case), "rounds": [vars(result) for result in results[case]]}
             for case in results]
    whole = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "versions": versions(build),
             "machine": {"cpus": os.cpu_count(), "kernel": platform.release(), "arch": platform.machine()},
             "posts": args.posts, "post_bytes": bench.material.post_bytes(),
             "event_bytes": bench.material.event_bytes(LIMIT),
             "partitions": args.partitions, "headers": args.headers, "seed": args.seed, "set": args.set,
             "limit": LIMIT.label, "agreements": [str(agreement) for agreement in bench.agreements.values()],
             "cases": cases}
    with open(path, "w") as file:
        json.dump(whole, file, ensure_ascii=False, indent=1)
        file.write("\n")
