// Versions of datasets with the published JavaScript SDK; `datasets.py` is the same in Python. Prints what it saw.

import * as braintrust from "braintrust";

const { BRAINTRUST_API_URL: URL, BRAINTRUST_API_KEY: KEY, COMPAT_PROJECT: PROJECT } = process.env;
const ENVIRONMENT = PROJECT.replaceAll(" ", "-");
const report = (seen) => console.log(JSON.stringify(seen));
const opened = (options) => braintrust.initDataset({ project: PROJECT, dataset: "songs", ...options });

/** What this SDK has no function for. */
async function send(method, path, body) {
  const headers = { Authorization: `Bearer ${KEY}`, "Content-Type": "application/json" };
  const answer = await fetch(`${URL}/${path}`, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

async function rows(options) {
  const found = (await opened(options).fetchedData()).map((row) => [row.id, row.input, row.expected ?? null]);
  return found.sort((a, b) => a[0].localeCompare(b[0]));
}

const dataset = opened();
for (const [number, id] of ["a", "b", "c"].entries()) {
  dataset.insert({ id, input: number, expected: number * 2, metadata: { even: number % 2 === 0 } });
}
await dataset.flush();
const first = await opened().version();
const made = await dataset.createSnapshot({ name: "the first", description: "three songs" });
dataset.insert({ id: "a", input: 10 });
dataset.delete("b");
dataset.insert({ id: "d", input: 3 });
await dataset.flush();
const id = await dataset.id;
await send("POST", "environment", { name: PROJECT, slug: ENVIRONMENT });
await send("PUT", `environment-object/dataset/${id}/${encodeURIComponent(ENVIRONMENT)}`, { object_version: first });
const passing = await dataset.createSnapshot({ name: "passing" });
const renamed = await dataset.updateSnapshot(passing.id, { name: "renamed" });
const both = (await dataset.listSnapshots()).map((one) => one.name).sort();
await dataset.deleteSnapshot(passing.id);
const [listed] = await dataset.listSnapshots();
report({
  dataset: id,
  first,
  snapshot: made,
  listed,
  both: [renamed.name, both],
  looked_up: await dataset.getSnapshot({ snapshotName: "the first" }),
  now: await rows(),
  by_snapshot: await rows({ snapshotName: "the first" }),
  by_environment: await rows({ environment: ENVIRONMENT }),
  environment_version: await opened({ environment: ENVIRONMENT }).version(),
  limited: (await rows({ _internal_btql: { limit: 2 } })).length,
  filtered: await rows({ _internal_btql: { filter: { btql: "metadata.even" } }, version: first }),
});
const evaluated = await braintrust.Eval(PROJECT, {
  experimentName: "pinned",
  data: opened({ environment: ENVIRONMENT }),
  task: (number) => number * 2,
  scores: [({ output, expected }) => ({ name: "same", score: output === expected ? 1 : 0 })],
});
report({ pinned: evaluated.summary.experimentId });
const preview = await dataset.restorePreview({ version: first });
const restored = await dataset.restore({ version: first });
const again = await dataset.restore({ version: first });
report({ preview, restored, again, after: await rows(), versions: [first, await opened().version()] });
