"""Which server, with which key.

Every value is looked for in this order: the argument, `ASSAY_*` in the environment, `BRAINTRUST_*` (so that
programs written for that API need no edit), the file `assay login` writes, the default.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from assay.core.errors import ConfigError

DEFAULT_URL = "http://127.0.0.1:8484"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """API base URL, base URL of printed links, key, organization (None = the key's own)."""

    url: str
    app_url: str
    api_key: str | None
    org_name: str | None


def config_path() -> Path:
    """The file of `assay login`: `~/.config/assay/config.json` (`XDG_CONFIG_HOME` is honoured)."""
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return Path(base) / "assay" / "config.json"


def read_config_file() -> dict[str, Any]:
    """The saved settings `{"url", "api_key", "org_name"}`; empty when there is no file.

    Raises ConfigError when the file exists and is not a JSON object.
    """
    path = config_path()
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return {}
    try:
        saved = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"{path} is not JSON ({error}): fix it or run `assay login` again") from error
    if not isinstance(saved, dict):
        raise ConfigError(f"{path} must hold a JSON object: run `assay login` again")
    return cast("dict[str, Any]", saved)


def write_config_file(values: dict[str, Any]) -> Path:
    """Save settings for later processes, readable by the owner only; returns the path."""
    path = config_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump(values, file, indent=2)
        file.write("\n")
    return path


def resolve_config(
    *,
    api_key: str | None = None,
    api_url: str | None = None,
    app_url: str | None = None,
    org_name: str | None = None,
) -> Config:
    """Settings for one State. An `app_url` alone also serves as API URL: our server answers both on one
    origin.
    """
    saved = read_config_file()
    url = (
        api_url
        or app_url
        or _env("ASSAY_URL", "BRAINTRUST_API_URL", "BRAINTRUST_APP_URL")
        or saved.get("url")
    )
    shown = (
        app_url
        or _env("ASSAY_APP_URL", "BRAINTRUST_APP_PUBLIC_URL", "BRAINTRUST_APP_URL")
        or saved.get("app_url")
    )
    if os.environ.get("ASSAY_URL") and not (app_url or os.environ.get("ASSAY_APP_URL")):
        shown = url  # BRAINTRUST_APP_URL then belongs to another service
    base = _checked(str(url or DEFAULT_URL))
    return Config(
        url=base,
        app_url=_checked(str(shown)) if shown else base,
        api_key=api_key or _env("ASSAY_API_KEY", "BRAINTRUST_API_KEY") or saved.get("api_key"),
        org_name=org_name or _env("ASSAY_ORG_NAME", "BRAINTRUST_ORG_NAME") or saved.get("org_name"),
    )


def _env(*names: str) -> str | None:
    for name in names:
        if value := os.environ.get(name):
            return value
    return None


def _checked(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ConfigError(f"{url!r} is not a server URL: give http://host:port or https://host")
    return url.rstrip("/")
