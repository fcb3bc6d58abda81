"""The files of a workspace: which belong to it, and their texts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..model.error import InputError

CONFIGURATION = "rekindle.yml"
SEGMENTS = "segments/"
CAMPAIGNS = "campaigns/"
TEMPLATES = "templates/"
STATUSES = "segments/statuses.yml"

YAML_SUFFIXES = (".yml", ".yaml")
TEMPLATE_SUFFIXES = (".mjml", ".html", ".txt", ".css")
LARGEST_FILE = 4 * 1024 * 1024
"""Bytes; a letter of more than 100 kB is clipped by readers' programs long before this."""


def read_files(root: Path) -> dict[str, str]:
    """The texts of the workspace's files by name relative to `root` with `/`, in order of name.

    A byte that is not UTF-8 comes as a surrogate, so that the readers can name its line. Files that are no part of a
    workspace are left alone. Raises InputError for a file that cannot be read, is too large, or leads out of `root`.
    """
    return {name: _read(root, name) for name in sorted(_names(root))}


def _names(root: Path) -> Iterator[str]:
    for name in (CONFIGURATION, "rekindle.yaml"):
        if (root / name).is_file():
            yield name
    for folder, suffixes in ((SEGMENTS, YAML_SUFFIXES), (CAMPAIGNS, YAML_SUFFIXES), (TEMPLATES, TEMPLATE_SUFFIXES)):
        yield from _below(root, folder, suffixes)


def _below(root: Path, folder: str, suffixes: tuple[str, ...]) -> Iterator[str]:
    for path, folders, names in os.walk(root / folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in folders:
            _refuse_link(root, Path(path) / name)
        for name in names:
            if name.endswith(suffixes) and not name.startswith("."):
                yield (Path(path) / name).relative_to(root).as_posix()


def _refuse_link(root: Path, path: Path) -> None:
    """A link may point about inside the workspace, never out of it: letters must not carry the machine's own files."""
    if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
        shown = path.relative_to(root).as_posix()
        raise InputError(f"{shown} is a link that leads out of the workspace; put the file itself there")


def _read(root: Path, name: str) -> str:
    path = root / name
    _refuse_link(root, path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InputError(f"{name} is larger than {LARGEST_FILE // 1024 // 1024} MB; make it smaller")
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}; see who may read it") from error


def template_name(file: str) -> str:
    """`templates/partials/foot.mjml` as templates and campaigns call it: `partials/foot.mjml`."""
    return file.removeprefix(TEMPLATES)


def templates_of(files: Mapping[str, str]) -> dict[str, str]:
    """The letters and partials among `files`, by their name inside templates/."""
    return {template_name(name): text for name, text in files.items() if name.startswith(TEMPLATES)}
