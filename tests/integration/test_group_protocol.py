"""KIP-848, group.protocol: consumer, which takes librdkafka 2.12 and Kafka 4: a group changes over, and a static member whose
predecessor was killed waits for its place."""
import subprocess

import pytest

from posts import make_posts
from support import ROOT, wait_until

POSTS = 500
NEXT = {"kafka.consumer": {"group.protocol": "consumer"}}


@pytest.fixture(scope="module")
def newest():
    """The environment of a worker with a librdkafka that knows the protocol."""
    done = subprocess.run([ROOT / "tests/librdkafka"], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        pytest.skip("no newer librdkafka can be had")
    return {"LD_LIBRARY_PATH": done.stdout.strip()}


def wait_for(place, posts, worker):
    wait_until(f"{posts} posts are committed", lambda: sum(place.committed().values()) == posts or not worker.is_running(), 60,
               worker.log)
    assert worker.is_running(), worker.log()


def test_a_group_changes_over_while_it_runs(place, newest):
    place.create_all()
    place.feed(make_posts(POSTS, seed=8))
    old = place.start(place.config(name="old", lanes=1))
    wait_for(place, POSTS, old)
    new = place.start(place.config(name="new", lanes=1, **NEXT), env=newest)
    new.wait_for_log("event=rebalance lane=0 assigned=3")
    old.stop()
    place.feed(make_posts(POSTS, seed=9))
    wait_for(place, 2 * POSTS, new)
    new.stop()
    assert new.counted("posts") == POSTS
    assert "event=lane-failed" not in old.log() + new.log()


def test_a_static_member_waits_for_its_predecessor_that_was_killed(place, newest):
    place.create_all()
    place.feed(make_posts(POSTS, seed=8))
    config = place.config(lanes=1, instance="one", **NEXT)
    killed = place.start(config, env=newest)
    wait_for(place, POSTS, killed)
    killed.kill()
    place.feed(make_posts(POSTS, seed=9))
    again = place.start(config, env=newest)
    again.wait_for_log("event=place-held")
    wait_for(place, 2 * POSTS, again)
    again.stop()
    assert again.counted("posts") == POSTS
