"""Long runs, each a command of its own that ends with a report: make faults, make fuzz, make soak."""
