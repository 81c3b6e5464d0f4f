"""Finds the collectors: every module here that holds a COLLECTOR."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from exporter.metrics import Collector, Site, Trunk


def _found() -> dict[str, Collector]:
    modules = [
        importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)
    ]
    collectors = [module.COLLECTOR for module in modules if hasattr(module, "COLLECTOR")]
    # What every server has comes first, the rest by name.
    collectors.sort(key=lambda collector: (collector.name != "ami", collector.name != "core", collector.name))
    return {collector.name: collector for collector in collectors}


COLLECTORS: dict[str, Collector] = _found()

_SITE = Site(named=(Trunk("carrier", "PJSIP/carrier", 30),))

_ASKED_FOR = {"conferences": {"rooms": True}, "voicemail": {"per_mailbox": True}}  # options, by collector


@cache
def reference() -> dict[str, Collector]:
    """The same where there is a trunk, and where options ask for all: every metric that they have."""
    return {
        name: each.configured(each.options.model_validate(_ASKED_FOR.get(name, {})), _SITE)
        for name, each in COLLECTORS.items()
    }
