"""The only logger, and the only metrics.

Log records carry ids (request, principal, transaction); never a password, PIN, token or personal datum.
"""

import json
import time

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit

from chalicelib import config

logger = Logger(service="florin", level=config.log_level())


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
