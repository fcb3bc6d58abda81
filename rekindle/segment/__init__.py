"""Floor 2: what a segment means: its grammar, its fields, how it is judged, explained and said in a sentence."""
