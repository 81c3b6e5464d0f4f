"""The sections of a wallboard: each says one thing of a server, from its metrics."""
