"""Figures about requests for Prometheus: how many, how they ended, how long until the answer began."""

import time
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Histogram, generate_latest

_REQUESTS = Counter("duologue_http_requests", "Answered requests.", ["method", "route", "status"])
_SECONDS = Histogram(
    "duologue_http_seconds",
    "From passing the gate to the beginning of the answer.",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def answered(scope: Any, status: int) -> None:
    """An answer began. Routes are counted by their pattern, so that no id and no token becomes a label."""
    route = scope.get("path_template") or "none"
    method = scope.get("method", "")
    _REQUESTS.labels(method if method in _METHODS else "other", route, str(status)).inc()
    began = scope.get("state", {}).get("began")
    if began is not None:
        _SECONDS.labels(route).observe(time.perf_counter() - began)


def exposition() -> tuple[bytes, str]:
    """Everything that has been counted, and its content type."""
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
