"""Two thousand replies as people may write them, each with what it truly means, and how well they are understood.

They are put together from parts of this file's own, not from the lists of `core.replies`, so that the two can disagree.
The label is what the writer means, by construction: a slip of the pen or another language does not change it, and
whatever a careful person would rather ask about is `other`. `python -m tests.core.replies_corpus --write` makes the
page docs/reference/replies.md.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

from core.replies import Meaning, understand
from core.speech import IN_ENGLISH

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "replies.md"
SEED, HOW_MANY = 20260302, 2_000
NAMES = ["Maureen O'Neill", "Mo", "Priya Shah"]
"""The writer, what she is called, and the group's contact."""

SHARES = {"yes": 330, "no": 330, "maybe": 120, "stop": 200, "start": 60, "call_me": 130, "help": 30, "change": 40,
          "language": 40, "other": 720}  # fmt: skip

CORES: dict[str, Sequence[str]] = {
    "yes": [
        "yes", "Yes", "Y", "yep", "yeah", "Yup", "aye", "yes I can", "yes I'll be there", "I'll be there",
        "I can come", "I will come", "yes I can make it", "I'm coming", "count me in", "see you there",
        "yes definitely", "I'd love to come", "yes that's fine", "that suits me", "I will be attending",
        "Yes I would like to come", "yes put me down", "happy to come", "wouldn't miss it", "yes of course",
    ],
    "no": [
        "no", "No", "N", "nope", "nah", "no I can't", "I can't come", "I cannot come", "can't make it",
        "I won't be there", "not coming", "I'm not coming", "unable to attend", "I am unable to attend",
        "not this time", "no can't make it", "I'm busy that day", "I have a hospital appointment",
        "no I'm away", "count me out", "I shall not be attending", "won't be able to make it", "no not for me",
        "I'll give it a miss",
    ],
    "maybe": [
        "maybe", "Maybe", "perhaps", "possibly", "not sure", "I'm not sure yet", "might", "I might come",
        "will try", "I'll try to come", "I don't know yet", "depends on the weather", "can I let you know",
        "50/50", "probably",
    ],
    "stop": [
        "STOP", "stop", "Stop", "STOP ALL", "unsubscribe", "UNSUBSCRIBE", "opt out", "stop texting me",
        "stop these messages", "no more texts", "don't text me again", "do not text me",
        "take me off your list", "remove me from the list", "stop messaging me", "Stop sending me texts",
        "stop contacting me", "I don't want these any more", "how do I get off this list",
        "I'd like to stop getting these", "kindly remove my number", "STOPALL",
    ],
    "start": [
        "START", "start", "unstop", "start again", "opt in", "subscribe", "start texting me again",
        "I'd like your messages again", "put me back on the list",
    ],
    "call_me": [
        "call me", "ring me", "Please ring", "phone me", "call me back", "can you ring me",
        "could someone ring me", "give me a ring", "can you call me", "I'd like a call", "ring me back",
        "CALL ME", "can somebody phone me", "I would rather talk on the phone",
    ],
    "help": [
        "HELP", "help", "INFO", "info",
    ],
    "change": [
        "change", "CHANGE", "change how I hear from you", "change my channel", "could I have e-mails instead",
        "I'd prefer a letter",
    ],
    "language": [
        "language", "LANGUAGE", "my language", "change language", "can I have this in Polish",
    ],
    "other": [
        "No, I can't go on", "I can't cope", "yes but my mum died", "stop 12345", "stop 4", "don't stop",
        "please don't stop", "never stop", "nonstop", "stop?", "yes??", "yes?", "no?", "yes or no", "yes/no",
        "Y/N", "I said no to her", "he said yes", "she says no more", "the bus doesn't stop here",
        "which stop is it", "bus stop", "full stop", "stop it", "Stop Maureen", "stop Joe's",
        "stop ringing my mum", "stop calling me Mo", "stop the world", "it has to stop", "I can't stop crying",
        "I want it to stop", "ok", "OK", "okay thanks", "👍", "👎", "🙏", "😀", "❤️❤️", "👍👍👍", "?", "!", "...",
        "thanks", "Thank you so much", "sorry", "hello", "who is this", "who's this?", "wrong number",
        "new phone who dis", "yes 👎", "no 👍", "yes sorry", "yes and no", "yes no maybe", "no yes", "not no",
        "not yes", "no problem", "no worries", "no idea", "no need", "no way", "no doubt", "no rush", "no more",
        "no one told me", "nothing", "none", "yes if I get a lift", "yes 2 of us", "yes but late",
        "yes can I bring my carer", "yes to lunch no to the meeting", "yes, what time?", "no unless it moves",
        "no not yet", "maybe not", "I can't wait", "I can", "can't", "I will", "I won't", "coming?", "am I?",
        "is it on", "where is it", "what time does it start", "when does it start?", "start at 2?",
        "it starts at 3", "cancel my place", "can you cancel my taxi", "cancel the meeting", "the end",
        "end of the road", "I quit smoking", "quit it", "help yourself", "I need help with the form", "help me",
        "can you help", "change of address", "I changed my number", "mind your language", "call my daughter",
        "call off the meeting", "call me tomorrow at 3", "don't call me", "ring my sister", "never ring me",
        "nobody calls me", "call me a taxi", "My new number is 07700 900123", "£20", "1", "2", "1 yes 2 no",
        "3pm", "07700900123", "yes 07700900123", "yes, Derek", "no Derek", "> yes",
        "> Can you come?\nyes, and Bob", '"stop" is what I told him', "RT yes", "http://example.org/yes",
        "<b>yes</b>", "{yes}", "yes\x00", "=yes", "y e s", "n o", "s t o p", "ye s", "sto p", "yesno",
        "stopp ing", "yesterday", "know", "now", "noon", "nose", "eyes", "yesteryear", "Stopford", "stoppage",
        "starter", "Mo", "Priya", "love Mo x", "нет", "да", "tak", "nie", "oui", "non", "ja", "nein", "sí", "是",
        "不", "نعم", "لا", "হ্যাঁ", "ہاں", "ਹਾਂ", "네", "はい", "YЕS", "ΝΟ", "ѕtop", "SТOP", "𝔜𝔢𝔰 or 𝔫𝔬",
        "Ok stop now or later?", "stop or carry on", "please stop the smoking", "I'd stop by if I could",
        "stop by anytime", "pit stop", "tell her to stop", "they won't stop shouting at me",
        "he told me to stop taking my tablets", "do I stop or start?", "start or stop", "stop start", "no stop",
        "yes stop", "maybe yes", "yes maybe", "cancel please", "cancel yes", "end it", "quit? no",
        "start a petition", "unsubscribe my brother",
    ],
}  # fmt: skip

