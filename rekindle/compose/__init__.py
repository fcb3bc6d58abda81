"""Floor 2b, template to letter: compile, fill, links, text part, MIME. No I/O, no clock, no randomness."""
