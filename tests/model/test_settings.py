"""Settings: what is misspelt, or not acted on yet, is named by place."""

from __future__ import annotations

from pathlib import Path

from rekindle.settings import KNOWN, UNHEEDED, setting_problems


def test_settings_are_looked_at_too(tmp_path: Path) -> None:
    """A misspelt name in .env, and one that is read and not acted on; what is right, or not ours, is let be."""
    lines = (
        "# REKINDLE_OLD=1",
        "OTHER=1",
        "REKINDLE_SMTP_ULR=eml:x",
        "export REKINDLE_INBOUND_URL=a",
        "REKINDLE_SMTP_URL=eml:y",
    )
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")
    assert [str(problem) for problem in setting_problems(tmp_path)] == [
        ".env:3:1: warning: 'REKINDLE_SMTP_ULR' is no setting (did you mean 'REKINDLE_SMTP_URL'?)",
        ".env:4:1: warning: 'REKINDLE_INBOUND_URL' has no effect in this version"
        " (bounces and complaints are not fetched; `suppress add` takes addresses by hand)",
    ]
    assert setting_problems(tmp_path / "nowhere") == []
    assert set(UNHEEDED) <= set(KNOWN)
