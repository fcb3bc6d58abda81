"""The JSON Schemas of a workspace's files, written where its editor hints lead to: .rekindle/schema/."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..intake.map_schema import map_schema
from ..model.error import InputError
from ..segment.schema import segment_schema, statuses_schema
from ..workspace.files import CAMPAIGNS, CONFIGURATION, SEGMENTS, STATUSES, TEMPLATES, read_files, template_name
from ..workspace.load import salvage_workspace
from ..workspace.schema import Names, campaign_schema, configuration_schema

FOLDER = ".rekindle/schema"
HINT = "# yaml-language-server: $schema="


def schema_name(file: str) -> str:
    """The schema of a workspace's YAML file: `segments/x.yml` is read by `segment.json`."""
    if file == CONFIGURATION:
        return "rekindle.json"
    if file == STATUSES:
        return "statuses.json"
    if file.startswith(SEGMENTS):
        return "segment.json"
    return "campaign.json" if file.startswith(CAMPAIGNS) else "import-map.json"


def editor_hint(file: str) -> str:
    """The comment that leads an editor from a workspace's file to its schema."""
    up = "../" * file.count("/")
    return f"{HINT}{up}{FOLDER}/{schema_name(file)}"


def schemas_of(files: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Every schema by its file name, with the words of the workspace that `files` make up, as far as they are sound."""
    workspace, _ = salvage_workspace(files)
    catalogue = workspace.catalogue
    segments = tuple(sorted(_stem(file) for file in files if file.startswith(SEGMENTS) and file != STATUSES))
    templates = tuple(template_name(file) for file in files if file.startswith(TEMPLATES))
    names = Names(catalogue, segments, templates)
    return {
        "rekindle.json": configuration_schema(),
        "segment.json": segment_schema(catalogue, segments),
        "statuses.json": statuses_schema(catalogue, segments),
        "campaign.json": campaign_schema(names),
        "import-map.json": map_schema(catalogue.attributes),
    }


def _stem(file: str) -> str:
    return file.rpartition("/")[2].rpartition(".")[0]


def write_schemas(root: Path) -> list[str]:
    """Write the schemas of the workspace at `root` anew; their names relative to it. Raises InputError."""
    schemas = schemas_of(read_files(root))
    folder = root / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, schema in schemas.items():
            text = json.dumps(schema, ensure_ascii=False, separators=(",", ":")) + "\n"  # read by editors alone
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}") from error
    return [f"{FOLDER}/{name}" for name in schemas]
