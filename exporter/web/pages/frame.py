"""What all pages have in common: the document, its head and links, and what the browser may load."""

from __future__ import annotations

import time

from exporter import __version__
from exporter.web.pages import static
from exporter.web.pages.html import Content, Html, tag
from exporter.web.pages.words import clock

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
AGAIN = 30  # s after which a browser without JavaScript loads a page again


def document(
    title: Html, root: str, header: Content, main: Content, stream: str, problems: tuple[str, ...], kind: str
) -> bytes:
    """A page.

    Args:
        title: the element.
        root: the way to the status page: nothing, or "../".
        stream: the address of its changes.
        problems: why the configuration on disk is not in force.
        kind: the page's name in the style sheet.
    """
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        title,
        tag("link", rel="icon", type="image/svg+xml", href=f"{root}favicon.ico"),
        tag("link", rel="stylesheet", href=root + static.address("pages.css")),
        tag("script", src=root + static.address("pages.js"), defer=True),
        tag("noscript", tag("meta", http_equiv="refresh", content=str(AGAIN))),
    )
    body = tag(
        "body",
        tag("header", header),
        trouble(problems),
        tag("main", main),
        _footer(root),
        data_stream=stream,
    )
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en', class_=kind)}\n".encode(
        "utf-8", "backslashreplace"
    )


def trouble(problems: tuple[str, ...]) -> Html:
    """That the configuration on disk is bad, and why; empty if it is not."""
    if not problems:
        return tag("div", id="problems")
    return tag(
        "div",
        tag("strong", "The configuration on disk is not in force: the one before it is."),
        tag("ul", [tag("li", problem) for problem in problems]),
        id="problems",
        role="alert",
    )


def _footer(root: str) -> Html:
    links = {
        "metrics": "Metrics",
        "metrics?server=": "Metrics of the exporter alone",
        "sd": "Service discovery",
        "config": "Configuration",
        "api/v1/servers": "Servers as JSON",
        "reference": "What each metric means",
        "-/healthy": "Healthy",
        "-/ready": "Ready",
    }
    return tag(
        "footer",
        tag("nav", [tag("a", words, href=root + path) for path, words in links.items()], aria_label="Pages"),
        tag("p", f"asterisk-ami-exporter {__version__}"),
        tag("p", "As of ", clock(time.time()), id="live"),
    )
