"""The page of phones and inboxes as HTML; every text from outside goes through `html.escape`."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from sandbox.failures import CHANNELS
from sandbox.mail_rules import html as html_of
from sandbox.phone_cards import CHANNEL_WORDS, Bubble, Card
from sandbox.telegram_html import render

if TYPE_CHECKING:
    from sandbox.world import World

MAIL_FRAME = (
    "<!doctype html><meta charset=utf-8><meta name=color-scheme content=light>"
    "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
    "<style>body{font:16px/1.5 system-ui,sans-serif;margin:1rem;color:#1c1b19;background:#fff}</style>"
)
REPLY_WORDS = {"email": "Answer by e-mail", "sms": "Answer by text", "telegram": "Answer on Telegram"}


def page(world: World, shown: list[Card], found: int, name: str, channel: str) -> str:
    """Gives the whole page."""
    options = "".join(
        f'<option value="{key}"{" selected" if key == channel else ""}>{words}</option>'
        for key, words in {"": "All channels", **CHANNEL_WORDS}.items()
    )
    return f"""<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Phones and inboxes · Sandbox</title>
<link rel="stylesheet" href="/phones.css">
<script src="/phones.js" defer></script>
</head>
<body>
<a class="skip" href="#people">Skip to the people</a>
<header class="top">
<div>
<h1>Phones and inboxes</h1>
<p class="lead">A pretend world: nothing here leaves this machine.
Each card is one person, and you can answer as them.</p>
{_way_to(world.pages)}</div>
<form class="filter" method="get" action="/" role="search" aria-label="Find people">
<p><label for="q">Name or address</label>
<input id="q" name="q" type="search" value="{escape(name)}" autocomplete="off"></p>
<p><label for="channel">Channel</label><select id="channel" name="channel">{options}</select></p>
<p><button type="submit">Show</button></p>
</form>
</header>
<p id="news" class="unseen" role="status"></p>
<main id="people" tabindex="-1" data-changes="{world.record.changes}">
{people(world, shown, found, name, channel)}
</main>
</body>
</html>
"""


def people(world: World, shown: list[Card], found: int, name: str, channel: str) -> str:
    """Gives the part of the page that changes: the state of the world and the cards."""
    back = urlencode({"q": name, "channel": channel}) if name or channel else ""
    if not shown:
        empty = (
            "Nobody matches." if name or channel else "Nothing has arrived yet. Send a notice, and it shows up here."
        )
        return f'{_weather(world)}<p class="empty">{empty}</p>'
    more = ""
    if found > len(shown):
        more = f'<p class="more">Showing {len(shown)} of {found} people. Type a name above to find the others.</p>'
    return (
        _weather(world)
        + more
        + '<div class="cards">'
        + "".join(_card(card, back, world.pages) for card in shown)
        + "</div>"
    )


def _weather(world: World) -> str:
    """Gives one line of counts, and what is wrong just now with a way to mend it."""
    stats = world.stats()
    counts = " · ".join(f"{CHANNEL_WORDS[c]} <b>{stats['accepted'][c]}</b>" for c in CHANNELS)
    refused = sum(stats["refused"].values())
    if refused:
        counts += f" · Not accepted <b>{refused}</b>"
    line = f'<p class="counts" data-key="counts">Arrived: {counts}</p>'
    wrong = [f"{CHANNEL_WORDS[c]} is down" for c in stats["down"]]
    wrong += [f"{CHANNEL_WORDS[c]} is slow ({s:g} s)" for c, s in stats["latency"].items() if s > 0]
    for fault in stats["faults"]:
        whom = f" for {escape(str(fault['to']))}" if fault["to"] else ""
        times = f"{fault['times']} more" if fault["times"] else "until mended"
        wrong.append(f"{CHANNEL_WORDS[fault['channel']]} will fail: {escape(fault['how'])}{whom} ({times})")
    if not wrong:
        return line
    items = "".join(f"<li>{each}</li>" for each in wrong)
    return (
        f'{line}<section class="wrong" data-key="wrong" aria-labelledby="wrong">'
        '<h2 id="wrong">Made to fail just now</h2>'
        f'<ul>{items}</ul><form method="post" action="/heal"><button>Mend everything</button></form></section>'
    )


def _way_to(pages: str) -> str:
    if not pages:
        return ""
    return f'<p class="lead">The group\'s own web pages: <a href="{escape(pages)}/">{escape(pages)}</a></p>\n'


def _linked(shown: str, pages: str) -> str:
    """Lets those links in a text be opened that lead to the group's own pages; any other is shown, not followed."""
    if not pages:
        return shown
    return re.sub(re.escape(escape(pages)) + r"/[\w./-]*[\w/-]", r'<a href="\g<0>">\g<0></a>', shown)


