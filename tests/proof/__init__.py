"""What is true of the exporter, shown on real Asterisks with real calls."""
