"""Floor 5: the whole story told on bundled real orders, offline."""
