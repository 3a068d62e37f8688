"""What wireroom counts of its own work, in the form that Prometheus reads."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """The counters of one running bot; ``bot.web`` shows them, the demo sums them up."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.polls = Counter("wireroom_polls", "Polls by outcome.", ["outcome"], registry=self.registry)
        self.entries = Counter(
            "wireroom_entries", "Entries by what became of them.", ["outcome"], registry=self.registry
        )
        self.alerts = Counter(
            "wireroom_alerts", "Alerts queued, by rhythm.", ["rhythm"], registry=self.registry
        )
        self.deliveries = Counter(
            "wireroom_deliveries",
            "Deliveries by platform and outcome.",
            ["platform", "outcome"],
            registry=self.registry,
        )
        self.in_doubt = Counter(
            "wireroom_deliveries_in_doubt",
            "Requests that left and were never answered.",
            ["platform"],
            registry=self.registry,
        )
        self.latency = Histogram(
            "wireroom_delivery_seconds",
            "From the entry's transaction to the platform's answer, when nothing had to wait.",
            ["platform"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30, 120, 600),
            registry=self.registry,
        )
        self.queue_depth = Gauge("wireroom_queue_depth", "Deliveries that wait.", registry=self.registry)
        self.queue_oldest = Gauge(
            "wireroom_queue_oldest_seconds",
            "Age of the delivery that has waited longest.",
            registry=self.registry,
        )
        self.dead = Gauge("wireroom_deliveries_dead", "Deliveries given up.", registry=self.registry)
        self.feeds = Gauge("wireroom_feeds", "Feeds by health.", ["health"], registry=self.registry)
        self.targets_paused = Gauge(
            "wireroom_targets_paused", "Targets that cannot be posted to.", registry=self.registry
        )

    def text(self) -> bytes:
        """Write all of them in Prometheus's text format."""
        return generate_latest(self.registry)

    def total(self, metric: str, **labels: str) -> int:
        """Read a counter back: ``total("wireroom_polls", outcome="new")``, summed over other labels."""
        return int(
            sum(
                sample.value
                for family in self.registry.collect()
                for sample in family.samples
                if sample.name == f"{metric}_total"
                and all(sample.labels.get(key) == value for key, value in labels.items())
            )
        )
