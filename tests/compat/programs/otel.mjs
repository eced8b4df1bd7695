// OpenTelemetry through the published JavaScript SDK; `otel.py` is the same in Python. Prints what it saw.

import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider } from "@opentelemetry/sdk-trace-base";
import { BraintrustSpanProcessor, setupOtelCompat } from "@braintrust/otel";
import * as braintrust from "braintrust";

const PROJECT = process.env.COMPAT_PROJECT;
const MESSAGES = [{ role: "user", content: "grüezi" }];
const ANSWER = [{ role: "assistant", content: "hoi" }];

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
setupOtelCompat(); // spans of both kinds in one trace

const made = (parent, filterAISpans) =>
  new BasicTracerProvider({ spanProcessors: [new BraintrustSpanProcessor({ parent, filterAISpans })] });
const whole = made(`project_name:${PROJECT}`, false);
const narrow = made(`project_name:${PROJECT}, narrow`, true);

for (const provider of [whole, narrow]) {
  const tracer = provider.getTracer("shop", "1.5");
  tracer.startActiveSpan("request", (request) => {
    request.setAttributes({
      "braintrust.input_json": JSON.stringify({ q: "ä" }),
      "braintrust.tags": ["seen"],
      "braintrust.metadata.user": "u1",
    });
    tracer.startActiveSpan("plain", (plain) => plain.end());
    tracer.startActiveSpan("gen_ai.chat", (call) => {
      call.setAttributes({
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.usage.input_tokens": 3,
        "gen_ai.usage.output_tokens": 4,
        "gen_ai.input.messages": JSON.stringify(MESSAGES),
        "gen_ai.output.messages": JSON.stringify(ANSWER),
      });
      call.end();
    });
    request.end();
  });
}
const tracer = whole.getTracer("shop");
const logger = braintrust.initLogger({ projectName: PROJECT });
await logger.traced(
  async () => tracer.startActiveSpan("below native", (below) => below.end()),
  { name: "native" },
);
await tracer.startActiveSpan("otel", async (otel) => {
  await logger.traced(async () => undefined, { name: "below otel" });
  otel.end();
});
await logger.flush();
for (const provider of [whole, narrow]) await provider.shutdown();
console.log(JSON.stringify({ done: true }));
