"""Draws each dashboard from the queries of its own panels: what its numbers look like, without a Grafana.

The pictures show panels, places, units and thresholds, and not how Grafana paints them.
"""
