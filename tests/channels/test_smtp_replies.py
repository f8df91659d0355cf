"""Every answer of a mail server's, over the wire: the SMTP table."""

from __future__ import annotations

from datetime import timedelta

from channels.mail import Mail
from core.receipts import Outcome
from sandbox.faults import Fault
from sandbox.world import World
from tests.channels.rows import Row, each, meaning
from tests.channels.surroundings import message, surroundings

GREYLISTED = timedelta(minutes=5)


TABLE = [
    # The server as a whole.
    Row("connect-421", Outcome.DEFERRED, "421", wide=True),
    Row("connect 554 No service here", Outcome.BROKEN, "554", wide=True),
    Row("auth-535", Outcome.BROKEN, "535"),
    Row("auth 454 4.7.0 Temporary authentication failure", Outcome.DEFERRED, "454", wide=True),
    # Our address.
    Row("mail-451", Outcome.DEFERRED, "451 4.3.0", retry_after=GREYLISTED),
    Row("mail 421 4.7.0 Too many messages on this connection", Outcome.DEFERRED, "421 4.7.0", wide=True),
    Row("mail 452 4.3.1 Insufficient system storage", Outcome.DEFERRED, "452 4.3.1"),
    Row("mail 550 5.1.8 Sender's domain not found", Outcome.BROKEN, "550 5.1.8"),
    Row("mail 553 5.7.1 Sender address not owned by the user", Outcome.BROKEN, "553 5.7.1"),
    Row("mail 530 5.7.0 Must issue STARTTLS first", Outcome.BROKEN, "530 5.7.0"),
    Row("mail 552 5.3.4 Message size exceeds the limit", Outcome.REFUSED, "552 5.3.4"),
    # The person's address.
    Row("rcpt-450", Outcome.DEFERRED, "450 4.2.1", retry_after=GREYLISTED),
    Row("greylist", Outcome.DEFERRED, "450 4.7.1", retry_after=GREYLISTED),
    Row("rcpt 451 Please come back", Outcome.DEFERRED, "451", retry_after=GREYLISTED),
    Row("rcpt 421 4.3.2 Shutting down", Outcome.DEFERRED, "421 4.3.2", wide=True),
    Row("rcpt-550", Outcome.REFUSED, "550 5.1.1", dead=True),
    Row("rcpt 550 No such user", Outcome.REFUSED, "550", dead=True),
    Row("rcpt 550 5.1.2 Bad domain", Outcome.REFUSED, "550 5.1.2", dead=True),
    Row("rcpt 550 5.1.6 Moved without a trace", Outcome.REFUSED, "550 5.1.6", dead=True),
    Row("rcpt 556 5.1.10 This domain takes no mail", Outcome.REFUSED, "556 5.1.10", dead=True),
    Row("rcpt 550 5.2.1 Mailbox disabled", Outcome.REFUSED, "550 5.2.1", dead=True),
    Row("rcpt-552", Outcome.DEFERRED, "552 5.2.2"),
    Row("rcpt 452 4.2.2 Mailbox full", Outcome.DEFERRED, "452 4.2.2"),
    Row("rcpt 552 Too much stored", Outcome.DEFERRED, "552"),
    Row("rcpt 550 5.7.1 Rejected by policy", Outcome.REFUSED, "550 5.7.1"),
    Row("rcpt 554 5.7.1 Relay access denied", Outcome.REFUSED, "554 5.7.1"),
    Row("rcpt 501 5.5.4 Odd parameter", Outcome.REFUSED, "501 5.5.4"),
    # The enhanced code wins over the basic one.
    Row("rcpt 550 4.2.1 Busy mailbox", Outcome.DEFERRED, "550 4.2.1"),
    Row("rcpt 450 5.1.1 Gone for good", Outcome.REFUSED, "450 5.1.1", dead=True),
    # Instead of asking for the content.
    Row("data 451 4.3.0 Try later", Outcome.DEFERRED, "451 4.3.0", retry_after=GREYLISTED),
    Row("data 554 5.5.1 No valid recipients", Outcome.REFUSED, "554 5.5.1"),
    Row("drop-before-354", Outcome.DEFERRED, "lost", wide=True),
    # After the content.
    Row("dot-554", Outcome.REFUSED, "554 5.6.0"),
    Row("dot 554 Looks like spam", Outcome.REFUSED, "554"),
    Row("dot 550 Content rejected", Outcome.REFUSED, "550"),
    Row("dot 550 5.7.26 Not authenticated", Outcome.REFUSED, "550 5.7.26"),
    Row("dot 550 5.1.1 No such mailbox after all", Outcome.REFUSED, "550 5.1.1", dead=True),
    Row("dot 552 5.2.2 Mailbox full", Outcome.DEFERRED, "552 5.2.2"),
    Row("dot 552 5.3.4 Too big", Outcome.REFUSED, "552 5.3.4"),
    Row("dot 451 4.7.1 Greylisted", Outcome.DEFERRED, "451 4.7.1", retry_after=GREYLISTED),
    Row("dot 421 4.3.2 Shutting down", Outcome.DEFERRED, "421 4.3.2", wide=True),
    Row("drop-after-dot", Outcome.UNKNOWN, "no answer", wide=True),
    Row("drop-after-dot-lost", Outcome.UNKNOWN, "no answer", wide=True),
    Row("hang-after-dot", Outcome.UNKNOWN, "no answer", wide=True),
    Row("drop-at-quit", Outcome.ACCEPTED, "250 2.0.0"),
]


@each(TABLE)
async def test_each_answer_means_what_the_table_says(world: World, row: Row) -> None:
    mail = Mail(surroundings(world), data_patience=1 if row.how.startswith("hang") else 20)
    try:
        # A log-in is tried in each way that the server offers.
        fault = world.fail(Fault("email", row.how, times=2 if row.how.startswith("auth") else 1))
        receipt = await mail.send(message("ada@example.org"))
        assert meaning(receipt) == meaning(row)
        assert (receipt.ref is not None) == (receipt.outcome is Outcome.ACCEPTED)
        assert bool(receipt.reason) == (receipt.outcome is not Outcome.ACCEPTED)
        if row.how != "drop-at-quit":
            assert fault.hits
            assert fault not in world.faults.waiting()
            again = await mail.send(message("ada@example.org", attempt=2))
            assert again.outcome is Outcome.ACCEPTED, "the next message is not held up by the last one's trouble"
    finally:
        await world.heal()
        await mail.close()


async def test_silence_before_the_content_is_deferred(world: World) -> None:
    world.fail(Fault("email", "hang-before-354"))
    mail = Mail(surroundings(world), patience=1)
    receipt = await mail.send(message("ada@example.org"))
    assert (receipt.outcome, receipt.wide) == (Outcome.DEFERRED, True)
    await world.heal()
    await mail.close()
