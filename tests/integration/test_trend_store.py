"""The trend store on real Kafka: killed while it reads, the broker killed under it, and still the answers of the model.

Rows, model and questions are those of tests/trends."""
import json
import random
import sys
import time

import pytest
from confluent_kafka import Producer

from support import ROOT, TRENDMILL, Worker, wait_until

sys.path.insert(0, str(ROOT / "tests/trends"))

import product
from histories import ask, questions
from history import History
from model import Model

PARTITIONS = 4
KILLS = 12
QUESTIONS = 16


class KafkaStore(product.Store):
    """A store that is fed by a topic; the questions are those of a store that is fed from a file."""

    def __init__(self, place, cluster):
        super().__init__(TRENDMILL, place.folder)
        self.place, self.cluster = place, cluster
        place.create(["facts"], partitions=PARTITIONS)
        config = {**product.CONFIG, "group": place.prefix, "kafka": {"bootstrap.servers": place.brokers},
                  "routes": {"facts": {"topic": place.topic("facts"), "shape": "facts"}}}
        (self.folder / "worker.yaml").write_text(json.dumps(config, ensure_ascii=False, indent=1))

    def produce(self, rows):
        producer = Producer({"bootstrap.servers": self.place.brokers, "enable.idempotence": True, "linger.ms": 5})
        for line in rows:
            row = json.loads(line)
            producer.produce(self.place.topic("facts"), line, row["id"], row["source"]["partition"],
                             timestamp=row["source"]["timestamp"])
        assert producer.flush(60) == 0

    def start(self, *flags):
        worker = Worker(self.folder / "worker.yaml", self.folder / f"trends-{len(self.place.workers)}.log", "trends", *flags)
        self.place.workers.append(worker)
        return worker

    def catch_up(self, seconds=60):
        worker = self.start("--once")
        assert worker.wait(seconds) == 0, worker.log()


@pytest.fixture
def history():
    """All rows come twice: a post that was hidden and is shown again comes back only with its rows."""
    history = History("kafka", steps=600, days=3, odd_rows=False)
    history.rows *= 2
    return history


@pytest.fixture
def model(history):
    model = Model(product.RULES)
    for row in history.rows:
        model.take(row)
    return model


@pytest.fixture
def store(place, cluster):
    return KafkaStore(place, cluster)


def check_answers(store, model, history):
    dice = random.Random("questions")
    differing = list(filter(None, (ask(store, model, it) for it in questions(history, dice, QUESTIONS))))
    assert not differing, differing[0]


def test_a_store_that_is_killed_at_random_moments_gives_the_answers_of_the_model(store, model, history):
    dice = random.Random("kills")
    parts = [history.rows[i * len(history.rows) // KILLS:(i + 1) * len(history.rows) // KILLS] for i in range(KILLS)]
    for part in parts:
        worker = store.start()
        store.produce(part)
        time.sleep(dice.uniform(0, 1.5))        # a moment to be killed at; nothing waits for it
        worker.kill()
    store.catch_up()
    check_answers(store, model, history)


def test_a_broker_that_is_killed_and_comes_back_changes_no_answer(store, model, history):
    worker = store.start()
    worker.wait_for_log("event=partition")          # a start without brokers ends with 3
    middle = len(history.rows) // 2
    store.produce(history.rows[:middle])
    for part in (history.rows[middle:middle + 200], history.rows[middle + 200:]):
        store.cluster.restart()
        store.produce(part)
    assert worker.is_running(), worker.log()
    worker.stop()
    store.catch_up()
    check_answers(store, model, history)


def test_rows_that_a_transaction_took_back_are_not_read(store, model, history):
    producer = Producer({"bootstrap.servers": store.place.brokers, "transactional.id": store.place.prefix})
    producer.init_transactions(20)
    producer.begin_transaction()
    row = {**json.loads(history.rows[0]), "id": "never", "subject": "never", "tags": ["rare-earth"], "text": "なかったこと"}
    for partition in range(PARTITIONS):
        producer.produce(store.place.topic("facts"), json.dumps(row).encode(), "never", partition)
    producer.flush(20)
    producer.abort_transaction(20)
    store.produce(history.rows)
    store.catch_up()
    check_answers(store, model, history)


def test_no_byte_of_a_hidden_text_is_left_while_the_store_is_open(store):
    from hides import found_in, hide, row
    worker = store.start()
    store.produce([row(number, number) for number in range(20)])
    wait_until("the texts are in the store", lambda: all(found_in(store, number) for number in range(20)))
    store.produce([hide(7, 100), hide(11, 101)])
    wait_until("the hidden texts are gone from all files", lambda: not found_in(store, 7) and not found_in(store, 11), 10)
    assert found_in(store, 8)
    store.produce([row(number, 200 + number) for number in range(20)])
    store.produce([row(21, 221)])
    wait_until("the last row is in the store", lambda: found_in(store, 21))
    assert not found_in(store, 7) and not found_in(store, 11)
    worker.stop()
    assert not found_in(store, 7) and not found_in(store, 11)
