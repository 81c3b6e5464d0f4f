"""What may be asked of Asterisk without changing anything there."""

from __future__ import annotations

import pytest

from exporter.ami.actions import only_reads


@pytest.mark.parametrize(
    ("action", "headers"),
    [
        ("CoreStatus", {}),
        ("corestatus", {"Anything": "x"}),
        ("Command", {"Command": "core show threads"}),
        ("Command", {"Command": "queue show"}),
        ("Command", {"Command": "queue show support"}),
        ("Getvar", {"Variable": "DEVICE_STATE(PJSIP/6001)"}),
        ("Getvar", {"Variable": "VM_INFO(6001@default,count,INBOX)"}),
        ("Getvar", {"Variable": "PJSIP_AOR(6001,contact)"}),
        ("Getvar", {"Variable": "PJSIP_CONTACT(trunk@@abc,rtt)"}),
        ("Getvar", {"Variable": "PJSIP_ENDPOINT(trunk,aors)"}),
    ],
)
def test_what_only_reads(action: str, headers: dict[str, str]) -> None:
    """Reading actions, show commands and functions of closed lists."""
    assert only_reads(action, headers.items())


@pytest.mark.parametrize(
    ("action", "headers"),
    [
        ("QueueReset", {}),
        ("Command", {}),
        ("Command", {"Command": "core stop now"}),
        ("Command", {"Command": "queue show support; core stop now"}),
        ("Command", {"Command": "queue show a b"}),
        ("Command", {"Command": "core show threads "}),
        ("Command", {"Command": "pjsip show auths"}),
        ("Command", {"Command": "database show"}),
        ("Getvar", {}),
        ("Getvar", {"Variable": "SECRET"}),
        ("Getvar", {"Variable": "VM_INFO(6001@default,password)"}),
        ("Getvar", {"Variable": "PJSIP_CONTACT(x,user_agent)"}),
        ("Getvar", {"variable": "SHELL(id)", "Variable": "DEVICE_STATE(x)"}),
        ("Command", {"command": "core stop now", "Command": "core show calls"}),
        ("MailboxCount", {"mailbox": "1", "Mailbox": "2"}),
        ("Getvar", {"Variable": "PJSIP_ENDPOINT(trunk,set_var)"}),
        ("Getvar", {"Variable": "SHELL(id)"}),
        ("Getvar", {"Variable": "DEVICE_STATE(${SHELL(id)})"}),
        ("Getvar", {"Variable": "DEVICE_STATE(a)${SHELL(id)}"}),
        ("Getvar", {"Variable": "DEVICE_STATE(a)", "Channel": "PJSIP/a-1"}),
    ],
)
def test_what_may_do_more(action: str, headers: dict[str, str]) -> None:
    """Everything else, also a command or a function hidden in an argument."""
    assert not only_reads(action, headers.items())
