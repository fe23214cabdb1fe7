#!/usr/bin/python3
"""The model itself, against figures that were worked out by hand."""
import json
import sys
from fractions import Fraction

sys.dont_write_bytecode = True

from model import DAY_MS, HOUR_MS, Model, Rules, burst_score, decimal, dump, shares, to_bytes

AT = 1785600000000
offsets = iter(range(10 ** 6))


def row(id, minutes_ago, **members):
    as_of = AT - minutes_ago * 60000
    whole = {"v": 1, "id": id, "network": "x", "kind": "post", "subject": id, "as_of": as_of, "created": as_of, "lang": "ja",
             "tags": ["rare-earth"], "hashtags": [], "rules": {"version": 1, "id": "1"},
             "source": {"topic": "t", "partition": 0, "offset": next(offsets), "timestamp": as_of}, **members}
    return json.dumps({name: value for name, value in whole.items() if value is not None}).encode()


def model_of(*rows):
    model = Model(Rules({"rare-earth": "レアアース"}, {"40s/male": "40代/男性"}))
    for it in rows:
        model.take(it)
    return model


def ids(model, **more):
    return [post["id"] for post in model.posts("rare-earth", AT, DAY_MS, **more)["posts"]]


def check_numbers():
    assert [dump(decimal(Fraction(*it))) for it in ((1, 3), (2, 3), (1, 2), (3, 1), (-1, 8), (1, 20000), (3, 20000))] \
        == ["0.3333", "0.6667", "0.5", "3", "-0.125", "0", "0.0002"]            # halves to even
    assert shares([1, 1, 1]) == ["33.4", "33.3", "33.3"] and shares([0, 0]) == [None, None]
    assert shares([5, 0, 0, 0]) == ["100.0", "0.0", "0.0", "0.0"] and shares([1, 2, 3]) == ["16.7", "33.3", "50.0"]
    assert burst_score(8, Fraction(0)) == "8" and burst_score(8, Fraction(3)) == "2.5" and burst_score(5, Fraction(8)) == "-1"


def check_form():
    model = model_of(
        row("a", 30, author="u1", handle="kaze", segment="40s/male", sentiment="positive", text="朝の港\n\"霧\"", reposts=5, likes=10),
        row("b", 20, sentiment="negative", text="", tags=["rare-earth", "yen"], hashtags=["霧"], url="https://x.example/b"),
        row("c", 10, tags=[]))
    assert to_bytes(model.page("rare-earth", AT, HOUR_MS)).decode() == (
        '{"trend":{"tag":"rare-earth","label":"レアアース","at":1785600000000,"window":3600000,"posts":2,"reposts":0,"authors":1,'
        '"authors_unknown":1,"sentiment":{"positive":{"posts":1,"share":50.0},"neutral":{"posts":0,"share":0.0},'
        '"negative":{"posts":1,"share":50.0},"unknown":{"posts":0,"share":0.0}},'
        '"segments":[{"segment":"40s/male","label":"40代/男性","posts":1,"share":100.0}],'
        '"main_segment":{"segment":"40s/male","label":"40代/男性","posts":1,"share":100.0,"base":1},'
        '"burst":{"authors_hour":1,"mean_day":0,"mean_week":0},"share_of_voice":0.6667},'
        '"posts":{"tag":"rare-earth","at":1785600000000,"window":3600000,"sort":"reposts","posts":['
        '{"network":"x","id":"a","created":1785598200000,"as_of":1785598200000,"author":"u1","handle":"kaze","lang":"ja",'
        '"segment":"40s/male","sentiment":"positive","text":"朝の港\\n\\"霧\\"","tags":["rare-earth"],"hashtags":[],"reposts":5,'
        '"likes":10,"per_hour":15},'
        '{"network":"x","id":"b","created":1785598800000,"as_of":1785598800000,"lang":"ja","sentiment":"negative",'
        '"url":"https://x.example/b","text":"","tags":["rare-earth","yen"],"hashtags":["霧"]}]}}')
    assert [it["tag"] for it in model.trends(AT, HOUR_MS)["tags"]] == ["rare-earth", "#霧", "yen"]


def check_precedence():
    old = row("a", 60, reposts=9, likes=1)
    new = row("a", 30, reposts=3, created=AT - HOUR_MS)
    for rows in ((old, new), (new, old)):
        model = model_of(*rows)
        assert model.history("x", "a", AT)["reposts"] == 3 and model.history("x", "a", AT)["likes"] is None
        assert model.history("x", "a", AT - 45 * 60000)["reposts"] == 9
    same = [row("a", 30, reposts=4), row("a", 30, reposts=5, rules={"version": 3, "id": "3"}), row("a", 30, reposts=6)]
    assert model_of(*same).history("x", "a", AT)["reposts"] == 5
    late = row("a", 0, reposts=7, as_of=AT + DAY_MS), row("a", 0, reposts=8, as_of=AT + DAY_MS + 1)
    model = model_of(*late)
    assert model.late == 1 and model.history("x", "a", AT + 9 * DAY_MS)["reposts"] == 7


