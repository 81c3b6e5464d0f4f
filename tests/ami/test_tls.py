"""TLS: whose certificate is believed, and what Asterisk can stand of our records."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from exporter.ami import TLS, Action, ConnectionFailed, LocalProtocolError, Timing

from .build import GREETING, packet, pieces
from .conftest import Certificates
from .scripted import QUICK, Peer, Scripted, idle


async def serve(peer: Peer) -> None:
    """Log in, list, and say goodbye."""
    await peer.login()
    await peer.list("CoreShowChannels", "CoreShowChannel", 500, "CoreShowChannelsComplete")
    await peer.goodbye()


async def failure(server: Scripted, tls: TLS, timing: Timing = QUICK) -> ConnectionFailed:
    """Why no session could be had."""
    with pytest.raises(ConnectionFailed) as failed:
        await server.connect(tls=tls, timing=timing)
    return failed.value


async def test_a_session_over_tls_is_a_session(certificates: Certificates) -> None:
    """Login, list and goodbye; the end of the certificate is known."""
    async with Scripted(serve, tls=certificates.server("good")) as server:
        client = await server.connect(tls=TLS(certificates.authority))
        assert len((await client.ask("CoreShowChannels")).items) == 500
        assert client.certificate_expiry == pytest.approx(time.time() + 2 * 86_400, abs=3600)
        await client.close()
        await server.played()


@pytest.mark.parametrize(
    ("name", "text"),
    [("expired", "expired"), ("elsewhere", "not valid for '127.0.0.1'")],
)
async def test_a_certificate_that_does_not_fit_is_refused(
    certificates: Certificates, name: str, text: str
) -> None:
    """An expired one, and one for another host: the error says which."""
    async with Scripted(serve, tls=certificates.server(name)) as server:
        error = await failure(server, TLS(certificates.authority))
        assert error.reason == "tls"
        assert text in str(error)


async def test_a_certificate_of_an_unknown_authority_is_refused(certificates: Certificates) -> None:
    """Neither a wrong CA nor the system's own knows it."""
    async with Scripted(serve, tls=certificates.server("good")) as server:
        for tls in (TLS(certificates.stranger), TLS()):
            error = await failure(server, tls)
            assert error.reason == "tls"
            assert "certificate" in str(error)


async def test_the_server_name_can_be_told_apart_from_the_host(certificates: Certificates) -> None:
    """Who connects by address checks the certificate's name, with one or the other outcome."""
    async with Scripted(idle, tls=certificates.server("elsewhere")) as server:
        client = await server.connect(tls=TLS(certificates.authority, server_name="other.example"))
        await client.close()
        assert (await failure(server, TLS(certificates.authority, server_name=".bad"))).reason == "tls"


@pytest.mark.parametrize("name", ["expired", "elsewhere"])
async def test_who_skips_the_check_gets_in(certificates: Certificates, name: str) -> None:
    """It has to be said, and then nothing is known of the certificate."""
    async with Scripted(idle, tls=certificates.server(name)) as server:
        client = await server.connect(tls=TLS(insecure_skip_verify=True))
        assert client.certificate_expiry is None
        await client.close()


async def test_a_port_without_tls_is_told(certificates: Certificates) -> None:
    """The plain port of AMI greets at once, which is no TLS; the TLS port is silent to a plain client."""
    async with Scripted(idle) as plain:
        error = await failure(plain, TLS(certificates.authority))
        assert (error.reason, "5039" in str(error)) == ("tls", True)
    async with Scripted(idle, tls=certificates.server("good")) as server:
        with pytest.raises(ConnectionFailed, match="a TLS port") as failed:
            await server.connect(timing=Timing(greeting=0.1))
        assert failed.value.reason == "greeting"


async def test_a_handshake_that_nobody_answers_is_given_up(certificates: Certificates) -> None:
    """A port that accepts and stays silent costs no more than the deadline of connecting."""
    async with Scripted(Peer.gone) as server:
        started = time.monotonic()
        assert (await failure(server, TLS(certificates.authority), Timing(connect=0.2))).reason == "tls"
        assert time.monotonic() - started < 1.0


async def test_records_of_one_byte_are_read_like_any_other(certificates: Certificates) -> None:
    """However the far end cuts its records, the packets are the same."""

    async def script(peer: Peer) -> None:
        for byte in pieces(GREETING, 1):
            await peer.say(byte)
        for name, line in (("Challenge", "Challenge: 8"), ("Login", "Message: x"), ("Ping", "Ping: Pong")):
            action = await peer.heard(name)
            for byte in pieces(packet("Response: Success", f"ActionID: {action['ActionID']}", line), 1):
                await peer.say(byte)
        await peer.goodbye()

    async with Scripted(script, tls=certificates.server("good")) as server:
        client = await server.connect(tls=TLS(certificates.authority))
        assert (await client.ask("Ping")).response.get("Ping") == "Pong"
        await client.close()


async def test_one_action_is_one_record_and_small(certificates: Certificates) -> None:
    """Asterisk reads 1,024 bytes of a record and may forget the rest: more is never sent."""

    async def script(peer: Peer) -> None:
        await peer.login()
        for _ in range(5):
            await peer.answer("MailboxCount", "Value: 1")
        await peer.goodbye()

    async with Scripted(script, tls=certificates.server("good")) as server:
        client = await server.connect(tls=TLS(certificates.authority))
        sent = client.bytes_sent
        with pytest.raises(LocalProtocolError, match="over 1024 bytes"):
            await client.send(Action("Getvar", [("Variable", "x" * 600), ("Channel", "y" * 600)]))
        assert client.bytes_sent == sent
        await asyncio.gather(*[client.ask("MailboxCount", Mailbox="x" * 900) for _ in range(5)])
        await client.close()
        await server.played()
        reads = server.peers[0].reads
    assert len(reads) == 8
    assert all(len(read) <= 1024 and read.count(b"\r\n\r\n") == 1 for read in reads)


@pytest.mark.parametrize("end", [Peer.reset, None])
async def test_a_tls_session_that_ends_is_noticed_at_once(certificates: Certificates, end: object) -> None:
    """With close_notify and without."""

    async def script(peer: Peer) -> None:
        await peer.login()
        if end:
            await asyncio.sleep(0.02)
            peer.reset()

    async with Scripted(script, tls=certificates.server("good")) as server:
        client = await server.connect(tls=TLS(certificates.authority))
        assert (await asyncio.wait_for(client.closed, 1.0)).reason == "closed"


async def test_cancelling_a_handshake_leaves_nothing_open(certificates: Certificates) -> None:
    """The socket is closed wherever the attempt was given up, and the far end sees it."""
    async with Scripted(Peer.gone) as server:
        for delay in (0.0, 0.005, 0.02, 0.05):
            task = asyncio.create_task(server.connect(tls=TLS(certificates.authority)))
            await asyncio.sleep(delay)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await asyncio.wait_for(server.played(), 1.0)


def test_files_that_cannot_be_used_are_named(certificates: Certificates) -> None:
    """A missing file, one that is no certificate, a key that does not fit, one with a password."""
    folder = certificates.folder
    for tls in (
        TLS(ca_file=Path("missing.crt")),
        TLS(ca_file=folder / "good.ext"),
        TLS(cert_file=folder / "good.crt", key_file=folder / "expired.key"),
        TLS(cert_file=folder / "good.crt", key_file=folder / "locked.key"),
    ):
        with pytest.raises(ConnectionFailed, match="cannot use") as failed:
            tls.context()
        assert failed.value.reason == "tls"
    assert TLS(cert_file=folder / "good.crt", key_file=folder / "good.key").context()
