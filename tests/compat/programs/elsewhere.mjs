// Another process of the program `tracing.mjs`: continues its trace from what it was sent.

import * as braintrust from "braintrust";

const sent = JSON.parse(process.argv[2]);
const span = braintrust.startSpan({ name: "by export", parent: sent.exported, event: { input: "far" } });
span.startSpan({ name: "below", event: { output: 1 } }).end();
span.end();
const headers = braintrust.extractTraceContextFromHeaders(sent.headers);
braintrust.startSpan({ name: "by headers", parent: headers }).end();
braintrust.updateSpan({ exported: sent.exported, output: "from elsewhere" });
await braintrust.flush();
