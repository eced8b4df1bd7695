"""Chooses who answers a call: the provider of its model when there is a key, else the scripted model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assay_server.engines.gateway.chat_format import FINGERPRINT
from assay_server.engines.gateway.errors import UnknownModel
from assay_server.engines.gateway.messages import ModelReply, ModelRequest
from assay_server.engines.gateway.providers.catalog import PROVIDERS, Provider, find_provider
from assay_server.engines.gateway.providers.openai_compatible import OpenAICompatible
from assay_server.engines.gateway.providers.scripted import ScriptedModel
from assay_server.engines.gateway.scenario_files import load_scenarios

SCRIPTED_NAME = "scripted"


@dataclass(frozen=True, slots=True)
class Credential:
    """A provider's key; `base_url` when a member of the organization gave one (it must then be public)."""

    key: str
    base_url: str | None = None


StoredCredential = Callable[[str, str], Credential | None]
"""Takes an organization id and a provider name; returns what is kept for it, or None.

Called on the event loop, so it must answer from memory nearly always.
"""


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """Keys and base addresses by provider name, and folders with more scenarios for the scripted model."""

    keys: Mapping[str, str] = field(default_factory=dict)
    base_urls: Mapping[str, str] = field(default_factory=dict)
    scenario_folders: tuple[Path, ...] = ()


class Gateway:
    """Serves calls of every organization; create it once per process and close it at the end."""

    def __init__(self, settings: GatewaySettings, stored: StoredCredential | None = None) -> None:
        self._settings = settings
        self._stored = stored
        self._forward = OpenAICompatible()
        self._scripted = ScriptedModel(load_scenarios(settings.scenario_folders))

    async def send(self, org_id: str, request: ModelRequest) -> ModelReply:
        """Answer one call; the reply's chunks must be read to the end or closed.

        Raises UnknownModel, UpstreamFailed, UpstreamTimeout, or BadRequest from the scripted model.
        """
        provider, model = find_provider(request.model)
        credential = self.credential(org_id, provider) if provider else None
        if provider and credential:
            if model != request.model:
                request = request.altered(model=model)
            return await self._forward.send(
                request,
                provider=provider.name,
                base_url=credential.base_url
                or self._settings.base_urls.get(provider.name, provider.base_url),
                key=credential.key,
                user_given=credential.base_url is not None,
            )
        if provider is None and request.model != SCRIPTED_NAME and self.providers_with_key(org_id):
            # A name we do not know is a typing error where real models are in use, and as good as any where
            # none are.
            raise UnknownModel(_refusal(request.model))
        return self._scripted.send(request)

    def credential(self, org_id: str, provider: Provider) -> Credential | None:
        """The organization's own credential for a provider, else the key of the environment."""
        if self._stored and (stored := self._stored(org_id, provider.name)):
            return stored
        key = self._settings.keys.get(provider.name)
        return Credential(key) if key else None

    def providers_with_key(self, org_id: str) -> list[Provider]:
        """The providers whose models are answered for real."""
        return [provider for provider in PROVIDERS if self.credential(org_id, provider)]

    def scripted_only(self, org_id: str) -> bool:
        """Whether every answer comes from the scripted model."""
        return not self.providers_with_key(org_id)

    def models(self, org_id: str) -> list[dict[str, Any]]:
        """The models on offer, in OpenAI's list format; `owned_by` is "scripted model" where no key
        exists.
        """
        listed: list[dict[str, Any]] = []
        for provider in PROVIDERS:
            owner = provider.name if self.credential(org_id, provider) else FINGERPRINT
            listed += [{"id": m, "object": "model", "created": 0, "owned_by": owner} for m in provider.models]
        return listed

    async def aclose(self) -> None:
        """Close the connections to providers."""
        await self._forward.aclose()


def _refusal(model: str) -> str:
    known = ", ".join(provider.name for provider in PROVIDERS)
    return (
        f"No provider serves a model named {model!r}. Known are {known}; GET /v1/models lists their models."
    )
