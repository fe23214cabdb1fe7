"""A small model of the trend store: facts rows in, answers out, in the very bytes of `page --json` and the API.

It keeps every row and computes each answer from all of them, by the definitions and by nothing else: no index, no state
that a row could spoil. README.md lists what the definitions leave open and how this model reads it.

    model = Model(rules)
    for line in lines: model.take(line)         # bytes of one facts row; gives the name of its fault, or None
    model.trend("rare-earth", at, window)       # bytes
"""
import json
from collections import Counter, defaultdict
from fractions import Fraction
from functools import cached_property
from math import isqrt

HOUR_MS = 3600 * 1000
DAY_MS = 24 * HOUR_MS
MAX_COUNT = 2 ** 53 - 1
COUNTS = ("reposts", "quotes", "replies", "likes", "bookmarks", "views")
IN_TOTAL = ("reposts", "quotes", "replies", "likes", "bookmarks")
SENTIMENTS = ("positive", "neutral", "negative")
UNKNOWN = "unknown"
MIN_AUTHORS = 5                 # in the hour, for a burst to have a score
LIMIT = 100                     # items of a list, where the question names none
MAX_POINTS = 48
NEXT = "…"                      # in the place of a cursor


# --- numbers and JSON ---

class Written(str):
    """A number that is written already."""


def round_half_even(numerator, divisor):
    whole, rest = divmod(numerator, divisor)
    return whole + (2 * rest > divisor or (2 * rest == divisor and whole % 2))


def decimal(value):
    """A fraction with up to four places, trailing zeros cut."""
    scaled = round_half_even(abs(value.numerator) * 10000, value.denominator)
    text = f"{scaled // 10000}.{scaled % 10000:04}".rstrip("0").rstrip(".")
    return Written(("-" if value < 0 and scaled else "") + text)


def tenths(value):
    return Written(f"{value // 10}.{value % 10}")


