"""Settings: what belongs to the machine, not to the workspace: addresses and secrets from the environment or .env."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .model.error import RekindleError
from .model.problem import Position, Problem, did_you_mean
from .model.store_url import sqlite_file, sqlite_url

KNOWN = (
    "REKINDLE_DATABASE_URL",
    "REKINDLE_SMTP_URL",
    "REKINDLE_SECRET_KEY",
    "REKINDLE_PUBLIC_URL",
    "REKINDLE_DKIM_KEY",
    "REKINDLE_DKIM_SELECTOR",
    "REKINDLE_DKIM_DOMAIN",
    "REKINDLE_INBOUND_URL",
)

ENVIRONMENT = ".env"
UNHEEDED = {
    "REKINDLE_INBOUND_URL": "bounces and complaints are not fetched; `suppress add` takes addresses by hand",
}
"""Settings that are read and not acted on yet, and what happens instead."""


class MissingSettingError(RekindleError):
    """A setting that this command cannot do without is not there."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Frozen; secrets are kept out of `repr`."""

    database_url: str
    smtp_url: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    public_url: str = ""
    dkim_key: str = field(default="", repr=False)
    dkim_selector: str = ""
    dkim_domain: str = ""
    inbound_url: str = field(default="", repr=False)

    def need_secret(self) -> bytes:
        """The key of the seals. Raises MissingSettingError."""
        if len(self.secret_key) < 16:
            raise MissingSettingError(
                "REKINDLE_SECRET_KEY is missing or shorter than 16 characters; write a long random text into .env"
                " (`rekindle init` does it where there is no .env), and keep it for as long as letters may be read"
            )
        return self.secret_key.encode()

    def need_smtp(self) -> str:
        """The relay's URL. Raises MissingSettingError."""
        if not self.smtp_url:
            raise MissingSettingError(
                "REKINDLE_SMTP_URL is not set;"
                " write smtp://user:password@host:587, smtps://host or eml:FOLDER into .env"
            )
        return self.smtp_url

    def need_public_url(self) -> str:
        """Where readers reach `rekindle serve`, without a slash at the end. Raises MissingSettingError."""
        if not self.public_url.startswith(("http://", "https://")):
            wrong = f"'{self.public_url}' is no https:// address" if self.public_url else "is not set"
            raise MissingSettingError(
                f"REKINDLE_PUBLIC_URL {wrong}; write the address under which readers reach `rekindle serve`,"
                " for example https://mail.example.com, into .env"
            )
        return self.public_url.rstrip("/")


def load_settings(root: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of the workspace at `root`: its .env, over which the environment wins."""
    from dotenv import dotenv_values

    try:
        values = {name: value for name, value in dotenv_values(root / ENVIRONMENT).items() if value is not None}
    except UnicodeDecodeError as error:
        raise RekindleError(f"{root / ENVIRONMENT} is not written in UTF-8; save it anew as UTF-8") from error
    values.update(os.environ if environment is None else environment)
    chosen = {name.removeprefix("REKINDLE_").lower(): values.get(name, "") for name in KNOWN}
    chosen["database_url"] = chosen["database_url"] or "sqlite:///rekindle.db"
    keys = [part.strip() for part in chosen["dkim_key"].split(",") if part.strip()]
    chosen["dkim_key"] = ",".join(str((root / key).resolve()) for key in keys)
    chosen["smtp_url"] = _letters_anchored(chosen["smtp_url"], root)
    return Settings(**{**chosen, "database_url": _anchored(chosen["database_url"], root)})


def setting_problems(root: Path) -> list[Problem]:
    """A warning for each line of .env whose name is no setting, or one that this version does not act on."""
    try:
        lines = (root / ENVIRONMENT).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    found = []
    for number, line in enumerate(lines, start=1):
        name = line.partition("=")[0].strip().removeprefix("export ").strip()
        message, hint = _about_setting(name)
        if message:
            found.append(Problem(Position(ENVIRONMENT, number, 1), message, hint, warning=True))
    return found


def _about_setting(name: str) -> tuple[str, str]:
    if not name.startswith("REKINDLE_"):
        return "", ""
    if name in UNHEEDED:
        return f"'{name}' has no effect in this version", UNHEEDED[name]
    return ("", "") if name in KNOWN else (f"'{name}' is no setting", did_you_mean(name, KNOWN))


def _anchored(url: str, root: Path) -> str:
    """A relative SQLite file lies in the workspace, wherever the command was called from."""
    file, (_, mark, options) = sqlite_file(url), url.partition("?")
    return url if file is None or file.is_absolute() else sqlite_url((root / file).resolve()) + mark + options


def _letters_anchored(url: str, root: Path) -> str:
    """A relative folder of `eml:FOLDER` lies in the workspace too."""
    folder = url.removeprefix("eml:").removeprefix("//")
    return f"eml:{(root / folder).resolve()}" if url.startswith("eml:") and folder else url
