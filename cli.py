"""The door in a checkout and for cron: calls rekindle.commands, nothing more."""

from rekindle.commands import entry

if __name__ == "__main__":
    entry()