def check_hides_and_edits():
    posts = [row("a", 30), row("b", 20), row("a", 10, network="mastodon"), row("r", 5, kind="repost", subject="a", repost_of="a")]
    hide, show = row("a", 4, hidden=True, kind=None), row("a", 3, hidden=False, kind=None)
    assert ids(model_of(*posts)) == ["a", "b", "a"]
    assert ids(model_of(hide, *posts)) == ["a", "b"] and model_of(hide, *posts).trend("rare-earth", AT, DAY_MS)["reposts"] == 0
    assert ids(model_of(show, hide, *posts)) == ["a", "b", "a"]
    assert ids(model_of(row("e", 1, replaces="b"), *posts)) == ["e", "a", "a"]


def check_reposts():
    model = model_of(row("s", 50, reposts=1), row("r1", 40, kind="repost", subject="s", repost_of="s", reposts=20),
                     row("r2", 30, kind="repost", subject="ghost", repost_of="ghost", text="うみ", author="u1", reposts=15),
                     row("r3", 20, kind="repost", subject="ghost", repost_of="ghost", text="海", reposts=14))
    trend = model.trend("rare-earth", AT, DAY_MS)
    assert (trend["posts"], trend["reposts"], trend["authors"], trend["authors_unknown"]) == (1, 3, 0, 1)
    posts = model.posts("rare-earth", AT, DAY_MS)["posts"]
    assert [(it["id"], it["reposts"]) for it in posts] == [("s", 20), ("ghost", 14)]
    assert posts[1]["text"] == "海" and posts[1]["created"] is None and posts[1]["author"] is None


def check_windows_and_bursts():
    model = model_of(*(row(f"p{i}", i * 10, author=f"u{i}") for i in range(7)))
    assert model.trend("rare-earth", AT, HOUR_MS)["posts"] == 6             # (at - window, at]
    burst = model.trend("rare-earth", AT, DAY_MS)["burst"]
    assert burst == {"score": "5.838", "authors_hour": 6, "mean_day": "0.0417", "mean_week": "0"}
    assert model.trend("rare-earth", AT, DAY_MS, sentiment="unknown")["posts"] == 7
    assert model.trend("rare-earth", AT, DAY_MS, lang="en")["posts"] == 0
    points = model.series("rare-earth", AT, HOUR_MS)["points"]
    assert len(points) == 12 and [it["posts"] for it in points] == [0, 1] * 6


def check_related():
    model = model_of(
        row("a", 30, tags=["rare-earth", "yen", "ports"], hashtags=["霧"]), row("b", 20, tags=["rare-earth", "yen"]),
        row("c", 10, tags=["yen"]), row("d", 90, tags=["rare-earth", "ports"]),
        row("e", 5, kind="repost", subject="a", tags=["rare-earth", "ports"]), row("f", 5, tags=["rare-earth"]))
    assert to_bytes(model.related("rare-earth", AT, HOUR_MS, limit=2)).decode() == (
        '{"tag":"rare-earth","at":1785600000000,"window":3600000,"posts":3,"related":['
        '{"tag":"yen","label":"yen","posts":2,"share":66.7},{"tag":"#霧","label":"#霧","posts":1,"share":33.3}]}')
    assert model.related_csv("yen", AT, HOUR_MS).decode().split("\r\n")[1] == "rare-earth,レアアース,2,66.7"


def check_hides_by_a_wrong_clock():
    def hide(as_of, hidden, timestamp):
        return json.dumps({"v": 1, "id": "a", "network": "x", "as_of": as_of, "hidden": hidden, "source": {
            "topic": "t", "partition": 0, "offset": next(offsets), "timestamp": timestamp}}).encode()

    post = row("a", 30)
    ahead = hide(AT + 400 * DAY_MS, True, AT)
    assert ids(model_of(post)) == ["a"] and ids(model_of(post, ahead)) == []
    assert ids(model_of(post, ahead, hide(AT + 1, False, AT + 1), post)) == ["a"]      # it can be taken back
    assert ids(model_of(post, hide(AT + 400 * DAY_MS, False, AT), hide(AT + 1, True, AT + 1))) == []


def check_csv():
    line = model_of(row("a", 30, author="=1+1", text='霧 "の", 港\n')).posts_csv("rare-earth", AT, HOUR_MS).decode()
    assert line.split("\r\n")[1] == (f"x,a,{AT - 1800000},{AT - 1800000},'=1+1,,ja,,,,"
                                     '"霧 ""の"", 港\n",rare-earth,,,,,,,,')


def check_faults():
    model = Model()
    faults = [model.take(it) for it in (b"{", b"[]", b'{"v":2}', b'{"v":1}', b'{"v":1,"id":"a"}', row("a", 0, likes=-1),
                                        row("a", 0, likes=2 ** 53), row("a", 0, likes=1.5), row("a", 0))]
    assert faults == ["not-json", "not-an-object", "version", "no-id", "no-as-of", "count", "count", "count", None]


if __name__ == "__main__":
    for check in (check_numbers, check_form, check_precedence, check_hides_and_edits, check_reposts, check_windows_and_bursts,
                  check_related, check_hides_by_a_wrong_clock, check_csv, check_faults):
        check()
