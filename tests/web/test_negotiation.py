"""Which format and encoding a client gets, by its headers."""

from __future__ import annotations

import gzip
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.web.negotiation import choose, compress, gzip_wanted

from .headers import ACCEPT, OPENMETRICS, OPENMETRICS_UTF8, TEXT

OPENMETRICS_VALUES = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=values"
FORMATS = (TEXT, OPENMETRICS, OPENMETRICS_UTF8, OPENMETRICS_VALUES)

OM, OM1 = "application/openmetrics-text", "application/openmetrics-text;version=1.0.0"
OM0, TEXT1 = "application/openmetrics-text;version=0.0.1", "text/plain;version=1.0.0"
TEXT0 = "text/plain;version=0.0.4"
PROTO = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"


def prometheus_3(escaping: str) -> str:
    """What Prometheus 3.14 sends where names are to be escaped so."""
    text = f"{TEXT1};escaping={escaping};q=0.4,{TEXT0};q=0.3"
    return f"{OM1};escaping={escaping};q=0.6,{OM0};q=0.5,{text},*/*;q=0.2"


NATIVE_2 = f"{PROTO},{OM1};q=0.8,{OM0};q=0.75,{TEXT0};q=0.5,*/*;q=0.1"
NATIVE_3 = (
    f"{PROTO};q=0.6,{OM1};escaping=allow-utf-8;q=0.5,{OM0};q=0.4,"
    f"{TEXT1};escaping=allow-utf-8;q=0.3,{TEXT0};q=0.2,*/*;q=0.1"
)
ALL_ESCAPED = (
    f"{OM1};escaping=allow-utf-8;q=0.6,{OM0};escaping=allow-utf-8;q=0.5,"
    f"{TEXT1};escaping=allow-utf-8;q=0.4,{TEXT0};escaping=allow-utf-8;q=0.3,*/*;q=0.2"
)
TEXT_FIRST = f"{TEXT1};escaping=allow-utf-8;q=0.6,{TEXT0};q=0.5,{OM1};escaping=allow-utf-8;q=0.4,*/*;q=0.3"
CHROMIUM = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/jxl,image/avif,image/webp,image/apng,"
    "*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
)

# What programs send by themselves, or when they are told to
CLIENTS = {
    "prometheus-2.0": (f"{TEXT0};q=1,*/*;q=0.1", TEXT),
    "prometheus-2.31": (f"{OM}; version=0.0.1,{TEXT0};q=0.5,*/*;q=0.1", TEXT),
    "prometheus-2.42": (f"{OM1},{OM0};q=0.75,{TEXT0};q=0.5,*/*;q=0.1", OPENMETRICS),
    "prometheus-2.42-native-histograms": (NATIVE_2, OPENMETRICS),
    "prometheus-2.53": (f"{OM1};q=0.5,{OM0};q=0.4,{TEXT0};q=0.3,*/*;q=0.2", OPENMETRICS),
    "prometheus-3.3": (ALL_ESCAPED, OPENMETRICS_UTF8),
    "prometheus-3.14": (prometheus_3("allow-utf-8"), OPENMETRICS_UTF8),
    "prometheus-3.14-underscores": (prometheus_3("underscores"), OPENMETRICS),
    "prometheus-3.14-values": (prometheus_3("values"), OPENMETRICS_VALUES),
    "prometheus-3.14-dots": (prometheus_3("dots"), OPENMETRICS),
    "prometheus-3.14-native-histograms": (NATIVE_3, OPENMETRICS_UTF8),
    "prometheus-3.14-text-first": (TEXT_FIRST, TEXT),
    "prometheus-3.14-only-text-1.0.0": (f"{TEXT1};escaping=allow-utf-8;q=0.6,*/*;q=0.5", TEXT),
    "prometheus-3.14-only-openmetrics-0.0.1": (f"{OM0};q=0.6,*/*;q=0.5", TEXT),
    "prometheus-3.14-only-protobuf": (f"{PROTO};q=0.6,*/*;q=0.5", TEXT),
    "as-its-documentation-spells-it": (f"{OM1};escaping=allow-utf8;q=0.5,{TEXT0};q=0.2,/;q=0.1", OPENMETRICS),
    "openmetrics-2": (f"{OM};version=2.0.0;escaping=allow-utf-8;q=0.9,{OM1};q=0.8,*/*;q=0.1", OPENMETRICS),
    "firefox": ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", TEXT),
    "chromium": (CHROMIUM, TEXT),
    "curl": ("*/*", TEXT),
    "java": ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", TEXT),
    "none": (None, TEXT),
}


