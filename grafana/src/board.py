"""A dashboard: its rows of panels in the frame that all of them share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders.dashboard import (
    AnnotationQuery,
    Dashboard,
    DashboardLink,
    DatasourceVariable,
    QueryVariable,
    Row,
)
from grafana_foundation_sdk.models import dashboard
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from grafana.src.panels import SOURCE, Shown
from grafana.src.scope import scoped

TAG = "asterisk"
SCHEMA = 42
# The metrics that know the values of a variable. Servers can be targets of their own: then each of them tells
# asterisk_up, and the exporter, which is another target, tells of its build.
_KNOWN_BY = {
    "job": "asterisk_exporter_build_info|asterisk_up",
    "instance": "asterisk_exporter_build_info|asterisk_up",
    "server": "asterisk_up",
    "queue": "asterisk_queue_info",
    "trunk": "asterisk_trunk_channels",
}


@dataclass(frozen=True)
class Board:
    """One dashboard; `variables` are those beside datasource, job and instance."""

    uid: str
    title: str
    what: str
    rows: Mapping[str, Sequence[Shown]]  # by the title of the row
    variables: tuple[str, ...] = ("server",)
    since: str = "now-6h"

    def build(self) -> dashboard.Dashboard:
        """As Grafana takes it from a file."""
        made = (
            Dashboard(f"Asterisk / {self.title}")
            .uid(self.uid)
            .description(self.what)
            .tags([TAG])
            .readonly()
            .tooltip(DashboardCursorSync.CROSSHAIR)
            .time(self.since, "now")
            .refresh("30s")
            .timezone("browser")
            .link(
                DashboardLink("Asterisk")
                .type(DashboardLinkType.DASHBOARDS)
                .tags([TAG])
                .as_dropdown(True)
                .include_vars(True)
                .keep_time(True)
            )
            .with_variable(
                DatasourceVariable("datasource")
                .label("Data source")
                .type("prometheus")
                .current(VariableOption(text="default", value="default"))
            )
        )
        chosen: list[str] = []
        for name in ("job", "instance", *self.variables):
            made.with_variable(_variable(name, chosen))
            chosen.append(name)
        made.annotation(_starts())
        for title, panels in self.rows.items():
            made.with_row(Row(title))
            for panel in panels:
                made.with_panel(panel.panel(self.variables))
        built = made.build()
        built.schema_version = SCHEMA
        for number, each in enumerate(built.panels or (), 1):
            each.id_val = number
        for link in built.links or ():
            link.placement = None  # type: ignore[assignment]  # in sight, and not in a menu
        return built


def _variable(name: str, before: Sequence[str]) -> QueryVariable:
    """All of its values, or those that fit what the variables before it have chosen."""
    matchers = [f'__name__=~"{_KNOWN_BY[name]}"', *(f'{each}=~"${each}"' for each in before)]
    query = f"label_values({{{', '.join(matchers)}}}, {name})"
    return (
        QueryVariable(name)
        .label(name)
        .datasource(SOURCE)
        .query({"query": query, "refId": f"{name}-values"})
        .definition(query)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".+")
        .current(VariableOption(text=["All"], value=["$__all"]))
    )


def _starts() -> AnnotationQuery:
    """Marks where Asterisk was started anew."""
    return (
        AnnotationQuery()
        .name("Asterisk started")
        .datasource(SOURCE)
        .enable(True)
        .icon_color("purple")
        .expr(scoped("time() - asterisk_start_timestamp_seconds < 120", ["server"]))
        .title_format("Asterisk started")
        .text_format("{{server}}")
        .step("60s")
    )