def _card(card: Card, back: str, pages: str) -> str:
    person = card.person
    key = "p" + "-".join(_slug(part) for address in person.addresses for part in address) + _slug(person.name)
    initials = "".join(word[0] for word in person.name.split()[:2]).upper()
    addresses = "".join(
        f'<li><span class="tag {c}">{CHANNEL_WORDS[c]}</span> <span dir="ltr">{escape(a)}</span></li>'
        for c, a in person.addresses
    )
    bubbles = "".join(_bubble(card, bubble, key, back, pages) for bubble in card.bubbles)
    middle = '<p class="quiet">No messages yet.</p>'
    if bubbles:
        label = f"Messages of {escape(person.name)}"
        middle = f'<div class="talk" tabindex="0" role="region" aria-label="{label}"><ol>{bubbles}</ol></div>'
    trouble = " trouble" if card.in_trouble else ""
    return f"""<article class="card{trouble}" id="{key}" data-key="{key}" aria-labelledby="{key}-n">
<header><span class="face" aria-hidden="true">{escape(initials)}</span>
<div><h2 id="{key}-n" dir="auto">{escape(person.name)}</h2><ul class="addresses">{addresses}</ul></div></header>
{middle}
{_answer_form(card, key, back)}
</article>
"""


def _bubble(card: Card, bubble: Bubble, key: str, back: str, pages: str) -> str:
    side = "mine" if bubble.mine else "theirs"
    who = escape(card.person.name) if bubble.mine else "To " + escape(card.person.name)
    meta = f'<span class="tag {bubble.channel}">{CHANNEL_WORDS[bubble.channel]}</span>'
    meta += f' <time datetime="{bubble.at.isoformat()}">{bubble.at:%H:%M}</time>'
    if bubble.status:
        meta += f" · {escape(bubble.status)}"
    subject = f'<p class="subject" dir="auto">{escape(bubble.subject)}</p>' if bubble.subject else ""
    if bubble.channel == "email" and not bubble.mine and bubble.sender and not bubble.trouble:
        subject += f'<p class="from">From {escape(bubble.sender)}</p>'
    words = _linked(render(bubble.text, bubble.entities), pages)
    text = f'<p class="text" dir="auto">{words}</p>' if bubble.text else ""
    trouble = f'<p class="why">{escape(bubble.trouble)}</p>' if bubble.trouble else ""
    classes = f"{side} {bubble.channel}{' lost' if bubble.trouble else ''}"
    return (
        f'<li class="{classes}"><span class="unseen">{who}: </span>{subject}{text}{trouble}'
        f'{_rendered_mail(bubble)}{_buttons(bubble, key, back)}<p class="meta">{meta}</p></li>'
    )


def _rendered_mail(bubble: Bubble) -> str:
    """Gives the HTML of an e-mail in a frame that runs nothing, loads nothing and reaches nothing."""
    if bubble.arrival is None or bubble.arrival.raw is None or not (body := html_of(bubble.arrival.raw)):
        return ""
    return (
        "<details><summary>As the mail program shows it</summary>"
        f'<iframe sandbox="" loading="lazy" title="The e-mail as HTML" srcdoc="{escape(MAIL_FRAME + body)}"></iframe>'
        "</details>"
    )


def _buttons(bubble: Bubble, key: str, back: str) -> str:
    if not bubble.buttons or bubble.arrival is None:
        return ""
    hidden = _hidden(
        channel="telegram",
        address=bubble.arrival.to,
        message_id=str(bubble.arrival.extra["message_id"]),
        card=key,
        back=back,
    )
    made = [
        f'<a href="{escape(url)}" rel="noreferrer">{escape(label)}</a>'
        if url and url.startswith(("https://", "http://"))
        else f'<button name="button" value="{escape(label)}">{escape(label)}</button>'
        for label, url in bubble.buttons
    ]
    return f'<form class="buttons" method="post" action="/answer">{hidden}{"".join(made)}</form>'


def _answer_form(card: Card, key: str, back: str) -> str:
    """Gives the box in which one writes as this person, on the channel they were last written to."""
    addresses = [(c, a) for c, a in card.person.addresses if c in REPLY_WORDS]
    if not addresses:
        return ""
    latest = card.bubbles[-1].channel if card.bubbles else addresses[0][0]
    if len(addresses) == 1:
        which = _hidden(address=" ".join(addresses[0]))
        words = REPLY_WORDS[addresses[0][0]]
    else:
        options = "".join(
            f'<option value="{escape(c + " " + a)}"{" selected" if c == latest else ""}>{REPLY_WORDS[c]}</option>'
            for c, a in addresses
        )
        which = f'<label class="unseen" for="{key}-c">How to answer</label>'
        which += f'<select id="{key}-c" name="address">{options}</select>'
        words = f"Answer as {escape(card.person.name)}"
    return (
        f'<form class="answer" method="post" action="/answer">{which}{_hidden(card=key, back=back)}'
        f'<label class="unseen" for="{key}-t">{words}</label>'
        f'<textarea id="{key}-t" name="text" rows="1" required dir="auto" placeholder="{words}"></textarea>'
        f"<button>Send</button></form>"
    )


def _hidden(**fields: str) -> str:
    return "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items())


def _slug(text: str) -> str:
    """Gives a text as part of an element's id: letters and digits as they are, all else by its number."""
    return "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}" for c in text)
