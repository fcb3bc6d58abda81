"""Floor 2b, template -> letter: environment, compile, fill, links, plain text, MIME. No I/O, no clock, no randomness."""
