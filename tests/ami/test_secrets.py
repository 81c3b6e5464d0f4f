"""What must never be kept of a packet, and the text of CLI commands."""

from __future__ import annotations

import pytest

from exporter.ami import Action, Credentials, Message

SECRET = "s3cr3t-71"
NAMES = [
    "Password",
    "NewPassword",
    "Md5Cred",
    "Secret",
    "ExpectedResponse",
    "RefreshToken",
    "OauthSecret",
    "password",
    "SECRET",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("colon", [": ", ":"])
@pytest.mark.parametrize("times", [1, 2])
def test_secrets_are_dropped_where_they_come_in(name: str, colon: str, times: int) -> None:
    """No way of looking at a packet shows a secret, at any place, once or twice, at any spelling."""
    secret = f"{name}{colon}{SECRET}"
    for lines in (["Event: AuthDetail", *[secret] * times, "Username: alice"], [secret, "Username: alice"]):
        for _ in range(2):
            got = Message("\r\n".join(lines).encode())
            shown = [got.fields, got.headers, got.get(name), got.all(name), got.raw, repr(got), got.name]
            assert SECRET not in repr(shown)
            assert got.get("Username") == "alice"
            assert got.headers[-1] == ("Username", "alice")
            assert b"<secret>\r\n" in got.raw


@pytest.mark.parametrize("nonce", ["1462886424/6ec6", "a0b1c2d3", "Zf9_x", "816492"])
def test_the_challenge_of_somebody_elses_login_is_dropped(nonce: str) -> None:
    """Events about failed logins carry challenges: they are no business of ours."""
    lines = ["Event: ChallengeResponseFailed", "Privilege: security,all", f"Challenge: {nonce}"]
    got = Message("\r\n".join(lines).encode())
    assert nonce not in repr([got.fields, got.headers, got.raw])


def test_our_own_challenge_is_for_the_login_only() -> None:
    """The login reads the challenge of its response; recordings do not show it."""
    got = Message(b"Response: Success\r\nActionID: 1\r\nChallenge: 816492")
    assert got.get("Challenge") == "816492"
    assert got.raw.endswith(b"Challenge: <secret>")


def test_the_list_of_commands_keeps_its_lines() -> None:
    """ListCommands names an action Challenge, which is no secret."""
    line = b"Challenge: Generate Challenge for MD5 Auth.  (Priv: <none>)"
    got = Message(b"Response: Success\r\nActionID: 1\r\n" + line)
    assert got.get("challenge") == "Generate Challenge for MD5 Auth.  (Priv: <none>)"
    assert got.raw.endswith(line)


def test_the_key_of_a_database_entry_is_no_secret() -> None:
    """A DBGet answer has a header named Key."""
    assert Message(b"Event: DBGetResponse\r\nFamily: cf\r\nKey: 100\r\nVal: 200").get("Key") == "100"


def test_what_we_send_shows_no_values() -> None:
    """Neither an action nor credentials show a secret when printed."""
    login = Action("Login", [("Username", "exporter"), ("Secret", SECRET)])
    assert repr(login) == "<Action Login Username Secret>"
    assert SECRET not in repr(Credentials("exporter", SECRET))


def test_a_command_of_asterisk_14_and_later_prints_output_headers() -> None:
    """Each printed line is a header, also a line that looks like an event."""
    packet = (
        b"Response: Success\r\nMessage: Command output follows\r\nOutput: a\r\nOutput: Event: b\r\nOutput: "
    )
    assert Message(packet).output == ["a", "Event: b", ""]


@pytest.mark.parametrize("end", [b"--END COMMAND--", b"\n--END COMMAND--"])
@pytest.mark.parametrize("action_id", [b"", b"ActionID: 7\r\n"])
def test_a_command_of_asterisk_13_and_older_prints_bare_text(end: bytes, action_id: bytes) -> None:
    """The text under the headers is no headers, whatever it looks like."""
    text = b"Channel  State\nActionID: 8\n\nPrivilege: x --END COMMAND-- y\nEvent: \xff"
    got = Message(b"Response: Follows\r\nPrivilege: Command\r\n" + action_id + text + end)
    expected = ["Channel  State", "ActionID: 8", "", "Privilege: x --END COMMAND-- y", "Event: \\xff"]
    assert got.output == expected
    assert got.get("ActionID") == ("7" if action_id else None)
    assert got.get("Event") is None


def test_a_command_of_asterisk_13_that_prints_nothing() -> None:
    """Headers and the end marker alone are an empty output."""
    assert Message(b"Response: Follows\r\nPrivilege: Command\r\nActionID: 7\r\n--END COMMAND--").output == []
