"""The scripted model as a facet model: finds issues and a sentiment in the data of the shared messages."""

from __future__ import annotations

from assay_server.engines.gateway.scenario import ChatRequest, Reply, text_of

PRIORITY = 10
MARK = "Here is the data to analyze:"


def matches(request: ChatRequest) -> bool:
    return request.last_user.startswith("Extract the ") and MARK in text_of(request.messages[0])


def reply(request: ChatRequest) -> Reply:
    data = text_of(request.messages[0]).partition(MARK)[2].lower()
    if "sentiment" in request.last_user:
        return Reply("Negative" if "angry" in data else "Positive" if "thanks" in data else "NONE")
    return Reply("The assistant failed." if "error" in data else "NONE")
