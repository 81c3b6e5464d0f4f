"""Which format and encoding a client gets, by its headers."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.web.negotiation import choose, gzip_wanted

from .headers import ACCEPT, OPENMETRICS, OPENMETRICS_UTF8, TEXT


@pytest.mark.parametrize(("accept", "content_type"), ACCEPT)
def test_format(accept: str | None, content_type: str) -> None:
    """The format that the client likes best among those we have, with a right name."""
    chosen = choose(accept)
    assert chosen.content_type == content_type
    assert chosen.openmetrics == (content_type != TEXT)


WORDS = (
    "application/openmetrics-text",
    "text/plain",
    "*/*",
    "q",
    "version",
    "1.0.0",
    "escaping",
    "allow-utf-8",
)
PIECES = st.sampled_from([*WORDS, *';,="\\ ', "0.5", "\r\n", "\x00"])


@given(st.one_of(st.text(), st.lists(PIECES, max_size=20).map("".join)))
def test_no_header_is_too_strange(header: str) -> None:
    """Whatever is sent, the answer is one of the formats we have, and an encoding or none."""
    assert choose(header).content_type in (TEXT, OPENMETRICS, OPENMETRICS_UTF8)
    assert gzip_wanted(header) in (True, False)


@pytest.mark.parametrize("header", ['",;\\' * 50_000, "a;" * 100_000, '"' * 100_001, "a=b,;" * 50_000])
def test_no_header_is_slow(header: str) -> None:
    """The time to read a header grows with its length only."""
    start = time.perf_counter()
    choose(header)
    assert time.perf_counter() - start < 3.0


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
