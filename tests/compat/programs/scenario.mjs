// A team's day with the published JavaScript SDK; `scenario.py` is the same in Python. Prints what it saw.

import * as braintrust from "braintrust";
import { ExactMatch, Levenshtein } from "autoevals";

const PROJECT = process.env.COMPAT_PROJECT;
const report = (seen) => console.log(JSON.stringify(seen));

/** A summary with the names the HTTP API has. */
const told = (summary) => ({
  id: summary.experimentId,
  name: summary.experimentName,
  compared_with: summary.comparisonExperimentName ?? null,
  url: summary.experimentUrl,
  scores: Object.fromEntries(
    Object.values(summary.scores).map(({ name, score, diff, improvements, regressions }) => [
      name,
      { score, diff: diff ?? null, improvements, regressions },
    ]),
  ),
});

async function logs() {
  const logger = braintrust.initLogger({ projectName: PROJECT, asyncFlush: true });
  const one = logger.log({
    input: "question",
    output: { text: "ä 😀", n: [1.5, null, true] },
    expected: "yes",
    scores: { ok: 1, half: 0.5, none: null },
    metadata: { user: { id: 7 }, "k v": true },
    tags: ["a", "b"],
  });
  const ids = { one };
  let slug, link;
  await logger.traced(
    async (request) => {
      request.log({ input: { text: "hi" }, metadata: { user: { id: 7 } } });
      await braintrust.traced(
        (model) => {
          ids.model = model.id;
          model.log({ output: "x", metrics: { prompt_tokens: 3, completion_tokens: 4, tokens: 7 } });
        },
        { name: "model", type: "llm" },
      );
      request.log({ output: true });
      ids.request = request.id;
      slug = await request.export();
      link = request.link();
    },
    { name: "request" },
  );
  const fails = async () => {
    throw new TypeError("no good");
  };
  await logger.traced(fails, { name: "fail" }).catch(() => undefined);
  const attachment = new braintrust.Attachment({
    data: new Blob([new Uint8Array([0, 255, 7])]),
    filename: "ä three.bin",
    contentType: "application/x-three",
  });
  const files = logger.startSpan({ name: "files", event: { input: { file: attachment } } });
  files.log({ output: new braintrust.JSONAttachment({ a: [1, "ä"] }, { filename: "data.json" }) });
  files.end();
  ids.files = files.id;
  const large = logger.startSpan({ name: "large", event: { input: "ß".repeat(600_000) } });
  large.end(); // more than the server takes in one request
  ids.large = large.id;
  await logger.flush();
  braintrust.updateSpan({ exported: slug, output: "later", metadata: { user: { name: "U" } } });
  await logger.flush();
  logger.logFeedback({ id: ids.request, scores: { thumbs: 1 }, expected: "better", comment: "nice", tags: ["seen"] });
  await logger.flush();
  const blob = await new braintrust.ReadonlyAttachment(attachment.reference).data();
  report({
    logs: ids,
    bytes: [...new Uint8Array(await blob.arrayBuffer())],
    links: [link, await braintrust.permalink(slug)],
  });
}

const opened = (version) => braintrust.initDataset({ project: PROJECT, dataset: "songs", version });

async function rows(dataset) {
  const found = [];
  for await (const row of dataset) {
    found.push([row.id, row.input, row.expected ?? null, row.metadata ?? null, row.tags ?? null]);
  }
  return found.sort((a, b) => a[0].localeCompare(b[0]));
}

async function datasets() {
  const dataset = opened();
  for (const [number, name] of ["a", "b", "c"].entries()) {
    dataset.insert({ id: name, input: number, expected: number * 2, metadata: { n: { x: 1 } }, tags: ["new"] });
  }
  await dataset.flush();
  const version = await opened().version();
  dataset.update({ id: "a", expected: 1, metadata: { n: { y: 2 } } });
  dataset.delete("b");
  dataset.insert({ id: "c", input: 3 });
  await dataset.flush();
  const summary = await dataset.summarize();
  report({
    dataset: await dataset.id,
    version,
    now: await rows(opened()),
    pinned: await rows(opened(version)),
    total: summary.dataSummary.totalRecords,
    dataset_url: summary.datasetUrl,
  });
}

function double(number) {
  if (number === 3) throw new TypeError("three is not allowed");
  return number * 2;
}

function half({ output }) {
  return output === 0 ? 0.5 : 0.25;
}

async function evals() {
  const pairs = [
    { input: "foo", expected: "foo" },
    { input: "bar", expected: "baz" },
  ];
  const first = await braintrust.Eval(PROJECT, {
    experimentName: "first",
    data: pairs,
    task: (text) => text,
    scores: [ExactMatch, Levenshtein],
    trialCount: 2,
    metadata: { model: "m" },
  });
  const second = await braintrust.Eval(PROJECT, {
    experimentName: "second",
    baseExperimentName: "first",
    data: pairs,
    task: () => "baz",
    scores: [Levenshtein],
  });
  const third = await braintrust.Eval(PROJECT, {
    experimentName: "third",
    data: opened(),
    task: double,
    scores: [half],
    baseExperimentName: "second",
  });
  const again = await braintrust.Eval(PROJECT, {
    experimentName: "first",
    data: pairs,
    task: (text) => text,
    scores: [ExactMatch],
  });
  report({
    evals: [first, second, third, again].map((result) => told(result.summary)),
    errors: third.results.filter((one) => one.error).map((one) => one.error.name),
  });
}

async function byHand() {
  const experiment = braintrust.init({ project: PROJECT, experiment: "by hand", baseExperiment: "first" });
  for (const [input, quality] of [
    ["x", 0.25],
    ["y", 0.5],
  ]) {
    experiment.log({ input, output: input.toUpperCase(), scores: { quality } });
  }
  const summary = await experiment.summarize();
  const inputs = [];
  for await (const row of braintrust.init({ project: PROJECT, experiment: "by hand", open: true }).fetch()) {
    inputs.push(row.input);
  }
  report({ by_hand: told(summary), opened: inputs.sort() });
}

await braintrust.login(); // links are made without the network: they need to know the organization
await logs();
await datasets();
await evals();
await byHand();
