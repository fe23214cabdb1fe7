#!/usr/bin/python3
"""Every term of en.yaml within every negative clause that its class takes: the labels have to be right.

    negation_en.py [--of N] [--show N] [--counts]     TRENDMILL names the binary

As negation.py does for Japanese. The clauses are made from the classes of R. Huddleston and G. K. Pullum, The Cambridge
Grammar of the English Language, chapter 9 (Negation): verbal negation (not, n't, never), absolute negators (no, nobody,
nothing, none, neither, without), approximate negators (hardly, scarcely, barely, rarely, seldom), increased specification
(at all, by no means, no longer), negative raising (don't think, don't believe), and what is negative in form alone: not
only, no doubt, couldn't be more, can't get any better. A row has an expectation: `turned`, `weaker` and `kept`, as there."""

import sys

from negation import lexicon_terms, main

# What these come to depends on another word that they hold: is fixed and is cured negate what precedes them, no excuse, can't
# help, won't win and not to waste are words of their own; ambiguous words follow the rest; drawn out words and clauses
# (works great) are not said after "is".
LEFT_OUT = {"fixed", "cured", "cheeky", "silly", "goofy", "honest", "crushed", "win", "help", "believe in", "waste", "excuse",
            "like it", "fixed it", "sorted it", "ready to go", "better", "so much fun", "arrived late", "came apart"}
CLAUSES = ("so ", "works ", "working ", "came ", "arrived ")
NEGATIVE_WORDS = {"no", "not", "never", "nothing", "without", "none", "nor", "cannot", "if", "but", "could", "would", "might"}

ADJECTIVE = (
    "It is not {}", "It isn't {} at all", "It's not {}", "It was never {}", "It wasn't {} this time", "They aren't {} either",
    "It has never been {}", "It isn't even {}", "It doesn't look {}",
    "It did not feel {}", "It won't be {}", "I don't think it is {}", "I do not think that this place is {}",
    "I don't believe it was {}", "I wouldn't say the show was {}", "I wouldn't call it {}", "Nothing about it was {}",
    "Nobody found it {}", "None of it was {}", "Neither of them was {}", "No one here is {}", "It is no longer {}",
    "It is far from {}", "It is by no means {}", "It is anything but {}", "It was nowhere near {}", "It is not a {} place",
    "There is nothing {} about it", "I doubt that it is {}", "It isn't {} any more", "It can't be {}")
APPROXIMATE = ("It is not very {}", "It was not really {}", "It is not that {}", "It is hardly {}", "It was barely {}", "It is rarely {}", "It is seldom {}", "It was scarcely {}")
ADJECTIVE_KEPT = (
    "It is not only {} but cheap too", "It was not just {}", "It couldn't be more {}", "It can't get any more {}",
    "It has never been so {}", "I have never been more {}", "It is {}, no doubt", "No wonder it is {}", "Why not, it is {}",
    "It is {} and nobody knows it", "It is as {} as ever", "Not to mention how {} it is")
COMPARED = ("It can't get any {}", "It cannot get any {} than this", "It couldn't get any {}", "It doesn't get any {} than this",
            "It could not be {}")
VERB = (
    "I do not {} it", "I don't {} it", "We didn't {} it", "I never {} it", "They won't {} it", "I can't {} this one",
    "I will never {} it", "Nobody will {} it", "No one can {} them", "I no longer {} it", "I don't really {} it",
    "I did not {} it at all", "I don't think I {} it", "I don't believe they {} it", "Neither of us will {} it")
VERB_APPROXIMATE = ("I hardly {} it", "I barely {} it", "They rarely {} it")
VERB_KEPT = ("They not only {} it", "I {} it, no doubt", "No wonder they {} it", "I {} it, nobody else")
NOUN = (
    "There is no {}", "There was no {} at all", "There isn't any {}", "There was never any {}", "I have no {}",
    "It went without {}", "It went without any {}", "A complete lack of {}", "It is not a {}", "I don't see any {}",
    "I don't think there is any {}", "There is no longer any {}", "Nobody felt any {}", "Zero {} so far", "It is free of {}",
    "The {} is finally gone", "The {} is over", "The {} went away")
NOUN_APPROXIMATE = ("There was hardly any {}", "There was barely any {}")
NOUN_KEPT = ("Nothing but {}", "No end of {}", "It was not just {}", "It is not only {} but work", "There is no shortage of {}",
             "{}, no doubt about it")
WORD = ("It is not {}", "It isn't {}", "It was never {}", "I don't think it is {}", "It is no longer {}", "It is far from {}")


def compared(word):
    """The comparative of a short adjective; None of others."""
    vowels = sum(1 for at, sign in enumerate(word) if sign in "aeiouy" and (at == 0 or word[at - 1] not in "aeiouy"))
    if " " in word or vowels > 2 or (vowels == 2 and not word.endswith("y")) or word.endswith("ous"):
        return None
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ier"
    if word.endswith("e"):
        return word + "r"
    doubles = len(word) > 2 and word[-1] not in "aeioucwxy" and word[-2] in "aeiou" and word[-3] not in "aeiou"
    return word + (word[-1] if doubles and vowels == 1 else "") + "er"


def rows(texts, word, expected):
    return ((text.format(word), text, expected) for text in texts)


def cases(kind, word):
    """Each text with its clause and what is expected of it."""
    if word in LEFT_OUT or not word[0].isascii() or NEGATIVE_WORDS & set(word.replace("n't", " not").split()):
        return
    if kind == "adjectives":
        yield from rows(ADJECTIVE, word, "turned")
        yield from rows(APPROXIMATE, word, "weaker")
        yield from rows(ADJECTIVE_KEPT, word, "kept")
        if compared(word):
            yield from rows(COMPARED, compared(word), "kept")
    elif kind == "verbs":
        yield from rows(VERB, word, "turned")
        yield from rows(VERB_APPROXIMATE, word, "weaker")
        yield from rows(VERB_KEPT, word, "kept")
    elif kind == "nouns":
        yield from rows(NOUN, word, "turned")
        yield from rows(NOUN_APPROXIMATE, word, "weaker")
        yield from rows(NOUN_KEPT, word, "kept")
    elif word.replace(" ", "").isalpha() and not word.startswith(CLAUSES) and word[-1] != word[-3:-2]:
        yield from rows(WORD, word, "turned")


if __name__ == "__main__":
    sys.exit(main("en", lambda: ((kind, word, weight, *one) for kind, word, weight in lexicon_terms("en")
                                 for one in cases(kind, word)), __doc__))
