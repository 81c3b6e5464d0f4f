"""The dashboards: one module each, with a BOARD; nothing else lists them."""
