"""Numbers as people write them, in the units that Grafana has."""

from __future__ import annotations


def written(value: float, unit: str) -> str:
    """A number with its unit, as people write it."""
    if unit == "bool_yes_no":
        return "yes" if value else "no"
    if unit == "percentunit":
        return f"{value * 100:.3g}%"
    if unit == "s" and 0 < value < 1:
        return f"{value * 1000:.3g} ms"
    if unit == "s":
        days, hours, minutes = value / 86400, value / 3600, value / 60
        return next(
            (
                f"{many:.3g} {name}"
                for many, name in ((days, "d"), (hours, "h"), (minutes, "min"))
                if many >= 1
            ),
            f"{value:.3g} s",
        )
    for factor, sign in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= factor:
            return f"{value / (1e3 if sign == 'k' else factor):.3g} {sign}{_sign(unit)}"
    return f"{value:.3g} {_sign(unit)}".strip()


def _sign(unit: str) -> str:
    return {"bytes": "B", "Bps": "B/s", "ops": "/s", "cps": "/s"}.get(unit, "")
