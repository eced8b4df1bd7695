"""Settings of the server: command-line options over environment variables over defaults."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

VERSION = "0.1.0"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. Each field names its environment variable."""

    data: Path = Path(".assay/data")  # ASSAY_DATA: the data directory, 0700, one owner
    host: str = "127.0.0.1"  # ASSAY_HOST
    port: int = 8484  # ASSAY_PORT; 0 picks a free one
    public_url: str = ""  # ASSAY_PUBLIC_URL: base of printed links, default http://host:port
    clickhouse_url: str = ""  # ASSAY_CLICKHOUSE_URL: a ClickHouse server instead of the embedded engine
    database_url: str = ""  # ASSAY_DATABASE_URL: default SQLite in the data directory
    bootstrap_key: str = ""  # ASSAY_BOOTSTRAP_KEY: the owner's first API key, for automation
    secret_key: str = ""  # ASSAY_SECRET_KEY: encrypts provider keys, default a file in the data directory
    max_body: int = 64 << 20  # ASSAY_MAX_BODY: bytes of one request body after decompression
    max_attachment: int = 1 << 30  # ASSAY_MAX_ATTACHMENT: bytes of one attachment
    audit_days: int = 0  # ASSAY_AUDIT_DAYS: days that entries of the audit log are kept; 0 is for ever
    provider_keys: dict[str, str] = field(
        default_factory=dict
    )  # OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY
    provider_urls: dict[str, str] = field(
        default_factory=dict
    )  # OPENAI_BASE_URL, ANTHROPIC_BASE_URL, GEMINI_BASE_URL
    strict_spans: int = (
        1_000_000  # ASSAY_STRICT_SPANS: spans that a query in strict lint mode may have to read
    )
    scenarios: str = ""  # ASSAY_SCENARIOS: folder of further scenarios for the scripted model

    @property
    def url(self) -> str:
        """Base URL people and clients use."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def meta_url(self) -> str:
        """SQLAlchemy URL of the metadata database."""
        return self.database_url or f"sqlite:///{self.data / 'meta.db'}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in ("127.0.0.1", "localhost", "::1")

    @property
    def clickhouse(self) -> dict[str, object]:
        """Connection parameters of an external ClickHouse server."""
        parts = urlsplit(self.clickhouse_url)
        secure = parts.scheme in ("https", "clickhouses")
        return {
            "host": parts.hostname or "127.0.0.1", "port": parts.port or (8443 if secure else 8123), "secure": secure,
            "user": parts.username or "default", "password": parts.password or "",
            "database": parts.path.strip("/") or "default",
        }  # fmt: skip


def from_environment(**overrides: object) -> Settings:
    """Read the environment; overrides that are None are ignored."""
    env = os.environ
    values: dict[str, object] = {
        "data": Path(env.get("ASSAY_DATA", ".assay/data")),
        "host": env.get("ASSAY_HOST", "127.0.0.1"),
        "port": int(env.get("ASSAY_PORT", "8484")),
        "public_url": env.get("ASSAY_PUBLIC_URL", ""),
        "clickhouse_url": env.get("ASSAY_CLICKHOUSE_URL", ""),
        "database_url": env.get("ASSAY_DATABASE_URL", ""),
        "bootstrap_key": env.get("ASSAY_BOOTSTRAP_KEY", ""),
        "secret_key": env.get("ASSAY_SECRET_KEY", ""),
        "max_body": int(env.get("ASSAY_MAX_BODY", str(64 << 20))),
        "max_attachment": int(env.get("ASSAY_MAX_ATTACHMENT", str(1 << 30))),
        "strict_spans": int(env.get("ASSAY_STRICT_SPANS", "1000000")),
        "audit_days": int(env.get("ASSAY_AUDIT_DAYS", "0")),
        "scenarios": env.get("ASSAY_SCENARIOS", ""),
        "provider_keys": _providers(env, "API_KEY"),
        "provider_urls": _providers(env, "BASE_URL"),
    }
    values.update({key: value for key, value in overrides.items() if value is not None})
    return Settings(**values)  # type: ignore[arg-type]


def _providers(env: os._Environ[str], suffix: str) -> dict[str, str]:
    found = {name: env.get(f"{name.upper()}_{suffix}", "") for name in ("openai", "anthropic", "gemini")}
    return {name: value for name, value in found.items() if value}
