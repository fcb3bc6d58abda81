"""Floor 5: the stretches of the line. Joins rooms, decides nothing, prints nothing."""
