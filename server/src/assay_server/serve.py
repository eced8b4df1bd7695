"""`assay serve`: own the data directory, start the parts in order, serve, and stop without losing anything."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import sys
from dataclasses import replace
from pathlib import Path

import uvicorn

from assay_server.adapters.files import DataDirectory, DataDirectoryInUse
from assay_server.app import build_services, close_services, create_app
from assay_server.engines.ingest.wal import CorruptLog
from assay_server.features.keys.bootstrap import bootstrap
from assay_server.http.protocol import BoundedHeads
from assay_server.settings import Settings, from_environment

DRAIN_SECONDS = 3


def main(argv: list[str] | None = None) -> int:
    """Run a server in the foreground. Exit status: 0 stopped on request, 2 bad usage, 3 could not start."""
    settings = from_environment(**vars(_parser().parse_args(argv)))
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    os.umask(0o077)
    directory = DataDirectory(settings.data)
    try:
        directory.acquire()
        listener = _listen(settings)
    except (DataDirectoryInUse, OSError) as error:
        print(f"assay serve: {error}", file=sys.stderr)
        directory.release()
        return 3
    try:
        return _run(_with_port(settings, listener), listener)
    finally:
        listener.close()
        directory.release()


def _run(settings: Settings, listener: socket.socket) -> int:
    try:
        services = build_services(settings)
    except (CorruptLog, RuntimeError) as error:
        print(f"assay serve: {error}", file=sys.stderr)
        return 3
    try:
        first = bootstrap(services.meta, settings, lambda key: _keep_key(settings.data / "owner.key", key))
        config = uvicorn.Config(
            create_app(services),
            http=BoundedHeads,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=DRAIN_SECONDS,
            lifespan="on",
        )
        server = _Server(config, _greeting(settings, first.api_key, first.login_token))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(
                number, lambda *_: None
            )  # uvicorn raises them again after its shutdown; ours is still to come
        server.run(sockets=[listener])
        return 0
    finally:
        close_services(services)


class _Server(uvicorn.Server):
    """Says where it is once it really answers."""

    def __init__(self, config: uvicorn.Config, greeting: str) -> None:
        super().__init__(config)
        self._greeting = greeting

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(self._greeting, flush=True)


def _keep_key(path: Path, key: str) -> None:
    with open(path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(key + "\n")


def _greeting(settings: Settings, api_key: str | None, login_token: str | None) -> str:
    lines = [f"Assay is ready at {settings.url}"]
    if api_key and not settings.bootstrap_key:
        lines.append(f"  API key (shown once, kept in {settings.data / 'owner.key'}): {api_key}")
    if login_token:
        lines.append(
            f"  Open in a browser (valid once, 15 minutes): {settings.url}/login?token={login_token}"
        )
    return "\n".join(lines)


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        raise OSError(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}; choose another --port"
        ) from None


def _with_port(settings: Settings, listener: socket.socket) -> Settings:
    return replace(settings, port=listener.getsockname()[1])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="assay serve", description="Run an Assay server in the foreground.")
    parser.add_argument("--data", type=Path, help="data directory (default .assay/data, or ASSAY_DATA)")
    parser.add_argument("--host", help="address to listen on (default 127.0.0.1: this machine only)")
    parser.add_argument("--port", type=int, help="port (default 8484; 0 picks a free one)")
    parser.add_argument("--public-url", help="base of printed links, when a proxy stands in front")
    return parser


if __name__ == "__main__":
    sys.exit(main())
