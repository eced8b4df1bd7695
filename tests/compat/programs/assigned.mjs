// Assigns a row of the logs to the person named by the argument, with the published JavaScript SDK. Prints its id.

import * as braintrust from "braintrust";

const logger = braintrust.initLogger({ projectName: process.env.COMPAT_PROJECT, asyncFlush: true });
const id = await logger.traced((span) => span.id, { name: "handed on", event: { metadata: { kept: 1 } } });
await logger.flush();
logger.updateSpan({ id, metadata: { "~__bt_assignments": [process.argv[2]] } });
await logger.flush();
console.log(JSON.stringify({ row: id }));
