"""Files in rows: bytes, a path, JSON and a file elsewhere; read back through a dataset."""

from __future__ import annotations

import os
from typing import Any

from _sdk import PROJECT, braintrust, report

with open("cover.png", "wb") as file:
    file.write(b"\x89PNG from a file")


def attached() -> dict[str, Any]:
    return {
        "bytes": braintrust.Attachment(
            data=b"\x00\xff", filename="two.bin", content_type="application/x-two"
        ),
        "file": braintrust.Attachment(
            data=os.path.abspath("cover.png"), filename="ä cover.png", content_type="image/png"
        ),
        "json": [braintrust.JSONAttachment({"songs": ["ä", 1, None]}, filename="songs.json")],
    }


elsewhere = braintrust.ExternalAttachment(
    url="https://files.example/v.mp4", filename="v.mp4", content_type="video/mp4"
)
logger = braintrust.init_logger(project=PROJECT)
with logger.start_span(name="attached", input={**attached(), "elsewhere": elsewhere}) as span:
    span.log(output=attached()["bytes"])
logger.flush()

dataset = braintrust.init_dataset(project=PROJECT, name="files")
dataset.insert(id="one", input=attached(), expected="read back")
dataset.flush()
(row,) = braintrust.init_dataset(project=PROJECT, name="files")
found = row["input"]
with logger.start_span(name="again", input=found):
    pass
logger.flush()
report(
    bytes=list(found["bytes"].data),
    file=list(found["file"].data),
    json=found["json"][0].data.decode(),
    names=[found["bytes"].reference["filename"], found["file"].reference["filename"]],
    status=found["bytes"].status()["upload_status"],
)
