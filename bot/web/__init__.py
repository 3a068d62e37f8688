"""What wireroom tells over HTTP, on loopback unless the operator says otherwise: health and metrics."""
