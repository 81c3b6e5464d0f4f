"""The kinds of panels that the dashboards are made of; each takes what it shows and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from grafana_foundation_sdk.builders import common, stat, table, timeseries
from grafana_foundation_sdk.builders.dashboard import DashboardLink, FieldColor, ThresholdsConfig
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    DataSourceRef,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    Threshold,
    ThresholdsMode,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from grafana.src.scope import scoped

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
# What a link down hands on.
_KEEP = "${datasource:queryparam}&${job:queryparam}&${instance:queryparam}&${__url_time_range}"

Panel: TypeAlias = stat.Panel | table.Panel | timeseries.Panel


def _nothing(queries: Iterable[str]) -> str:
    """What stands where no value is; a query that leaves out zeros cannot tell them from the unknown."""
    return "none, or not known" if all(query.endswith(("> 0", "== 0")) for query in queries) else "not known"


class Shown(Protocol):
    """Anything that makes a panel for a dashboard with these variables."""

    def panel(self, variables: Sequence[str]) -> Panel:
        """The panel, its queries scoped."""


@dataclass(frozen=True)
class Limits:
    """From where on a value is bad; `below` if small values are the bad ones."""

    bound: float
    below: bool = False

    def config(self) -> ThresholdsConfig:
        """As Grafana has it: colours from the lowest value up."""
        low, high = ("red", "green") if self.below else ("green", "red")
        steps = [Threshold(None, low), Threshold(self.bound, high)]
        return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)


PLAIN = ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps([Threshold(None, "text")])


@dataclass(frozen=True)
class Down:
    """A link from a value to the dashboard below, for the label of that value."""

    title: str
    uid: str
    labels: tuple[str, ...] = ("server",)

    def link(self, *, cells: bool = False) -> DashboardLink:
        """In a table a label is a field of the row, elsewhere one of the series."""
        where = "__data.fields" if cells else "__field.labels"
        chosen = "".join(f"&var-{label}=${{{where}.{label}}}" for label in self.labels)
        return DashboardLink(self.title).url(f"/d/{self.uid}?{_KEEP}{chosen}")


@dataclass(frozen=True)
class Stat:
    """One number, or one for each label set, with its course behind it."""

    title: str
    what: str
    query: str
    unit: str = "short"
    legend: str = ""
    limits: Limits | None = None
    width: int = 4
    down: Down | None = None

    def panel(self, variables: Sequence[str]) -> stat.Panel:
        """As Grafana's stat panel."""
        made = (
            stat.Panel()
            .title(self.title)
            .description(self.what)
            .datasource(SOURCE)
            .unit(self.unit)
            .height(4)
            .span(self.width)
            .no_value("not known")
            .thresholds(self.limits.config() if self.limits else PLAIN)
            .color_mode(BigValueColorMode.VALUE)
            .graph_mode(BigValueGraphMode.AREA)
            .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
            .with_target(_query(self.query, self.legend or "__auto", variables, "A"))
        )
        return made.data_links([self.down.link()]) if self.down else made


@dataclass(frozen=True)
class Graph:
    """Values over time, one query for each legend."""

    title: str
    what: str
    queries: Mapping[str, str]  # by legend
    unit: str = "short"
    limits: Limits | None = None
    width: int = 12
    stacked: bool = False
    most: float | None = None  # the top of the axis
    down: Down | None = None

    def panel(self, variables: Sequence[str]) -> timeseries.Panel:
        """As Grafana's time series panel."""
        legend = common.VizLegendOptions().display_mode(LegendDisplayMode.LIST)
        made = (
            timeseries.Panel()
            .title(self.title)
            .description(self.what)
            .datasource(SOURCE)
            .unit(self.unit)
            .height(8)
            .span(self.width)
            .min(0)
            .no_value(_nothing(self.queries.values()))
            .line_width(1)
            .fill_opacity(40 if self.stacked else 8)
            .show_points(VisibilityMode.NEVER)
            .color_scheme(FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC))
            .legend(legend.placement(LegendPlacement.BOTTOM).show_legend(True))
            .tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
        )
        if self.stacked:
            made.stacking(common.StackingConfig().mode(StackingMode.NORMAL).group("A"))
        if self.most is not None:
            made.max(self.most)
        if self.limits:
            style = common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED)
            made.thresholds(self.limits.config()).thresholds_style(style)
        if self.down:
            made.data_links([self.down.link()])
        for number, (name, query) in enumerate(self.queries.items()):
            made.with_target(_query(query, name, variables, chr(ord("A") + number)))
        return made


@dataclass(frozen=True)
class Column:
    """A column of a table: its query, and how its values are written."""

    title: str
    query: str
    unit: str = "short"
    limits: Limits | None = None


@dataclass(frozen=True)
class Table:
    """One row for each label set, one column for each query, as of now."""

    title: str
    what: str
    rows: tuple[str, ...]  # the labels that make a row
    columns: Sequence[Column]
    width: int = 24
    height: int = 8
    down: Down | None = None
    worst: Literal["largest", "smallest"] = "largest"  # of the first column, stands first
    labels: Mapping[str, str] = field(default_factory=dict)  # other titles of the labels' columns

    def panel(self, variables: Sequence[str]) -> table.Panel:
        """As Grafana's table panel, its frames merged to one."""
        names = {f"Value #{chr(ord('A') + n)}": column.title for n, column in enumerate(self.columns)}
        order = [*self.rows, *names]
        first = common.TableSortByFieldState().display_name(self.columns[0].title)
        first.desc(self.worst == "largest")
        made = (
            table.Panel()
            .title(self.title)
            .description(self.what)
            .datasource(SOURCE)
            .unit("short")
            .height(self.height)
            .span(self.width)
            .no_value(_nothing(column.query for column in self.columns))
            .thresholds(PLAIN)
            .sort_by([first])
            .with_transformation(DataTransformerConfig(id_val="merge", options={}))
            .with_transformation(
                DataTransformerConfig(
                    id_val="organize",
                    options={
                        "excludeByName": {"Time": True},
                        "indexByName": {name: at for at, name in enumerate(order)},
                        "renameByName": names | dict(self.labels),
                    },
                )
            )
        )
        for number, column in enumerate(self.columns):
            reference = chr(ord("A") + number)
            made.with_target(
                _query(column.query, "", variables, reference).instant().format(PromQueryFormat.TABLE)
            )
            made.override_by_name(column.title, _written(column))
        if self.down:
            link = self.down.link(cells=True).build()
            made.override_by_name(self.rows[-1], [DynamicConfigValue("links", [link])])
        return made


def _written(column: Column) -> list[DynamicConfigValue]:
    """The unit of a column, and its colours if it has limits."""
    values = [DynamicConfigValue("unit", column.unit)]
    if column.limits:
        values += [
            DynamicConfigValue("thresholds", column.limits.config().build()),
            DynamicConfigValue("custom.cellOptions", {"type": "color-text"}),
        ]
    return values


def _query(expression: str, legend: str, variables: Sequence[str], reference: str) -> Dataquery:
    return (
        Dataquery()
        .expr(scoped(expression, variables))
        .legend_format(legend)
        .ref_id(reference)
        .datasource(SOURCE)
    )