def dump(value):
    if isinstance(value, Written):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(dump(name) + ":" + dump(it) for name, it in value.items() if it is not None) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(dump, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def to_bytes(value):
    return dump(value).encode()


# --- figures ---

def shares(counts):
    """Tenths of a per cent that add up to 1000: the largest remainders get what is left, the first of equal ones first.
    None where there is nothing to share."""
    base = sum(counts)
    if not base:
        return [None] * len(counts)
    floors = [count * 1000 // base for count in counts]
    by_remainder = sorted(range(len(counts)), key=lambda i: (-(counts[i] * 1000 % base), i))
    for i in by_remainder[:1000 - sum(floors)]:
        floors[i] += 1
    return [tenths(floor) for floor in floors]


def burst_score(authors_hour, mean):
    """(x − μ)/√(μ + 1) to four places."""
    distance = authors_hour - mean
    square = distance * distance * 10 ** 8 / (mean + 1)
    scaled = isqrt(square.numerator // square.denominator)
    if (Fraction(2 * scaled + 1, 2)) ** 2 < square:
        scaled += 1
    return decimal(Fraction(scaled if distance >= 0 else -scaled, 10000))


def step_of(window):
    """Of a course: the least usual one that makes at most 48 points, beyond two days of whole days."""
    for minutes in (1, 5, 15, 60, 180, 360, 720):
        if window <= minutes * 60000 * MAX_POINTS:
            return minutes * 60000
    return -(-window // (MAX_POINTS * DAY_MS)) * DAY_MS


# --- rows ---

def parse(line):
    """A row and None, or None and the name of its fault."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None, "not-json"
    if not isinstance(row, dict):
        return None, "not-an-object"
    if type(row.get("v")) is not int or row["v"] != 1:
        return None, "version"
    if not isinstance(row.get("id"), str) or not row["id"]:
        return None, "no-id"
    if type(row.get("as_of")) is not int:
        return None, "no-as-of"
    for name in COUNTS:
        if name in row and not (type(row[name]) is int and 0 <= row[name] <= MAX_COUNT):
            return None, "count"
    if row.get("kind") == "repost" and row.get("subject", row["id"]) == row["id"]:
        return None, "subject"
    return row, None


def network_of(row):
    return row.get("network", "")


def own_key(row):
    return network_of(row), row["id"]


def subject_key(row):
    return network_of(row), row.get("subject", row["id"])


def has_counts(row):
    return any(name in row for name in COUNTS)


def place(row):
    source = row.get("source", {})
    return source.get("offset", -1), source.get("partition", -1)


def order(row):
    """Of two rows the greater one holds."""
    return row["as_of"], row.get("rules", {}).get("version", 0), *place(row)


def is_late(row):
    """Its clock is more than a day ahead of its record's."""
    timestamp = row.get("source", {}).get("timestamp")
    return timestamp is not None and row["as_of"] > timestamp + DAY_MS


def tags_of(row):
    return [*row.get("tags", ()), *("#" + it for it in row.get("hashtags", ()))]


class Rules:
    """What of the rules the answers show."""

    def __init__(self, tag_labels=None, segment_labels=None, min_age_ms=HOUR_MS, denied=()):
        self.tag_labels = tag_labels or {}
        self.segment_labels = segment_labels or {}
        self.min_age_ms = min_age_ms
        self.denied = set(denied)


class Filter:
    """None lets everything pass; "unknown" lets what has none."""

    def __init__(self, lang=None, segment=None, sentiment=None):
        self._wanted = {name: value for name, value in
                        (("lang", lang), ("segment", segment), ("sentiment", sentiment)) if value is not None}

    def takes(self, row):
        return all(row.get(name, UNKNOWN) == value for name, value in self._wanted.items())


# --- the model ---

class View:
    """What a set of rows says."""

    def __init__(self, rows, hides):
        self._rows, self._hides = rows, hides

    @cached_property
    def gone(self):
        """Ids that are hidden, and those that an edit replaces."""
        last = {}
        for hide in sorted(self._hides, key=lambda it: (it["as_of"], *place(it))):
            last[own_key(hide)] = hide["hidden"]
        replaced = {(network_of(row), row["replaces"]) for row in self._rows if "replaces" in row}
        return {key for key, hidden in last.items() if hidden} | replaced

    @cached_property
    def shown(self):
        """In their order, the greatest last."""
        return sorted((row for row in self._rows if own_key(row) not in self.gone and subject_key(row) not in self.gone),
                      key=order)

    @cached_property
    def content(self):
        """By id, the greatest row that is no update."""
        return {own_key(row): row for row in self.shown if row["kind"] != "update"}

    @cached_property
    def first(self):
        """By id, the least as_of of its rows."""
        first = {}
        for row in self.shown:
            first.setdefault(own_key(row), row["as_of"])
        return first

    @cached_property
    def time(self):
        return {key: row.get("created", self.first[key]) for key, row in self.content.items()}

    @cached_property
    def seen(self):
        """By subject, its observations by as_of in ascending order. A repost without counts observes nothing."""
        observations = {(own_key(row), row["as_of"]): row for row in self.shown}
        seen = defaultdict(dict)
        for row in sorted(observations.values(), key=order):
            if has_counts(row) or own_key(row) == subject_key(row):
                seen[subject_key(row)][row["as_of"]] = row
        return seen

    @cached_property
    def reposts_of(self):
        """By subject, its repost rows, the greatest last."""
        found = defaultdict(list)
        for key, row in self.content.items():
            if row["kind"] == "repost":
                found[subject_key(row)].append((order(row), key, row))
        return {subject: [(key, row) for _, key, row in sorted(them, key=lambda it: it[0])]
                for subject, them in found.items()}

    def posts(self, begin, end, takes):
        """Ids of posts, replies and quotes with time in (begin, end]."""
        return [key for key, row in self.content.items()
                if row["kind"] != "repost" and begin < self.time[key] <= end and takes(row)]

    def reposts(self, begin, end, takes):
        return [key for key, row in self.content.items()
                if row["kind"] == "repost" and begin < self.time[key] <= end and takes(row)]

    def known_by_reposts(self, begin, end, takes):
        """Subjects without a row of their own, each with its newest repost's row."""
        found = {}
        for subject, them in self.reposts_of.items():
            if subject not in self.content:
                inside = [row for key, row in them if begin < self.time[key] <= end and takes(row)]
                if inside:
                    found[subject] = inside[-1]
        return found

    def observation(self, subject, at):
        rows = [row for as_of, row in self.seen.get(subject, {}).items() if as_of <= at]
        return rows[-1] if rows else {}

    def last_seen(self, subject, at):
        """The as_of of the newest row of a subject, for one that nothing observes."""
        return max((row["as_of"] for row in self.shown if subject_key(row) == subject and row["as_of"] <= at), default=None)

    def authors(self, keys):
        return {(key[0], self.content[key]["author"]) for key in keys if "author" in self.content[key]}


class Model:
    def __init__(self, rules=None):
        self.rules = rules or Rules()
        self._rows, self._hides = [], []
        self._view = None
        self.last_timestamp = None
        self.late = 0

    def take(self, line):
        row, fault = parse(line)
        if fault:
            return fault
        timestamp = row.get("source", {}).get("timestamp")
        if timestamp is not None:
            self.last_timestamp = max(timestamp, self.last_timestamp or timestamp)
        if "hidden" in row:
            self._hides.append(dict(row, as_of=timestamp) if is_late(row) else row)
        elif is_late(row):
            self.late += 1
        else:
            self._rows.append(row)
        self._view = None
        return None

    @property
    def view(self):
        if not self._view:
            self._view = View(self._rows, self._hides)
        return self._view

    def knows(self, tag):
        """Whether a post or a repost has the tag, at whatever time."""
        return tag in self.rules.tag_labels or any(tag in tags_of(row) for row in self.view.content.values())

    # --- a tag's figures ---

    def _burst(self, at, takes):
        view = self.view

        def authors_hour(hours_before):
            end = at - hours_before * HOUR_MS
            return len(view.authors(view.posts(end - HOUR_MS, end, takes)))

        now = authors_hour(0)
        day = Fraction(sum(authors_hour(hours) for hours in range(1, 25)), 24)
        week = Fraction(sum(authors_hour(24 * days) for days in range(1, 8)), 7)
        score = burst_score(now, max(day, week)) if now >= MIN_AUTHORS else None
        return {"score": score, "authors_hour": now, "mean_day": decimal(day), "mean_week": decimal(week)}

    def _label(self, tag):
        return self.rules.tag_labels.get(tag, tag)

    def _sentiment(self, rows):
        counts = [sum(row.get("sentiment", UNKNOWN) == label for row in rows) for label in (*SENTIMENTS, UNKNOWN)]
        return {label: {"posts": count, "share": share}
                for label, count, share in zip((*SENTIMENTS, UNKNOWN), counts, shares(counts))}

    def _segments(self, rows):
        counts = defaultdict(int)
        for row in rows:
            if "segment" in row:
                counts[row["segment"]] += 1
        ranked = sorted(counts.items(), key=lambda it: (-it[1], it[0].encode()))
        return [{"segment": segment, "label": self.rules.segment_labels.get(segment, segment), "posts": count,
                 "share": share}
                for (segment, count), share in zip(ranked, shares([count for _, count in ranked]))]

    def _trend(self, tag, at, window, takes):
        def takes_tag(row):
            return tag in tags_of(row) and takes(row)

        view = self.view
        keys = view.posts(at - window, at, takes_tag)
        rows = [view.content[key] for key in keys]
        segments = self._segments(rows)
        everything = len(view.posts(at - window, at, takes))
        main = segments and {**segments[0], "base": sum(it["posts"] for it in segments)} or None
        return {
            "tag": tag, "label": self._label(tag), "at": at, "window": window, "posts": len(keys),
            "reposts": len(view.reposts(at - window, at, takes_tag)),
            "authors": len(view.authors(keys)), "authors_unknown": sum("author" not in row for row in rows),
            "sentiment": self._sentiment(rows), "segments": segments, "main_segment": main,
            "burst": self._burst(at, takes_tag),
            "share_of_voice": decimal(Fraction(len(keys), everything)) if everything else None,
        }

    def trend(self, tag, at, window, **filters):
        return self._trend(tag, at, window, Filter(**filters).takes)

    # --- the list ---

    def trends(self, at, window, sort="posts", limit=LIMIT, skip=0, **filters):
        """Tags of posts or reposts in the window: of all in their order, those of one page."""
        takes = Filter(**filters).takes
        view = self.view
        keys = view.posts(at - window, at, takes) + view.reposts(at - window, at, takes)
        tags = {tag for key in keys for tag in tags_of(view.content[key])} - self.rules.denied
        found = [self._trend(tag, at, window, takes) for tag in tags]
        for it in found:
            del it["segments"]
        return {"at": at, "window": window, "sort": sort, **part("tags", sorted(found, key=TAG_SORTS[sort]), limit, skip)}

    # --- related tags ---

    def related(self, tag, at, window, limit=LIMIT, **filters):
        """Tags that posts of the tag have too, each post once; most posts first."""
        takes_all = Filter(**filters).takes
        view = self.view
        posts = [set(tags_of(view.content[key])) for key in view.posts(
            at - window, at, lambda row: tag in tags_of(row) and takes_all(row))]
        both = Counter(it for tags in posts for it in tags if it != tag and it not in self.rules.denied)
        ranked = sorted(both.items(), key=lambda it: (-it[1], it[0].encode()))[:limit]
        return {"tag": tag, "at": at, "window": window, "posts": len(posts),
                "related": [{"tag": it, "label": self._label(it), "posts": count,
                             "share": tenths((2000 * count + len(posts)) // (2 * len(posts)))}
                            for it, count in ranked]}

    # --- posts ---

    def _post(self, key, at, row):
        """row: its own, or one of a repost of it, or none."""
        view = self.view
        seen = view.observation(key, at)
        if row is view.content.get(key):
            known = ("created", "author", "handle", "lang", "segment", "sentiment", "url", "text", "tags", "hashtags")
        else:
            known = ("lang", "sentiment", "text", "tags", "hashtags")
        found = {name: row.get(name) for name in known}
        total = [seen[name] for name in IN_TOTAL if name in seen]
        per_hour = None
        if total and "created" in found and found["created"] is not None:
            age = max(seen["as_of"] - found["created"], self.rules.min_age_ms)
            per_hour = decimal(Fraction(sum(total) * HOUR_MS, age))
        post = {"network": key[0] or None, "id": key[1], "created": found.get("created"),
                "as_of": seen.get("as_of", view.last_seen(key, at))}
        post.update((name, found.get(name)) for name in ("author", "handle", "lang", "segment", "sentiment", "url", "text",
                                                         "tags", "hashtags"))
        post.update((name, seen.get(name)) for name in COUNTS)
        post["per_hour"] = per_hour
        return post, view.time.get(key)

    def posts(self, tag, at, window, sort="reposts", limit=LIMIT, skip=0, **filters):
        """Posts of a tag, each subject once: of all in their order, those of one page."""
        takes_all = Filter(**filters).takes

        def takes(row):
            return tag in tags_of(row) and takes_all(row)

        view = self.view
        found = [self._post(key, at, view.content[key]) for key in view.posts(at - window, at, takes)]
        found += [self._post(key, at, row) for key, row in view.known_by_reposts(at - window, at, takes).items()]
        ranked = [post for post, _ in sorted(found, key=lambda it: by_rank(it, sort))]
        return {"tag": tag, "at": at, "window": window, "sort": sort, **part("posts", ranked, limit, skip)}

    # --- courses ---

    def series(self, tag, at, window, **filters):
        step = step_of(window)
        takes_all = Filter(**filters).takes

        def takes(row):
            return tag in tags_of(row) and takes_all(row)

        return {"tag": tag, "from": at - window, "to": at, "step": step,
                "points": [self._point(begin, min(begin + step, at), takes)
                           for begin in range(at - window, at, step)]}

    def _point(self, begin, end, takes):
        view = self.view
        keys = view.posts(begin, end, takes)
        labels = [view.content[key].get("sentiment", UNKNOWN) for key in keys]
        return {"from": begin, "posts": len(keys), "reposts": len(view.reposts(begin, end, takes)),
                "authors": len(view.authors(keys)), **{label: labels.count(label) for label in (*SENTIMENTS, UNKNOWN)}}

    def history(self, network, id, at):
        """A post with its counts until at; None where there is none to show."""
        key = (network, id)
        view = self.view
        reposts = [row for repost, row in view.reposts_of.get(key, ()) if view.first[repost] <= at]
        seen = [{"as_of": as_of, **{name: row.get(name) for name in COUNTS}}
                for as_of, row in view.seen.get(key, {}).items() if as_of <= at]
        if key not in view.content and not reposts and not seen:
            return None
        post, _ = self._post(key, at, view.content.get(key) or (reposts[-1] if reposts else {}))
        return {**post, "seen": seen}

    # --- the same as CSV ---

    def trends_csv(self, *args, **more):
        """The list of trends."""
        return csv_of(TREND_COLUMNS, [trend_fields(it) for it in self.trends(*args, **more)["tags"]])

    def posts_csv(self, *args, **more):
        return csv_of(POST_COLUMNS, [[" ".join(it[name] or ()) if name in ("tags", "hashtags") else it[name]
                                      for name in POST_COLUMNS] for it in self.posts(*args, **more)["posts"]])

    def series_csv(self, *args, **more):
        return csv_of(POINT_COLUMNS, [[it[name] for name in POINT_COLUMNS] for it in self.series(*args, **more)["points"]])

    def related_csv(self, *args, **more):
        return csv_of(RELATED_COLUMNS, [[it[name] for name in RELATED_COLUMNS]
                                        for it in self.related(*args, **more)["related"]])

    def history_csv(self, *args):
        found = self.history(*args)
        return found and csv_of(("as_of", *COUNTS), [[it[name] for name in ("as_of", *COUNTS)] for it in found["seen"]])

    def page(self, tag, at, window, sort="reposts", limit=LIMIT, skip=0, **filters):
        """What `page --tag T --json` prints."""
        return {"trend": self.trend(tag, at, window, **filters),
                "posts": self.posts(tag, at, window, sort, limit, skip, **filters)}


def part(name, items, limit, skip):
    """A page of a list. Cursors are opaque: one is written as NEXT."""
    return {name: items[skip:skip + limit], "next": NEXT if len(items) > skip + limit else None}


# --- CSV: a header line and a line an item, RFC 4180 ---

TREND_COLUMNS = ("tag", "label", "at", "window", "posts", "reposts", "authors", "authors_unknown",
                 *(it for label in (*SENTIMENTS, UNKNOWN) for it in (label, label + "_share")),
                 "main_segment", "main_segment_share", "main_segment_base", "burst", "authors_hour", "mean_day", "mean_week",
                 "share_of_voice")
POST_COLUMNS = ("network", "id", "created", "as_of", "author", "handle", "lang", "segment", "sentiment", "url", "text",
                "tags", "hashtags", *COUNTS, "per_hour")
POINT_COLUMNS = ("from", "posts", "reposts", "authors", *SENTIMENTS, UNKNOWN)
RELATED_COLUMNS = ("tag", "label", "posts", "share")


def trend_fields(it):
    main, burst = it["main_segment"] or {}, it["burst"]
    return [*(it[name] for name in TREND_COLUMNS[:8]),
            *(it["sentiment"][label][name] for label in (*SENTIMENTS, UNKNOWN) for name in ("posts", "share")),
            main.get("segment"), main.get("share"), main.get("base", 0),
            *(burst[name] for name in ("score", "authors_hour", "mean_day", "mean_week")), it["share_of_voice"]]


def csv_field(value):
    """Unknown is empty. A text that a spreadsheet would take for a formula begins with a quote."""
    if not isinstance(value, str) or isinstance(value, Written):
        return "" if value is None else str(value)
    text = "'" * (value[:1] in ("=", "+", "-", "@", "\t", "\r") and value != "") + value
    return '"' + text.replace('"', '""') + '"' if any(it in value for it in '",\n\r') else text


def csv_of(columns, rows):
    return "".join(",".join(map(csv_field, row)) + "\r\n" for row in (columns, *rows)).encode()


def by_rank(found, sort):
    """Unknown last, then newer (without a time last), then id."""
    post, time = found
    value = time if sort == "newest" else None if post[sort] is None else Fraction(post[sort])
    return (value is None, -(value or 0), time is None, -(time or 0), post["id"].encode(), (post["network"] or "").encode())


def by_figure(figure, second="posts"):
    return lambda it: (-figure(it), -it[second], it["tag"].encode())


# The figure, then posts, then the tag; by posts: then reposts.
TAG_SORTS = {
    "posts": by_figure(lambda it: it["posts"], "reposts"),
    "burst": by_figure(lambda it: float("-inf") if it["burst"]["score"] is None else Fraction(it["burst"]["score"])),
    "authors": by_figure(lambda it: it["authors"]),
    "reposts": by_figure(lambda it: it["reposts"]),
}
