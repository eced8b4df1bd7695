"""Another process of the program `tracing.py`: continues its trace from what it was sent."""

import json
import sys

import braintrust

sent = json.loads(sys.argv[1])
far = braintrust.start_span(name="by export", parent=sent["exported"], input="far")
with far, braintrust.start_span(name="below", output=1):
    pass
with braintrust.start_span(name="by headers", parent=braintrust.extract_trace_context(sent["headers"])):
    pass
braintrust.update_span(exported=sent["exported"], output="from elsewhere")
braintrust.flush()
