"""Dashboards, rules and alerts for what the exporter shows."""
