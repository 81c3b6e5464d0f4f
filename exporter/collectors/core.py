"""Asterisk as a whole: its start, its reloads, its channels and its limits."""

from exporter.collectors.ami import SETTINGS, settings
from exporter.metrics import (
    Choice,
    Collector,
    Events,
    Facts,
    Happenings,
    Is,
    Number,
    Part,
    Poll,
    Table,
    counter,
    gauge,
)

status = Table("status")
BOOT = Facts("boot")

# enum ast_module_reload_result
RELOAD_STATUS = {
    "0": "success",
    "1": "queued",
    "2": "not_found",
    "3": "error",
    "4": "in_progress",
    "5": "uninitialized",
    "6": "not_implemented",
}

# enum ast_module_load_result; anything else is a failure
LOAD_STATUS = {"0": "success", "1": "decline", "2": "skip", "3": "priority", "Success": "success"}

COLLECTOR = Collector(
    name="core",
    help=__doc__,
    reads=("system", "security"),
    polls=(Poll("CoreStatus", fills=(status,)), SETTINGS),
    interval=5,
    families=(
        gauge(
            "start_timestamp_seconds",
            "When Asterisk started, as Unix time; from FullyBooted, field Uptime.",
            BOOT,
            value=Number("Started"),
        ),
        gauge(
            "last_reload_timestamp_seconds",
            "When Asterisk was last reloaded, as Unix time; from FullyBooted, field LastReload, and Reload. As a session "
            "begins it can be the reload of a single module, later it is one of all.",
            BOOT,
            value=Number("Reloaded"),
        ),
        gauge(
            "core_channels",
            "Channels as Asterisk itself counts them, internal ones too; from CoreStatus, field CoreCurrentCalls, "
            "which despite its name counts channels. Read every 5 s.",
            status,
            value=Number("CoreCurrentCalls"),
        ),
        counter(
            "calls_processed_total",
            "Calls since Asterisk started; from CoreStatus, field CoreProcessedCalls (Asterisk 20.12, 21.7, 22.2 "
            "and later).",
            status,
            value=Number("CoreProcessedCalls"),
        ),
        gauge(
            "calls_limit",
            "The most calls that Asterisk takes (asterisk.conf, maxcalls); from CoreSettings. Absent without a limit.",
            settings,
            value=Number("CoreMaxCalls", zero=False),
        ),
        gauge(
            "load_average_limit",
            "The load above which Asterisk takes no calls (asterisk.conf, maxload); from CoreSettings. Absent without "
            "a limit.",
            settings,
            value=Number("CoreMaxLoadAvg", zero=False),
        ),
        gauge(
            "file_handles_limit",
            "The most files that Asterisk may open (asterisk.conf, maxfiles); from CoreSettings. Absent without "
            "a limit.",
            settings,
            value=Number("CoreMaxFilehandles", zero=False),
        ),
        counter(
            "reloads_total",
            "Reloads of a module, or of All, by how they ended; from Reload.",
            Events("Reload"),
            {"module": Part("Module", "([A-Za-z0-9_.-]{1,40})$"), "status": Choice("Status", RELOAD_STATUS)},
        ),
        counter(
            "shutdowns_total",
            "Shutdowns that Asterisk announced before the session ended: cleanly or uncleanly, and whether it "
            "restarts; from Shutdown. A crash is not announced.",
            Happenings("shutdown"),
            {
                "kind": Choice("Shutdown", {"Cleanly": "cleanly", "Uncleanly": "uncleanly"}),
                "restart": Choice("Restart", {"True": "true"}, other="false"),
            },
            zeros="closed",
        ),
        counter(
            "module_changes_total",
            "Modules loaded and unloaded over AMI; from Load and Unload (Asterisk 16 and later).",
            Events("Load", "Unload"),
            {
                "change": Choice("Event", {"Load": "load", "Unload": "unload"}),
                "status": Choice("Status", LOAD_STATUS, other="failure"),
            },
        ),
        counter(
            "limits_reached_total",
            "Times Asterisk refused work at a limit: load_average, memory, sessions; from LoadAverageLimit, "
            "MemoryLimit and SessionLimit.",
            Events("LoadAverageLimit", "MemoryLimit", "SessionLimit"),
            {
                "limit": Choice(
                    "Event", {"LoadAverageLimit": "load_average", "MemoryLimit": "memory"}, other="sessions"
                )
            },
            zeros="closed",
        ),
        counter(
            "deadlocks_total",
            "Deadlocks that Asterisk reported; from DeadlockStart.",
            Events("DeadlockStart"),
        ),
        counter(
            "log_channel_failures_total",
            "Log files that Asterisk could not write; from LogChannel with Enabled: No.",
            Events("LogChannel"),
            where=Is("Enabled", ("No",)),
        ),
    ),
)
