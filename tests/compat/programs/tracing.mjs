// Tracing with the published JavaScript SDK; `tracing.py` is the same in Python. Prints what it saw.

import * as braintrust from "braintrust";
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import OpenAI from "openai";

const PROJECT = process.env.COMPAT_PROJECT;
const report = (seen) => console.log(JSON.stringify(seen));
const TOOL = {
  type: "function",
  function: {
    name: "weather",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};

const add = braintrust.wrapTraced(
  async function add(left, right) {
    braintrust.currentSpan().log({ metadata: { deep: true } });
    return left + right;
  },
  { name: "add" },
);

const outer = braintrust.wrapTraced(async (number) => (await add(number, 3)) * 10, {
  name: "outer",
  type: "task",
  spanAttributes: { colour: "red" },
});

const refuses = braintrust.wrapTraced(
  async (text) => {
    throw new TypeError(`no ${text}`);
  },
  { name: "refuses" },
);

async function functions() {
  if ((await outer(1)) !== 40) throw new Error("a traced function must return what it returns");
  await refuses("way").catch(() => undefined);
}

/** The same question as one answer, as a stream, and as a call of a tool. */
async function models() {
  const client = braintrust.wrapOpenAI(
    new OpenAI({ baseURL: `${process.env.BRAINTRUST_API_URL}/v1/proxy`, apiKey: process.env.BRAINTRUST_API_KEY }),
  );
  const asked = { model: "gpt-4o-mini", messages: [{ role: "user", content: "Say grüezi" }] };
  await braintrust.traced(
    async () => {
      const answer = await client.chat.completions.create({ ...asked, temperature: 0.5 });
      let streamed = "";
      const stream = await client.chat.completions.create({
        ...asked,
        stream: true,
        stream_options: { include_usage: true },
      });
      for await (const chunk of stream) streamed += chunk.choices[0]?.delta.content ?? "";
      const forced = { type: "function", function: { name: "weather" } };
      const called = await client.chat.completions.create({ ...asked, tools: [TOOL], tool_choice: forced });
      const { usage } = answer;
      report({
        answer: answer.choices[0].message.content,
        streamed,
        usage: [usage.prompt_tokens, usage.completion_tokens, usage.total_tokens],
        arguments: called.choices[0].message.tool_calls[0].function.arguments,
      });
    },
    { name: "models" },
  );
}

/** Spans of another process, below one of this: by what was exported and by HTTP headers. */
async function elsewhere(logger) {
  let exported, headers;
  await logger.traced(
    async (here) => {
      [exported, headers] = [await here.export(), here.inject()];
    },
    { name: "here" },
  );
  await logger.flush();
  logger.startSpan({ name: "local", parent: exported }).end();
  await logger.flush();
  execFileSync(process.execPath, ["elsewhere.mjs", JSON.stringify({ exported, headers })]);
}

/** Changes to a row that is already there. */
async function corrections(logger) {
  let id;
  await logger.traced(
    (judged) => {
      id = judged.id;
      judged.log({ output: "out" });
    },
    { name: "judged", event: { input: "in", metadata: { kept: 1 }, scores: { first: 0.5 } } },
  );
  await logger.flush();
  logger.updateSpan({ id, metadata: { added: 2 }, scores: { second: 1 } });
  await logger.flush();
  logger.logFeedback({ id, source: "app", metadata: { user_id: "u1" }, scores: { thumbs: 0 }, comment: "not calm" });
  await logger.flush();
  logger.logFeedback({ id, tags: ["seen"], metadata: { user_id: "u2" } });
  await logger.flush();
  report({ judged: id, note: null });
}

const bytes = async (attachment) => [...new Uint8Array(await (await attachment.data()).arrayBuffer())];

/** Files that are elsewhere stay there; all files come back through what reads rows. */
async function attachments(logger) {
  const store = createServer((_, answer) => answer.end(Buffer.from("far \0 away")));
  await new Promise((ready) => store.listen(0, "127.0.0.1", ready));
  const external = (url) =>
    new braintrust.ExternalAttachment({ url, filename: "far.bin", contentType: "application/x-far" });
  const far = external(`http://127.0.0.1:${store.address().port}/far`);
  const cloud = external("s3://bucket/key");
  const span = logger.startSpan({ name: "far", event: { input: { far, cloud } } });
  span.end();
  await logger.flush();
  const refused = await cloud.data().then((blob) => String(blob.size), String);
  const data = new Blob([new Uint8Array([0, 255, 105, 110])]);
  const file = new braintrust.Attachment({ data, filename: "in.bin", contentType: "application/x-in" });
  const table = new braintrust.JSONAttachment({ rows: [1, 2] }, { filename: "table.json" });
  const opened = () => braintrust.initDataset({ project: PROJECT, dataset: "files" });
  const dataset = opened();
  dataset.insert({ id: "f", input: { deep: [file] }, expected: table });
  await dataset.flush();
  const [row] = await opened().fetchedData();
  const experiment = braintrust.init({ project: PROJECT, experiment: "files" });
  experiment.log({ input: { file }, output: "x", scores: { ok: 1 } });
  await experiment.flush();
  const [found] = await braintrust.init({ project: PROJECT, experiment: "files", open: true }).fetchedData();
  const kept = found.input.file;
  report({
    far: { id: span.id, bytes: await bytes(new braintrust.ReadonlyAttachment(far.reference)), refused },
    dataset_bytes: await bytes(row.input.deep[0]),
    dataset_json: JSON.parse(await (await row.expected.data()).text()),
    experiment_bytes: await bytes(kept.data ? kept : new braintrust.ReadonlyAttachment(kept)),
  });
  store.close();
}

const logger = braintrust.initLogger({ projectName: PROJECT, asyncFlush: true });
await functions();
await models();
await elsewhere(logger);
await corrections(logger);
await attachments(logger);
await logger.flush();
