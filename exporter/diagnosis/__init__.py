"""Tries every step to an Asterisk as an operator would, and says what fails, why, and what mends it."""

from exporter.diagnosis.findings import Diagnosis, Finding, worst
from exporter.diagnosis.report import as_data, as_text
from exporter.diagnosis.steps import diagnose

__all__ = ["Diagnosis", "Finding", "as_data", "as_text", "diagnose", "worst"]
