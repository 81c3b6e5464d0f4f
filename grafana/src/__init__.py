"""What the dashboards and rules are made from: `python -m grafana.src` writes them."""
