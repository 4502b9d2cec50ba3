"""Metrics for Prometheus. prometheus-client is loaded by the first request."""

from collections.abc import Iterator
from typing import Any

from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.operations.metric_families import METRICS
from chalicelib.services.operations import state
from chalicelib.services.operations.state import State

OPENMETRICS = "application/openmetrics-text"


@describe("Read the bank's metrics", media_types=("text/plain", OPENMETRICS))
def metrics(request: Request[None, None]) -> Answer:
    """Returns totals of today, queues, lags and ages for Prometheus, at most 15 s old. OpenMetrics if `Accept` asks for
    `application/openmetrics-text`. Needs a token of the role `metrics`, or of an auditor or admin.
    """
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
    from prometheus_client.openmetrics import exposition as openmetrics

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(state.read()))
    if OPENMETRICS in (request.headers.get("accept") or ""):
        exposed: bytes = openmetrics.generate_latest(registry)  # type: ignore[no-untyped-call]  # the library's
        return _answer(exposed, openmetrics.CONTENT_TYPE_LATEST)
    return _answer(generate_latest(registry), CONTENT_TYPE_LATEST)


class _Collector:
    """What prometheus-client asks for the metrics."""

    def __init__(self, read: State) -> None:
        self._state = read

    def collect(self) -> Iterator[Any]:
        """Yield the family of each metric, also of those without a value now."""
        from prometheus_client.core import GaugeMetricFamily

        for metric in METRICS:
            family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
            for labels, value in metric.read(self._state):
                family.add_metric(labels, value)
            yield family


def _answer(text: bytes, content_type: str) -> Answer:
    return Answer(text.decode(), headers={"Content-Type": content_type})
