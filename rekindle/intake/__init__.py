"""Floor 3: spreadsheets and exports in. A file becomes rows, rows become drafts, and what cannot is refused."""
