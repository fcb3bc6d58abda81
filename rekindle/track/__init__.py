"""Floor 4: the wire in. Pixels, links, unsubscribing and the pages; what readers do becomes events in the store."""
