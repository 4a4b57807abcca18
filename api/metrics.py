"""Metrics: what `/metrics` tells, all listed in docs/operating.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from api.service import Service

_SECONDS: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The counters of one service."""

    def __init__(self) -> None:
        """Make the counters."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "topogroup_requests",
            "HTTP requests by method, route and status.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "topogroup_request_seconds",
            "Time until an HTTP request was over, event streams included.",
            ["route"],
            buckets=_SECONDS,
            registry=self.registry,
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def watch(self, service: Service) -> None:
        """Show the state of a service from now on."""
        self.registry.register(_State(service))

    def text(self) -> bytes:
        """Return all metrics in the text format of Prometheus."""
        return generate_latest(self.registry)


class _State(Collector):
    """Reads the state of the service when somebody asks."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges."""
        service = self._service
        view, store = service.engine.view, service.store.status()
        ders = view.model.network.der.equipment.size if view.model is not None else 0
        at = view.at.timestamp() if view.at is not None else 0.0
        values = {
            "revision": ("Number of the last committed revision.", view.revision),
            "revision_time_seconds": ("When it was committed, seconds since 1970.", at),
            "events": ("Number of the last event of this generation.", view.last_event),
            "groups": ("Groups that exist.", len(view.groups)),
            "templates": ("Templates that exist.", len(view.templates)),
            "ders": ("DER of the active model.", ders),
            "engine_running": ("1 while the engine takes commands.", float(service.engine.state == "running")),
            "self_checks": ("Checks against a full recompute since the start.", service.self_check.checked.count),
            "self_check_revision": ("The revision that was checked last.", service.self_check.checked.revision),
            "self_check_differs": (
                "1 once a check found a difference: an alarm, nothing is sent any more.",
                float(service.self_check.checked.state == "differs"),
            ),
            "engine_queue": ("Commands that wait for the engine.", service.engine.waiting),
            "streams": ("Event streams that are open.", service.feed.streams),
            "imports_waiting": ("Models that wait to be read or are read.", service.imports.waiting),
            "imports_failed": ("Models that could not be read since the start.", service.imports.finished["failed"]),
            "store_ready": ("1 while the RDF store answers.", float(store.state == "ready")),
            "store_quads": ("Statements that the RDF store holds.", store.quads),
            "disk_free_bytes": ("Room on the disk of the data directory.", service.watch.seen.disk_free_bytes),
        }
        for name, (help_, value) in values.items():
            yield GaugeMetricFamily(f"topogroup_{name}", help_, value)
