"""A tool to push."""

import braintrust
from pydantic import BaseModel

project = braintrust.projects.create(name="refusals")


class Arguments(BaseModel):
    n: int


project.tools.create(handler=lambda n: n, name="work", slug="work", parameters=Arguments)
