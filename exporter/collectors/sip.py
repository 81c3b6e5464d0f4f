"""The old channel driver chan_sip, up to Asterisk 20: its peers and where it registers."""

from exporter.collectors.peers import families, peers, registrations
from exporter.metrics import Collector, Poll

sip_peers = peers("SIP", compared=("State",))
sip_registrations = registrations("SIP")

COLLECTOR = Collector(
    name="sip",
    help=__doc__,
    reads=("system",),
    interval=60.0,
    polls=(Poll("SIPpeers", fills=(sip_peers,)), Poll("SIPshowregistry", fills=(sip_registrations,))),
    families=(*families("SIP", sip_peers, sip_registrations, "SIPpeers SIPshowregistry"),),
)
