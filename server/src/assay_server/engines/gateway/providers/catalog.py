"""The providers known by name: where they live, which key they want, and which models are theirs.

All of them speak OpenAI's chat format at `base_url`, so a new one is an entry here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider; `key_variable` and `url_variable` name environment variables."""

    name: str
    base_url: str
    key_variable: str
    url_variable: str
    prefixes: tuple[str, ...]
    models: tuple[str, ...]
    """Models offered in lists; any other name that starts with one of `prefixes` works too."""


PROVIDERS: tuple[Provider, ...] = (
    Provider(
        name="openai",
        base_url="https://api.openai.com/v1",
        key_variable="OPENAI_API_KEY",
        url_variable="OPENAI_BASE_URL",
        prefixes=("gpt-", "chatgpt-", "o1", "o3", "o4", "text-embedding-"),
        models=(
            "gpt-5",
            "gpt-5-mini",
            "gpt-4.1",
            "gpt-4.1-mini",
            "gpt-4o",
            "gpt-4o-mini",
            "text-embedding-3-small",
        ),
    ),
    Provider(
        name="anthropic",
        base_url="https://api.anthropic.com/v1",
        key_variable="ANTHROPIC_API_KEY",
        url_variable="ANTHROPIC_BASE_URL",
        prefixes=("claude-",),
        models=("claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"),
    ),
    Provider(
        name="gemini",
        base_url="https://generativelanguage.googleapis.com/v1beta/openai",
        key_variable="GEMINI_API_KEY",
        url_variable="GEMINI_BASE_URL",
        prefixes=("gemini-", "gemma-"),
        models=("gemini-2.5-pro", "gemini-2.5-flash", "gemini-2.5-flash-lite"),
    ),
)


def find_provider(model: str, providers: tuple[Provider, ...] = PROVIDERS) -> tuple[Provider | None, str]:
    """The provider of a model and the model's bare name.

    `openai/gpt-4o` names the provider outright; otherwise the start of the name decides. None when neither
    does.
    """
    name, slash, bare = model.partition("/")
    if slash:
        for provider in providers:
            if provider.name == name.lower():
                return provider, bare
        return None, model
    lowered = model.lower()
    for provider in providers:
        if lowered.startswith(provider.prefixes):
            return provider, model
    return None, model
