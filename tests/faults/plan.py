"""The schedule of a run: three hands that work side by side, on workers, on brokers and on topics.

Each hand takes its faults from a shuffled deck; when that is used up it is shuffled anew. Which faults
come in which order, upon whom and for how long follows from the seed alone."""
import random

LONG_MINUTES = 10           # from then on pauses may be long

# Kinds, and how often each is in its deck.
WORKER_DECK = {
    "worker-kill": 3,           # kill -9, started again
    "worker-term": 2,           # SIGTERM, started again
    "worker-pause-session": 2,  # SIGSTOP for longer than the session, not than the transaction
    "worker-pause-both": 1,     # for longer than both
    "churn": 1,                 # a guest joins and leaves every 3 s
    "worker-clock": 1,          # SIGTERM, started again with a clock two hours late, or early
    "abort": 1,                 # a lane's transaction is aborted and the lane fenced
}
BROKER_DECK = {
    "broker-kill-1": 1, "broker-kill-2": 1, "broker-kill-3": 1,
    "pause-group": 1,           # SIGSTOP of the group's coordinator
    "pause-transactions": 1,    # SIGSTOP of a lane's transaction coordinator
    "rolling-restart": 1,
    "all-down": 1,
}
TOPIC_DECK = {
    "partitions": 1,            # two more for an input
    "topic-gone": 1,            # an output is deleted and made again
    "limit": 1,                 # max.message.bytes of an output is changed
    "offsets-gone": 1,          # the committed offset of a partition is deleted, and set again by a person
}
DECKS = {"workers": WORKER_DECK, "brokers": BROKER_DECK, "topics": TOPIC_DECK}
KINDS = [kind for deck in DECKS.values() for kind in deck]

# Seconds that a fault takes beside those it is given: brokers start slowly.
BESIDE = {"rolling-restart": 45, "all-down": 15, "broker-kill-1": 10, "broker-kill-2": 10, "broker-kill-3": 10,
          "abort": 16, "topic-gone": 5, "worker-clock": 3, "offsets-gone": 40}


class Fault:
    def __init__(self, kind, dice, slots, minutes):
        self.kind = kind
        longest = 25 if kind in TOPIC_DECK else 3
        self.gap = round(dice.uniform(longest / 6, longest), 1)     # seconds before it
        self.slot = dice.choice(slots)
        self.seconds = length(kind, dice, minutes)
        self.whole = self.seconds + BESIDE.get(kind, 0)

    def __str__(self):
        whom = f" {self.slot}" if self.kind.startswith("worker-") else ""
        return f"{self.kind}{whom}" + (f" {self.seconds:g} s" if self.seconds else "")


def length(kind, dice, minutes):
    long = minutes >= LONG_MINUTES
    if kind in ("worker-kill", "worker-term"):
        return dice.choice([0, 0, 1, 3])                    # down for so long
    if kind == "worker-pause-session":
        return 8
    if kind == "worker-pause-both":
        return dice.choice([24, 45]) if long else 24
    if kind == "churn":
        return 30 if long else 12
    if kind.startswith("broker-kill"):
        return dice.choice([0, 3, 6])
    if kind.startswith("pause-"):
        return dice.choice([15, 30, 90]) if long else dice.choice([8, 14])
    if kind == "all-down":
        return dice.choice([5, 15, 40]) if long else 5
    if kind == "topic-gone":
        return dice.choice([5, 12]) if long else 5
    return 0


def endless(deck, dice, slots, minutes, kinds):
    cards = [kind for kind, count in deck.items() for _ in range(count) if not kinds or kind in kinds]
    while cards:
        dice.shuffle(cards)
        for kind in cards:
            yield Fault(kind, dice, slots, minutes)


def hands(seed, slots, minutes, kinds):
    """By name, an endless stream of faults for each hand."""
    return {name: endless(deck, random.Random(f"{seed}/{name}"), slots, minutes, kinds)
            for name, deck in DECKS.items()}
