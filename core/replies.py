"""What people write back: a few words that count, and only where they are the whole message.

Please, thanks, greetings, a name, punctuation and emoji may stand around them. Whatever else is in a message makes it
one that a person reads: an answer that is guessed wrongly sends somebody out on the wrong day, and a stop that is
guessed wrongly leaves somebody out. The words are phrases of the catalogues, so that each language has its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

from core.answers import Answer
from core.meanings import ANSWERS, CANCEL_WORDS, Meaning, Understood, counting, surrounding
from core.speech import Speech

__all__ = ["ANSWERS", "CANCEL_WORDS", "Meaning", "Understood", "choose", "understand"]


LONGEST = 16
"""Words in a message that may be understood; whoever writes more says more than one of the known words."""


OTHER = Understood(Meaning.OTHER)

Words = tuple[str, ...]


def understand(
    text: str,
    speech: Speech,
    *,
    names: Sequence[str] = (),
    people: Sequence[str] = (),
    numbered: bool = True,
) -> Understood:
    """Tells what a whole message means, in the language of `speech` and in English.

    `names` may stand in it without changing it: the person's own and that of the group's contact. `people` are those
    who share the phone or mailbox; their names then say whom an answer is for, and their numbers where they were
    `numbered` when we asked.
    """
    said = _read(text)
    if said is None or not 0 < len(said.words) <= LONGEST:
        return OTHER
    called = {word for name in names for word in _words(name)}
    listed = _without(_listed(speech), called | {word for name in people for word in _words(name)})
    if len(people) > 1:
        if several := _several(said, listed, people, numbered=numbered):
            return several
        called -= {word for name in people for word in _words(name)}
    known = {*listed.meanings, *listed.around, *((name,) for name in called)}
    # Where a message can be cut into known pieces in more ways than one, all of them must mean the same.
    found = [_meant(parts, said, listed) for parts in _split(said.words, known)]
    kinds = {(one.meaning, one.everything, one.channel) for one in found}
    return found[0] if len(kinds) == 1 else OTHER


def choose(text: str, speech: Speech, choices: Sequence[str]) -> tuple[int, ...]:
    """Tells which of numbered choices a whole message names, by number or by words, from 0; none where it is not sure.

    "1", "the 2 please", "Ann", "1 and 2" and "both" are understood.
    """
    said = _read(text)
    if said is None or not 0 < len(said.words) <= LONGEST or said.asking:
        return ()
    listed = _listed(speech)
    labels = _labels(choices, listed)
    found = {
        tuple(sorted({place for part in parts for place in labels.get(part, ())}))
        for parts in _split(said.words, {*listed.around, *listed.joining, *labels})
    }
    return found.pop() if len(found) == 1 else ()


@dataclass(frozen=True, slots=True)
class _Said:
    """A message as words. `asking`: there is a question mark; `signs`: what its emoji say, yes or no."""

    words: Words
    asking: bool
    signs: Set[Meaning]


@dataclass(frozen=True, slots=True)
class _Listed:
    """The lists of a language, together with the English ones. `around` may stand around a word that counts."""

    meanings: Mapping[Words, Understood]
    around: Set[Words]
    regrets: Set[Words]
    signing: Set[Words]
    joining: Set[Words]
    everybody: Set[Words]


_SIGNS = {Meaning.YES: frozenset("👍👌✅✔🙆☑"), Meaning.NO: frozenset("👎❌✖🚫🙅⛔")}
_ASKING = frozenset("?？؟՞⁇⁈⁉‽")
_JOINED = frozenset("'’‘ʼ`´")
_BETWEEN = frozenset('.,;:!-–—()"“”„«»*_~/&+|[]。，！、；：؛،·•\u2026')
_VARIATION = re.compile("[\ufe00-\ufe0f]")
_RUN = re.compile(r"([^\W\d])\1{2,}")
_PIECE = re.compile(r"\d+|\D+")

_MOST_WAYS = 200
"""Ways to cut a message that are looked at: a message of sixteen known words could have thousands."""


def _read(text: str) -> _Said | None:
    """Takes a message apart into words; None where there is something in it that is neither word nor decoration."""
    signs = frozenset(meaning for meaning, those in _SIGNS.items() if those.intersection(text))
    asking = not _ASKING.isdisjoint(text)
    written: list[str] = []
    for character in unicodedata.normalize("NFKC", _VARIATION.sub("", text)).casefold():
        kind = unicodedata.category(character)
        if kind == "Nd":
            written.append(str(unicodedata.decimal(character)))
        elif kind[0] == "L" or kind in ("Mn", "Mc"):
            written.append(character)
        elif character in _JOINED or kind in ("Cf", "Me"):
            continue
        elif kind in ("So", "Sk") or character.isspace() or character in _BETWEEN or character in _ASKING:
            written.append(" ")
        else:
            return None
    words = (piece for word in "".join(written).split() for piece in _PIECE.findall(word))
    return _Said(tuple(_RUN.sub(r"\1", word) for word in words), asking, signs)


def _words(text: str) -> Words:
    said = _read(text)
    return said.words if said else ()


@lru_cache(maxsize=32)
def _listed(speech: Speech) -> _Listed:
    meanings: dict[Words, Understood] = {}
    lists: list[set[Words]] = [set() for _ in range(5)]
    english = Speech()
    for voice in (english,) if speech.language == english.language else (english, speech):
        for understood, variants in counting(voice):
            for variant in variants:
                words = _words(variant)
                one = replace(understood, word=variant.upper())
                # A word that means two things, in one language or in two, means nothing for certain.
                same = words not in meanings or meanings[words].meaning is one.meaning
                meanings[words] = meanings.get(words, one) if same else OTHER
        for words_of, variants in zip(lists, surrounding(voice), strict=True):
            words_of.update(filter(None, map(_words, variants)))
    polite, regrets, signing, joining, everybody = lists
    meanings.pop((), None)
    return _Listed(meanings, polite | regrets | signing, regrets, signing, joining, everybody)


def _without(listed: _Listed, called: Set[str]) -> _Listed:
    """Takes out what may be a name: from somebody called No, "thanks, No" is no answer."""
    if called.isdisjoint(words[0] for words in listed.meanings if len(words) == 1):
        return listed
    kept = {words: one for words, one in listed.meanings.items() if len(words) > 1 or words[0] not in called}
    return replace(listed, meanings=kept)


def _split(words: Words, known: Set[Words]) -> Iterator[tuple[Words, ...]]:
    """Gives the ways to cut a message wholly into known pieces, longer pieces first."""
    longest = max(map(len, known), default=0)
    ends = {len(words)}
    for start in reversed(range(len(words))):
        if any(words[start : start + n] in known and start + n in ends for n in range(1, longest + 1)):
            ends.add(start)

    def cut(start: int) -> Iterator[tuple[Words, ...]]:
        if start == len(words):
            yield ()
        for n in range(min(longest, len(words) - start), 0, -1):
            if start + n in ends and words[start : start + n] in known:
                for rest in cut(start + n):
                    yield (words[start : start + n], *rest)

    return islice(cut(0), _MOST_WAYS if 0 in ends else 0)


def _meant(parts: tuple[Words, ...], said: _Said, listed: _Listed) -> Understood:
    """Tells what a message means that is cut like this: one thing, however often it is said, or nothing for certain."""
    found = [listed.meanings[part] for part in parts if part in listed.meanings]
    if len({(one.meaning, one.everything, one.channel) for one in found}) != 1:
        return OTHER
    meant = max(found, key=lambda one: len(one.word))
    plain = meant.meaning in (Meaning.YES, Meaning.NO, Meaning.STOP, Meaning.START)
    contrary = {Meaning.YES: Meaning.NO, Meaning.NO: Meaning.YES}.get(meant.meaning)
    unsure = (
        (plain and said.asking)
        or contrary in said.signs
        or (meant.meaning is Meaning.YES and not listed.regrets.isdisjoint(parts))
        or (meant.word in CANCEL_WORDS and len(said.words) > 1)
        or (meant.meaning is Meaning.STOP and _somebody_else(parts, listed))
    )
    return OTHER if unsure else meant


def _somebody_else(parts: tuple[Words, ...], listed: _Listed) -> bool:
    """Tells whether a name stands where it may be what to stop: "stop Ann"; not so in "stop, love Ann"."""
    for at, part in enumerate(parts):
        named = part not in listed.meanings and part not in listed.around
        before = parts[at - 1] if at else ()
        if named and at and before in listed.meanings:
            return True
    return False


def _labels(choices: Sequence[str], listed: _Listed) -> dict[Words, tuple[int, ...]]:
    """Gives what names each choice: its number, its words, and the first of them where no other choice has it."""
    named: dict[Words, set[int]] = {words: set(range(len(choices))) for words in listed.everybody}
    for place, choice in enumerate(choices):
        for words in {(str(place + 1),), _words(choice), _words(choice)[:1]} - {()}:
            named.setdefault(words, set()).add(place)
    return {
        words: tuple(sorted(places)) for words, places in named.items() if len(places) == 1 or words in listed.everybody
    }


def _several(said: _Said, listed: _Listed, people: Sequence[str], *, numbered: bool) -> Understood | None:
    """Reads "1 yes, 2 no", "Ann yes Joe no", "yes for both"; None where it is not that, or not for certain."""
    labels = {words: places for words, places in _labels(people, listed).items() if numbered or not words[0].isdigit()}
    answers = {words: ANSWERS[one.meaning] for words, one in listed.meanings.items() if one.meaning in ANSWERS}
    found: set[tuple[tuple[int, Answer], ...]] = set()
    for parts in _split(said.words, {*listed.around, *listed.joining, *labels, *answers} - listed.regrets):
        found.add(_paired([labels.get(part) or answers[part] for part in parts if part in labels or part in answers]))
    if len(found) != 1 or said.asking or said.signs or not (pairs := found.pop()):
        return None
    return Understood(Meaning.SEVERAL, pairs)


def _paired(items: Sequence[tuple[int, ...] | Answer]) -> tuple[tuple[int, Answer], ...]:
    """Pairs people with answers, each answer before its people or after them; nothing where that is not clear."""
    if len(items) < 2 or isinstance(items[0], Answer) is isinstance(items[-1], Answer):
        return ()
    answers_last = isinstance(items[-1], Answer)
    said: dict[int, Answer] = {}
    waiting: list[int] = []
    after_answer = True
    for item in items if answers_last else list(reversed(items)):
        if isinstance(item, Answer):
            if (after_answer and not waiting) or any(said.get(place, item) is not item for place in waiting):
                return ()
            said |= dict.fromkeys(waiting, item)
            waiting = []
        else:
            waiting += item
        after_answer = isinstance(item, Answer)
    return tuple(sorted(said.items()))
