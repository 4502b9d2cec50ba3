"""The only logger, and the only metrics.

Log records carry ids (request, principal, transaction); never a password, PIN, token or personal datum.
"""

import json
import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit

from chalicelib import config

_ONLY_OF_ERRORS = (
    "location",
    "service",
    "function_name",
    "function_arn",
    "function_memory_size",
    "function_request_id",
)
"""What the log group says anyway, or what only a search for a fault needs: it is half the bytes of a line."""


def to_line(fields: dict[str, Any]) -> str:
    """Return a log record as compact JSON. CloudWatch charges by the byte, so lines without a fault are short."""
    is_fault = fields.get("level") not in ("DEBUG", "INFO")
    kept = fields if is_fault else {name: value for name, value in fields.items() if name not in _ONLY_OF_ERRORS}
    if kept.get("cold_start") is False:
        kept = {name: value for name, value in kept.items() if name != "cold_start"}
    return json.dumps(kept, separators=(",", ":"), default=str)


logger = Logger(service="florin", level=config.log_level(), json_serializer=to_line)


def count(metric: str, value: int = 1, **dimensions: str) -> None:
    """Emit one metric with dimensions of its own, as a line of CloudWatch's embedded metric format."""
    from aws_lambda_powertools.metrics import single_metric

    with single_metric(name=metric, unit=MetricUnit.Count, value=value, namespace="Florin") as metric_line:
        metric_line.add_dimension(name="service", value="florin")
        for name, text in dimensions.items():
            metric_line.add_dimension(name=name, value=text)


def measure(**values: float) -> None:
    """Emit metrics without a dimension of their own, all in one line: those named `…Milliseconds` are times.

    CloudWatch has the average and percentiles of each. A value of 0 or 1 thus becomes a share.
    """
    metrics = [{"Name": name, "Unit": "Milliseconds" if name.endswith("Milliseconds") else "Count"} for name in values]
    directive = {"Namespace": "Florin", "Dimensions": [["service"]], "Metrics": metrics}
    about = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
    print(json.dumps({"_aws": about, "service": "florin", **values}, separators=(",", ":")))  # noqa: T201 — a line of its own in the log
