"""Floor 4, the wire out: transports, what a reply means, when to try again, and the pump that feeds the connections."""