@pytest.mark.parametrize(("accept", "content_type"), ACCEPT)
def test_format(accept: str | None, content_type: str) -> None:
    """The format that the client likes best among those we have, with a right name."""
    chosen = choose(accept)
    assert chosen.content_type == content_type
    assert chosen.openmetrics == (content_type != TEXT)


@pytest.mark.parametrize(("accept", "content_type"), CLIENTS.values(), ids=CLIENTS)
def test_clients(accept: str | None, content_type: str) -> None:
    """Each program gets the best that both sides know, by the type that it asked for."""
    assert choose(accept).content_type == content_type


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (f'{OM};version="1.0.0";q=0.9', OPENMETRICS),
        (rf'{OM};version="1.\0.0"', OPENMETRICS),
        (f"{OM};version='1.0.0'", TEXT),
        (f'{OM};version="1.0.0', TEXT),
        (f"{OM};version=1.0", TEXT),
        (f"{OM};version=01.0.0", TEXT),
        (f'{OM1};escaping="values"', OPENMETRICS_VALUES),
        (f"{OM1};escaping=", OPENMETRICS),
        (f"{OM1};escaping=VALUES", OPENMETRICS),
        (f"{OM1};charset=utf-8", OPENMETRICS),
        (f"{OM1};q=1.000", OPENMETRICS),
        (f"{OM1};q=0.001,{TEXT0};q=0", OPENMETRICS),
        (f"{OM1};q=0,*/*;q=0", TEXT),
        (f"{OM1};q=0,{TEXT0};q=0", TEXT),
        (f"{OM1};q=0,application/*", TEXT),
        (f"{OM1};q=0.0001", TEXT),
        (f"{OM1};q=1.1", TEXT),
        (f"{OM1};q", TEXT),
        (f"{OM1};q=0.4,text/*;q=0.5", TEXT),
        (f"{TEXT0};escaping=values", TEXT),
        (f"{OM}\x00;version=1.0.0", TEXT),
        (f"x{OM1}", TEXT),
        ("x" * 200_000 + f",{OM1}", OPENMETRICS),
        ("text/html," * 20_000 + OM1, OPENMETRICS),
        (f"{OM};version={'1' * 100_000}", TEXT),
        (f"{OM1};escaping={'values' * 20_000}", OPENMETRICS),
        (f"{OM1}{';a=b' * 20_000};q=0.5,{TEXT0};q=0.6", TEXT),
    ],
    ids=lambda value: value[:60],
)
def test_odd_headers(accept: str, content_type: str) -> None:
    """What is odd but right is understood; what is wrong, or nobody's version, counts as not said."""
    assert choose(accept).content_type == content_type


WORDS = (
    "application/openmetrics-text",
    "text/plain",
    "*/*",
    "q",
    "version",
    "1.0.0",
    "escaping",
    "allow-utf-8",
    "values",
)
PIECES = st.sampled_from([*WORDS, *';,="\\ ', "0.5", "\r\n", "\x00"])


@given(st.one_of(st.text(), st.lists(PIECES, max_size=20).map("".join)))
def test_no_header_is_too_strange(header: str) -> None:
    """Whatever is sent, the answer is one of the formats we have, and an encoding or none."""
    assert choose(header).content_type in FORMATS
    assert gzip_wanted(header) in (True, False)


@pytest.mark.parametrize("header", ['",;\\' * 50_000, "a;" * 100_000, '"' * 100_001, "a=b,;" * 50_000])
def test_no_header_is_slow(header: str) -> None:
    """The time to read a header grows with its length only."""
    start = time.process_time()  # others may have the machine meanwhile
    choose(header)
    assert time.process_time() - start < 3.0


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("gzip; q=0.001", True),
        ("identity", False),
        ("identity, gzip;q=0", False),
        ("identity;q=1, gzip;q=0.5", False),
        ("identity;q=0.5, gzip;q=1", True),
        ("identity;q=0, gzip", True),
        ("*", True),
        ("*;q=0", False),
        ("*, gzip;q=0", False),
        ("gzip, *;q=0", True),
        ("deflate, br", False),
        ("gzip;q=abc", False),
        ("gzipped", False),
    ],
)
def test_encoding(header: str | None, wanted: bool) -> None:
    """Gzip is for clients that name it or take anything, and do not like plain text better."""
    assert gzip_wanted(header) is wanted


@pytest.mark.parametrize("body", [b"", b"x", b"asterisk_up 1.0\n" * 50_000])
def test_what_is_compressed_is_gzip(body: bytes) -> None:
    """Any reader of gzip gets the body back."""
    assert gzip.decompress(compress(body)) == body
