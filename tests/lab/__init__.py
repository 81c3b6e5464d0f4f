"""A real Asterisk 16 and 22 on this machine, real calls, and a proxy that breaks connections."""
