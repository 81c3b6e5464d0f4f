"""Agents of app_agent_pool: who is logged in, and who is on a call."""

from exporter.metrics import Choice, Collector, Events, Live, Poll, Table, counter, gauge

STATES = {"AGENT_LOGGEDOFF": "logged_off", "AGENT_IDLE": "idle", "AGENT_ONCALL": "on_call"}

# Agents come and go with agents.conf alone; no event says so, and none says that one is on a call.
agents = Table(
    "agents",
    "Agents",
    key=("Agent",),
    live=(
        Live("AgentLogin", sets={"Status": "AGENT_IDLE"}),
        Live("AgentLogoff", sets={"Status": "AGENT_LOGGEDOFF"}),
    ),
)

COLLECTOR = Collector(
    name="agents",
    help=__doc__,
    reads=("agent",),
    polls=(Poll("Agents", fills=(agents,)),),
    interval=60,
    families=(
        gauge(
            "agents",
            "Agents of agents.conf by state; from Agents, field Status, logins and logoffs live by AgentLogin and "
            "AgentLogoff. Who is on a call is as of the last list. An agent that has just logged in is idle, though "
            "for some seconds no call is given to it.",
            agents,
            {"state": Choice("Status", STATES)},
            zeros="closed",
        ),
        counter("agent_logins_total", "Logins of agents; from AgentLogin.", Events("AgentLogin")),
        counter("agent_logoffs_total", "Logoffs of agents; from AgentLogoff.", Events("AgentLogoff")),
    ),
)
