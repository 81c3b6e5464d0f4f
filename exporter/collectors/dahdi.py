"""Telephone lines on cards: the alarms of channels and spans, and whether ISDN spans are up."""

from exporter.metrics import Choice, Collector, Events, Flag, Live, Poll, Table, counter, gauge
from exporter.metrics.formulas import Code

ALARMS = {
    "No Alarm": "none",
    "None": "none",
    "Red Alarm": "red",
    "Yellow Alarm": "yellow",
    "Blue Alarm": "blue",
    "Recovering": "recovering",
    "Loopback": "loopback",
    "Not Open": "not_open",
}
CALM = dict.fromkeys(("OK", "UNCONFIGURED"), 0.0)

channels = Table(
    "dahdi_channels",
    "DAHDIShowChannels",
    key=("DAHDIChannel",),
    live=(Live("Alarm"), Live("AlarmClear", sets={"Alarm": "No Alarm"})),
    compared=("Alarm",),
)
# A list has short words for alarms (RED, BLU/YEL), an event long ones.
spans = Table(
    "dahdi_spans",
    "DAHDIShowStatus",
    key=("Span",),
    live=(Live("SpanAlarm", rename={"Alarms": "Alarm"}), Live("SpanAlarmClear", sets={"Alarms": "OK"})),
)
# A span can have spare D channels.
d_channels = Table("pri_spans", "PRIShowSpans", key=("Span", "DChannel"))

COLLECTOR = Collector(
    name="dahdi",
    help=__doc__,
    reads=("system",),
    interval=60.0,
    polls=(
        Poll("DAHDIShowChannels", fills=(channels,)),
        Poll("DAHDIShowStatus", fills=(spans,), optional=True),
        Poll("PRIShowSpans", fills=(d_channels,), optional=True),
    ),
    families=(
        gauge(
            "dahdi_channels",
            "Channels of cards by their alarm; from DAHDIShowChannels, field Alarm, live by Alarm and AlarmClear.",
            channels,
            {"alarm": Choice("Alarm", ALARMS)},
            zeros="closed",
        ),
        gauge(
            "dahdi_span_alarm",
            "1 while the span has an alarm, else 0; from DAHDIShowStatus, field Alarms (newer), live by SpanAlarm "
            "and SpanAlarmClear.",
            spans,
            {"span": "Span"},
            Code("Alarms", CALM, other=1.0),
        ),
        gauge(
            "pri_span_up",
            "1 if a D channel of the ISDN span is up, else 0; from PRIShowSpans, field Up.",
            d_channels,
            {"span": "Span"},
            Flag("Up"),
            take="max",
        ),
        counter(
            "dahdi_alarms_total",
            "Alarms that began, of channels and of spans; from Alarm and SpanAlarm. Which of both Asterisk tells says "
            "reportalarms in chan_dahdi.conf.",
            Events("Alarm", "SpanAlarm"),
            {"kind": Choice("Event", {"Alarm": "channel", "SpanAlarm": "span"}, other="span")},
            zeros="closed",
        ),
    ),
)
