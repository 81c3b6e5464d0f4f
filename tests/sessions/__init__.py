"""How a session to a real Asterisk fares: logins, rights, filters, faults, restarts; on a pair of its own."""
