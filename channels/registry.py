"""Which channels there are: ours, and those that other packages bring.

Another package names a factory under the entry-point group `ringround.channels`; it is called with `Surroundings`
and gives a channel, or None where it has no settings.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points

from channels.base import Channel, Surroundings
from core.errors import ConfigError

ENTRY_POINTS = "ringround.channels"

Factory = Callable[[Surroundings], Channel | None]


def available(surroundings: Surroundings) -> dict[str, Channel]:
    """Makes every channel that is switched on, by name.

    Raises ConfigError for one of ours that lacks a setting, and for another package's that can't be loaded or
    takes a name that is taken.
    """
    channels: dict[str, Channel] = {}
    for factory in OURS.values():
        if channel := factory(surroundings):
            channels[channel.name] = channel
    for entry in entry_points(group=ENTRY_POINTS):
        if (channel := _plugged_in(entry, surroundings)) is None:
            continue
        if channel.name in channels or channel.name in OURS:
            raise _plugin_error(entry, f"brings a channel named {channel.name!r}, and there is one already")
        channels[channel.name] = channel
    return channels


def off(surroundings: Surroundings) -> dict[str, str]:
    """Says of each channel that is switched off why, in one sentence."""
    settings = surroundings.settings
    why: dict[str, str] = {}
    if not settings.email.on:
        why["email"] = "E-mail is off: RINGROUND_EMAIL__HOST names no mail server."
    if not settings.sms.on:
        why["sms"] = "Texts are off: RINGROUND_SMS__ACCOUNT_SID names no Twilio account."
    if not settings.telegram.on:
        why["telegram"] = "Telegram is off: RINGROUND_TELEGRAM__TOKEN holds no bot's token."
    for entry in entry_points(group=ENTRY_POINTS):
        if _plugged_in(entry, surroundings) is None:
            why[entry.name] = f"{entry.name} is off: the package {_package(entry)} lacks its settings."
    return why


# A channel's library is loaded only where the channel is on: each takes memory and time.


def _email(surroundings: Surroundings) -> Channel | None:
    if not surroundings.settings.email.on:
        return None
    from channels.mail import Mail

    return Mail(surroundings)


def _sms(surroundings: Surroundings) -> Channel | None:
    if not surroundings.settings.sms.on:
        return None
    from channels.sms import Sms

    return Sms(surroundings)


def _telegram(surroundings: Surroundings) -> Channel | None:
    if not surroundings.settings.telegram.on:
        return None
    from channels.telegram import Telegram

    return Telegram(surroundings)


def _phone(surroundings: Surroundings) -> Channel | None:
    from channels.phone import Phone

    return Phone(surroundings.catalogues)


OURS: dict[str, Factory] = {"email": _email, "sms": _sms, "telegram": _telegram, "phone": _phone}


def _plugged_in(entry: EntryPoint, surroundings: Surroundings) -> Channel | None:
    try:
        factory: Factory = entry.load()
        return factory(surroundings)
    except ConfigError:
        raise
    except Exception as error:
        raise _plugin_error(entry, f"can't be loaded ({type(error).__name__})") from error


def _plugin_error(entry: EntryPoint, trouble: str) -> ConfigError:
    package = _package(entry)
    return ConfigError(
        f"The channel {entry.name!r} of the package {package} {trouble}",
        mend=f"Bring {package} up to date, or take it out: pip uninstall {package}",
    )


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else entry.module
