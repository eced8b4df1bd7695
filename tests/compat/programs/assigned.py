"""Assigns a row of the logs to the person named by the argument, with the published Python SDK. Prints its id."""

import json
import os
import sys

import braintrust

logger = braintrust.init_logger(project=os.environ["COMPAT_PROJECT"])
with logger.start_span(name="handed on", metadata={"kept": 1}) as span:
    pass
logger.flush()
logger.update_span(id=span.id, metadata={"~__bt_assignments": [sys.argv[1]]})
logger.flush()
print(json.dumps({"row": span.id}))