BEFORE = ["", "", "", "", "Hi ", "Hello, ", "hi Priya, ", "Good morning. ", "Thanks, ", "ok ", "Dear Priya, "]
AFTER = ["", "", "", "", " please", " thanks", " thank you", " Mo", ", love Mo x", " xx", ". Kind regards, Maureen",
         " cheers", " thank you Priya"]  # fmt: skip
ENDS = ["", "", "", ".", "!", "!!!", " :)", " 🙂", " 😊😊", "...", " - ", "\n", "  ", " 🎉"]
LINES = ["\n\nSent from my iPhone", "\n--\nMaureen O'Neill\n07700 900001", " (sent by her daughter)", " see letter"]
"""What a mail program or somebody else adds: a person had better look, but for the first."""


def corpus() -> list[tuple[str, str]]:
    """Makes the replies with their labels, always the same ones."""
    random = Random(SEED)
    made = [(_dressed(random, label), label) for label, share in SHARES.items() for _ in range(share)]
    random.shuffle(made)
    assert len(made) == HOW_MANY
    return made


def _dressed(random: Random, label: str) -> str:
    """Takes a core of a label and writes it as somebody may."""
    core = random.choice(CORES[label])
    if label == "other":
        return _cased(random, core) + random.choice(["", "", "", " 🙂", "!", " please", ", love Mo", " thanks"])
    text = random.choice(BEFORE) + core + random.choice(AFTER)
    if random.random() < 0.12:
        text = _slipped(random, text)
    text = _cased(random, text) + random.choice(ENDS)
    return text + LINES[0] if random.random() < 0.03 else text


