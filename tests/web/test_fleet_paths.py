"""Service discovery, the configuration, reloading, and all of it below a prefix."""

from __future__ import annotations

import json

import pytest

from exporter.web import Settings
from exporter.web.settings import path_of, prefix

from .asking import Get
from .source import Fake

PREFIXED = Settings(prefix="/voice/asterisk", lifecycle=True)


async def test_targets_are_discovered(get: Get, source: Fake) -> None:
    """Each server is a target that is probed by its name, with its labels; no server is an empty list."""
    response, body = await get("/sd")
    assert (response.status, response.headers["Content-Type"]) == (200, "application/json")
    assert json.loads(body) == [
        {
            "targets": [name],
            "labels": {"site": f"of {name}", "__metrics_path__": "/probe", "__param_target": name},
        }
        for name in ("branch", "hq")
    ]
    source.rows = []
    _, body = await get("/sd")
    assert json.loads(body) == []


async def test_the_configuration_is_shown(get: Get, source: Fake) -> None:
    """As plain text."""
    response, body = await get("/config")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert body.decode() == source.written()


async def test_reloading_is_off(get: Get, source: Fake) -> None:
    """Unless it was turned on nobody reloads, and it is said how."""
    for method in ("POST", "PUT"):
        response, body = await get("/-/reload", method)
        assert response.status == 403
        assert b"--web.enable-lifecycle" in body
    assert source.rereads == 0


@pytest.mark.parametrize("settings", [Settings(lifecycle=True)])
async def test_reloading(get: Get, source: Fake) -> None:
    """It says how it went, with every mistake; reading the path changes nothing."""
    for method in ("POST", "PUT"):
        response, body = await get("/-/reload", method)
        assert (response.status, body) == (200, b"Configuration reloaded\n")
    source.wrong = ("config.yaml:1:1: nonsense: unknown key", "config.yaml:2:1: also")
    response, body = await get("/-/reload", "POST")
    assert response.status == 500
    assert body.decode().splitlines()[1:] == list(source.wrong)
    response, _ = await get("/-/reload")
    assert (response.status, response.headers["Allow"]) == (405, "POST,PUT")
    assert source.rereads == 3


@pytest.mark.parametrize("settings", [Settings(pages=False)])
async def test_without_pages(get: Get) -> None:
    """What machines read is there, and nothing else."""
    for path in ("/metrics", "/probe?target=hq", "/sd", "/-/healthy", "/-/ready"):
        assert (await get(path))[0].status == 200
    for path in ("/", "/config", "/api/v1/servers", "/servers/hq", "/favicon.ico"):
        assert (await get(path))[0].status == 404


@pytest.mark.parametrize("settings", [PREFIXED])
async def test_a_prefix(get: Get) -> None:
    """Everything is below it, hardened as ever; the top leads there."""
    for path in ("/", "/metrics", "/probe?target=hq", "/sd", "/config", "/-/healthy", "/-/ready"):
        response, _ = await get(f"/voice/asterisk{path}")
        assert response.status == 200
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        if path != "/":
            assert (await get(path))[0].status == 404
    assert (await get("/voice/asterisk/-/reload", "POST"))[0].status == 200
    assert (await get("/voice/asterisk/metrics", "POST"))[0].status == 405
    for path in ("/", "/voice/asterisk"):
        response, _ = await get(path)
        assert (response.status, response.headers["Location"]) == (302, "/voice/asterisk/")
    _, body = await get("/voice/asterisk/sd")
    assert {group["labels"]["__metrics_path__"] for group in json.loads(body)} == {"/voice/asterisk/probe"}


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://example.com", ""),
        ("http://example.com/", ""),
        ("https://example.com:8443/asterisk/", "/asterisk"),
        ("https://[::1]/a/b-c.d", "/a/b-c.d"),
    ],
)
def test_the_path_of_an_external_url(url: str, path: str) -> None:
    """It is the prefix, if none is named."""
    assert path_of(url) == path


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "/asterisk",
        "ftp://example.com",
        "http://",
        "http://[x",
        "http://x/?a",
        "http://x/%2e",
    ],
)
def test_no_external_url(url: str) -> None:
    """What is wrong is said with an example."""
    with pytest.raises(ValueError, match=r"write it as in|write a plain path"):
        path_of(url)


@pytest.mark.parametrize("path", ["..", "/a/../b", "/a//b", "a?b", "a b", "{name}", "%41", "/a\nb", "ä"])
def test_no_prefix(path: str) -> None:
    """A prefix is plain words between slashes."""
    with pytest.raises(ValueError, match="write a plain path, as in /asterisk"):
        prefix(path)
    assert prefix("/") == prefix("") == ""
    assert prefix("a/b/") == "/a/b"
