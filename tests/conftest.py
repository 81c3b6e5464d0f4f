"""What all tests share: a real Asterisk."""

pytest_plugins = ["tests.lab.plugin"]