def _cased(random: Random, text: str) -> str:
    written = (text, text, text.lower(), text.upper(), text.capitalize(), text.swapcase())
    return random.choice(written)


def _slipped(random: Random, text: str) -> str:
    """Makes one slip: two letters swapped, one lost, one doubled, or a neighbour hit."""
    at = random.randrange(len(text))
    match random.randrange(4):
        case 0 if at + 1 < len(text):
            return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        case 1 if len(text) > 3:
            return text[:at] + text[at + 1 :]
        case 2:
            return text[:at] + text[at] + text[at:]
        case _:
            return text[:at] + random.choice("qwertyuiopasdfghjklzxcvbnm") + text[at + 1 :]


def confusion() -> Counter[tuple[str, str]]:
    """Counts what was meant against what was understood."""
    return Counter((label, understand(text, IN_ENGLISH, names=NAMES).meaning.value) for text, label in corpus())


def page(counted: Counter[tuple[str, str]]) -> str:
    """Writes the page."""
    labels = [meaning.value for meaning in Meaning if meaning is not Meaning.SEVERAL]
    head = f"| meant | {' | '.join(labels)} | understood |\n|---|{'---:|' * (len(labels) + 1)}"
    lines = []
    for label in labels:
        row = [counted[label, other] for other in labels]
        right = f"{100 * counted[label, label] / sum(row):.0f}%"
        cells = " | ".join(
            f"**{count}**" if other == label else str(count or "") for other, count in zip(labels, row, strict=True)
        )
        lines.append(f"| {label} | {cells} | {right} |")
    wrong = sum(count for (label, found), count in counted.items() if found not in (label, "other"))
    return TEXT.format(table="\n".join([head, *lines]), how_many=f"{HOW_MANY:,}", seed=SEED, wrong=wrong)


TEXT = """# How well replies are understood

Ringround takes a few words as an answer, and only where they are the whole message; see
[what people can write](../how-to/answers.md). Everything else is read by a person. So there are two ways to be wrong:

* **something is understood that was not meant.** Somebody is noted as coming who is not, or hears nothing more from us.
  This must not happen;
* **something that was meant is not understood.** A person reads it and notes the answer. That costs a minute.

The rule is therefore: *unsure means staff*. This page shows what comes of it for {how_many} replies that a script puts
together from parts of its own, not from the program's lists, always the same ones (seed {seed}): large and small
letters, punctuation, greetings, names, emoji, slips of the pen, other scripts, quoted text, and sentences that hold an
answer word but are no answer. A line says what was meant, a column what was understood.

{table}

Understood as something that was not meant: **{wrong}**.

What a few of them are taken for, and why:

| reply | taken for | why |
|---|---|---|
| `y`, `n`, `yep`, `nope sorry` | yes, no | nothing else can be meant |
| `yes??`, `no?`, `stop?` | for a person | somebody who asks has not decided |
| `NO!!!` | no | a sign of feeling is not a doubt |
| `ok`, `thanks`, 👍 | for a person | they may say only that it was read |
| `yes 👎`, `yes sorry` | for a person | the two do not agree |
| `yes but my mum died` | for a person, at once | no answer, and possible distress |
| `stop 12345`, `don't stop`, `stop Ann` | for a person | nobody asked us to stop |
| `stop please`, `please stop texting me` | stop | a clear wish, though not a word that the provider knows |
| `STOPALL`, `stop everything` | stop everything | it says so |
| `CANCEL`, `END`, `QUIT` by text | stop, and staff are asked | they stop texts, and the meeting may have been meant |
| `cancel please` | for a person | the provider lets it pass, so nothing has stopped |
| `да`, `نعم` | for a person | unless it is their language and has a catalogue |

This page is made by `python -m tests.core.replies_corpus --write`, and a test checks that it is up to date.
"""


if __name__ == "__main__":
    written = page(confusion())
    if "--write" in sys.argv:
        PAGE.write_text(written, encoding="utf-8")
    else:
        print(written)
        for reply, meant in corpus():
            found = understand(reply, IN_ENGLISH, names=NAMES).meaning.value
            if found not in (meant, "other") or (found != meant and "--missed" in sys.argv):
                print(f"{meant} taken for {found}: {reply!r}")
