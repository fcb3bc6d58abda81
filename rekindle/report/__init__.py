"""Floor 2b: figures to rates, lift and money, and these to words: text, SVG, HTML, JSON, CSV. Pure."""
