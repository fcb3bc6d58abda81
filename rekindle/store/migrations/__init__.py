"""The steps by which an older store becomes a newer one (alembic), shipped with the package."""

HEAD = "0005"
"""The newest revision in `versions/`; a test holds it against the files."""
