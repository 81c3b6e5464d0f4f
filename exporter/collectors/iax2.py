"""IAX2: its peers and where it registers."""

from exporter.collectors.peers import families, peers, registrations
from exporter.metrics import Collector, Poll

# That a peer answers for the first time is in no event: only a list tells, and that is no correction.
iax2_peers = peers("IAX2")
iax2_registrations = registrations("IAX2")

COLLECTOR = Collector(
    name="iax2",
    help=__doc__,
    reads=("system",),
    interval=60.0,
    # The items of IAXpeers carry no ActionID; those of IAXpeerlist do.
    polls=(Poll("IAXpeerlist", fills=(iax2_peers,)), Poll("IAXregistry", fills=(iax2_registrations,))),
    families=(*families("IAX2", iax2_peers, iax2_registrations, "IAXpeerlist IAXregistry"),),
)
