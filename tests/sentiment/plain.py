#!/usr/bin/python3
"""Plain sentences have to come out right, each of them.

    plain.py FILE…      TRENDMILL names the binary

A file has a sentence a line: {"lang", "text"} and "is": the label, or "not": a label that it must not get. Its lexicons are
the shipped ones of all languages."""

import json
import sys
from pathlib import Path

from negation import HERE, shipped_score

LEXICONS = [str(path) for path in sorted((HERE.parent.parent / "config/lexicon").glob("*.yaml"))]


def is_right(one, label):
    return label == one["is"] if "is" in one else label != one["not"]


def main():
    run = shipped_score()
    wrong = 0
    for name in sys.argv[1:]:
        sentences = [json.loads(line) for line in Path(name).read_text(encoding="utf-8").splitlines()]
        for one, got in zip(sentences, run.score(run.find_binary(), sentences, LEXICONS, {})):
            if not is_right(one, got["label"] if got else "none"):
                wrong += 1
                print(f"{name}: {one['text']}: {got and got['label']} {got and got['score']}, expected {one}")
        print(f"{name}: {len(sentences)} sentences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
