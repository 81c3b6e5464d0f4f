"""Machines that make one row of several events, for the collectors."""
