"""Secrets stay out of capsules, and ordinary text stays as it is."""

from __future__ import annotations

import pytest

from assay.capsule.redact import REDACTED, Redactor

LETTERS = "Ab3" * 14


@pytest.mark.parametrize(
    "secret",
    [
        f"sk-proj-{LETTERS}",
        f"sk-ant-api03-{LETTERS}",
        "AKIA" + "ABCDEFGH12345678",
        f"ghp_{LETTERS}",
        f"github_pat_{LETTERS}",
        f"glpat-{LETTERS}",
        "xoxb-1234567890-abcdefghij",
        f"AIza{LETTERS}",
        f"hf_{LETTERS}",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\ncut off",
    ],
)
def test_well_known_credentials_are_replaced_anywhere(secret: str) -> None:
    redactor = Redactor(environment={})
    found = redactor.value({"messages": [{"content": f"see {secret} here"}], f"x {secret}": 1})
    assert secret not in str(found)
    assert REDACTED in found["messages"][0]["content"]
    assert redactor.count == 2


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Authorization: Bearer abcdef123456789", f"Authorization: Bearer {REDACTED}"),
        ("postgres://me:hunter2@db/x", f"postgres://{REDACTED}@db/x"),
        ("+OPENAI_API_KEY=whatever-it-is-1", f"+OPENAI_API_KEY={REDACTED}"),
        ('api_key = "whatever-it-is"', f'api_key = "{REDACTED}"'),
        ("{'client_secret': 'whatever-it-is'}", f"{{'client_secret': '{REDACTED}'}}"),
    ],
)
def test_what_follows_a_telling_word_is_replaced(text: str, clean: str) -> None:
    assert Redactor(environment={}).text(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "max_tokens=4096 and temperature: 0.2",
        'api_key=os.environ["OPENAI_API_KEY"]',
        "the secret: be yourself, always",
        "risk-averse strategies-and-more-words",
        "https://example.com/a:b@c is a path, tokens: 12345678901",
        "TOKENS_USED = total",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    redactor = Redactor(environment={})
    assert redactor.text(text) == text
    assert redactor.count == 0


def test_members_named_like_secrets_lose_their_value() -> None:
    value = {
        "openaiApiKey": "x", "Authorization": "y", "password": ["z", 1], "token": "0123456789abc",
        "words": [{"token": "word"}], "metrics": {"tokens": 12, "token": 3},
    }  # fmt: skip
    assert Redactor(environment={}).value(value) == {
        "openaiApiKey": REDACTED,
        "Authorization": REDACTED,
        "password": [REDACTED, 1],
        "token": REDACTED,
        "words": [{"token": "word"}],
        "metrics": {"tokens": 12, "token": 3},
    }


def test_values_of_variables_are_replaced_wherever_they_stand() -> None:
    environment = {"ACME_TOKEN": "a-b.c+d-e*f-g", "PATH": "/usr/bin/somewhere", "SHORT_KEY": "word"}
    redactor = Redactor(["the-key-of-the-server"], environment)
    text = "a-b.c+d-e*f-g in /usr/bin/somewhere with a word and the-key-of-the-server"
    assert redactor.text(text) == f"{REDACTED} in /usr/bin/somewhere with a word and {REDACTED}"


def test_files_that_hold_secrets_are_left_out_of_a_diff() -> None:
    diff = (
        "diff --git a/app.py b/app.py\n+x = 1\ndiff --git a/conf/.env.local b/conf/.env.local\n+FOO=bar\n"
        "diff --git a/key.pem b/key.pem\n+abc\ndiff --git a/b.py b/b.py\n+y = 2\n"
    )
    found = Redactor(environment={}).diff(diff)
    assert "FOO" not in found
    assert "+abc" not in found
    assert "+x = 1" in found
    assert "+y = 2" in found
    assert found.count(REDACTED) == 2


def test_numbers_are_never_touched() -> None:
    assert Redactor(environment={}).value([0.5, "sk-0123456789abcdefgh"]) == [0.5, REDACTED]
    columns = {"scores": [0.1, None, 0.30000000000000004], "count": 12345678901234567890}
    assert Redactor(environment={"A_KEY": "12345678901234567890"}).value(columns) == columns
