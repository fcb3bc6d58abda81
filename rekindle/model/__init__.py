"""Floor 0, the words: frozen values that travel between the rooms. Standard library only."""
