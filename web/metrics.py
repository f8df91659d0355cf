"""The service's figures for Prometheus, read from the tables when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from core.people import Role
from core.quiet import QuietHours
from store.figures import Backlog, Figures, figures
from web.health import sending
from web.render import desk_of
from web.session import visitor

PREFIX = "ringround_"


def routes() -> list[BaseRoute]:
    """Gives the address that Prometheus asks."""
    return [Route("/metrics", metrics, methods=["GET"])]


async def metrics(request: Request) -> Response:
    """Gives the figures to programs on this machine, and to admins who are logged in."""
    if not local(request):
        await visitor(request, Role.ADMIN, "see the figures of the service")
    desk = desk_of(request)
    now = desk.clock.now()
    hours = QuietHours(desk.settings.quiet.start, desk.settings.quiet.end)
    found = await desk.database.read(figures, now, hours, desk.settings.zone)
    registry = CollectorRegistry()
    here = {"sending": sending(desk.settings.data_dir), "unreadable": request.app.state.unreadable}
    registry.register(_Rows(found, sorted(desk.channels), **here))
    return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


def local(request: Request) -> bool:
    """Tells whether a program on this machine asks us directly; a reverse proxy on it speaks for somebody else."""
    try:
        here = request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False
    passed_on = {"forwarded", "via", "x-forwarded-for", "x-real-ip"} & set(request.headers)
    public = urlsplit(desk_of(request).settings.public_url).hostname
    return here and not passed_on and (not public or request.url.hostname != public)


class _Rows(Collector):
    """Turns figures into what Prometheus reads; each name has its entry in docs/reference/metrics.md."""

    def __init__(self, found: Figures, channels: list[str], *, sending: bool, unreadable: int) -> None:
        self._found, self._channels, self._sending, self._unreadable = found, channels, sending, unreadable

    def collect(self) -> Iterator[Metric]:
        found, channels = self._found, self._channels
        waiting = {channel: found.backlog.get(channel, Backlog()) for channel in channels}
        yield _gauge(
            "queue_depth",
            "Messages that wait to be sent.",
            ["channel"],
            (([one], found.queued[one]) for one in channels),
        )
        yield _gauge(
            "queue_due",
            "Messages that wait though they could leave now.",
            ["channel"],
            (([one], waiting[one].due) for one in channels),
        )
        yield _gauge(
            "queue_oldest_due_seconds",
            "For how long the oldest message has waited though it could leave.",
            ["channel"],
            (([one], waiting[one].oldest.total_seconds()) for one in channels),
        )
        yield _gauge(
            "under_way",
            "Messages that are being sent, or of which nobody knows whether they were.",
            ["channel", "state"],
            (([one, state], found.under_way[one, state]) for one in channels for state in ("sending", "unknown")),
        )
        yield _counter(
            "attempts",
            "Contacts with a provider.",
            ["channel"],
            (([one], found.attempts[one]) for one in channels),
        )
        yield _counter(
            "outcomes",
            "What was said about messages, by the state that it put them into.",
            ["channel", "state"],
            ((list(key), count) for key, count in sorted(found.outcomes.items())),
        )
        yield _gauge(
            "provider_paused",
            "1 while a provider is not used because it fails everybody.",
            ["channel"],
            (([one], one in found.paused) for one in channels),
        )
        yield _gauge(
            "clock_lag_seconds",
            "How late the timetable is with what it should have made.",
            [],
            [([], found.clock_lag.total_seconds())],
        )
        yield _gauge(
            "inbox_open", "Things that people wrote and nobody has dealt with yet.", [], [([], found.inbox_open)]
        )
        yield _gauge(
            "receipts_unmatched",
            "Receipts of the last 30 days about messages that are none of ours.",
            ["channel"],
            (([one], found.unmatched[one]) for one in channels),
        )
        yield _counter(
            "updates_unreadable",
            "Updates of the chat that Telegram pushed to this process and that could not be read.",
            [],
            [([], self._unreadable)],
        )
        yield _gauge("sending", "1 while a dispatcher runs with this data folder.", [], [([], self._sending)])
        yield _gauge("live", "1 once messages really go to everybody.", [], [([], found.live)])


Samples = Iterable[tuple[list[str], float]]


def _gauge(name: str, says: str, labels: list[str], samples: Samples) -> Metric:
    family = GaugeMetricFamily(PREFIX + name, says, labels=labels)
    for values, value in samples:
        family.add_metric(values, float(value))
    return family


def _counter(name: str, says: str, labels: list[str], samples: Samples) -> Metric:
    family = CounterMetricFamily(PREFIX + name, says, labels=labels)
    for values, value in samples:
        family.add_metric(values, float(value))
    return family
