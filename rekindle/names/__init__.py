"""Floor 1, names: a person's name and the words that agree with it. Pure; the declension library is optional."""
