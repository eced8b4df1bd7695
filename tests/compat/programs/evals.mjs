// What an `Eval` of the published JavaScript SDK can do; `evals.py` is the same in Python. Prints what it saw.

import * as braintrust from "braintrust";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { z } from "zod";

const PROJECT = process.env.COMPAT_PROJECT;
const BASES = `${PROJECT}, bases`;
const report = (seen) => console.log(JSON.stringify(seen));

const told = (summary) => ({
  id: summary.experimentId,
  name: summary.experimentName,
  compared_with: summary.comparisonExperimentName ?? null,
  scores: Object.fromEntries(Object.values(summary.scores ?? {}).map(({ name, score }) => [name, score])),
});

let [running, atOnce] = [0, 0];

/** Multiplies by a parameter; fails for 3. */
async function task(number, hooks) {
  running += 1;
  atOnce = Math.max(atOnce, running);
  await hooks.span.traced(
    async (span) => {
      await new Promise(setImmediate);
      span.log({ output: number });
    },
    { name: "look up", type: "tool" },
  );
  hooks.metadata.seen = [number, hooks.trialIndex, hooks.expected ?? null];
  hooks.tags.push("ran");
  running -= 1;
  if (number === 3) throw new TypeError("three is not allowed");
  return number * hooks.parameters.factor;
}

const exact = ({ output, expected }) => (output === expected ? 1 : 0);
const several = ({ output }) => [
  { name: "small", score: output < 5 ? 1 : 0, metadata: { limit: 5 } },
  { name: "half", score: 0.5 },
];
const nothing = () => null;
const broken = ({ input }) => {
  if (input === 2) throw new TypeError("two is odd to me");
  return 0.25;
};
const tools = async ({ trace }) => (await trace.getSpans({ spanType: ["tool"] })).length;
const parity = ({ output }) => ({
  name: "parity",
  id: output % 2 === 0 ? "even" : "odd",
  label: "Parity",
  metadata: { of: output },
});

async function everything() {
  const result = await braintrust.Eval(PROJECT, {
    experimentName: "everything",
    description: "all at once",
    data: [
      { input: 1, expected: 3, metadata: { level: "easy" }, tags: ["first"] },
      { input: 2, expected: 5, tags: ["second"] },
      { input: 3, trialCount: 1, tags: [] },
    ],
    task,
    scores: [exact, several, nothing, broken, tools],
    classifiers: [parity],
    parameters: { factor: z.number().default(3) },
    trialCount: 2,
    maxConcurrency: 2,
    timeout: 120_000,
    metadata: { model: "m" },
    tags: ["nightly"],
    errorScoreHandler: braintrust.defaultErrorScoreHandler,
  });
  const cases = result.results.map((one) => ({
    input: one.input,
    output: one.output ?? null,
    scores: one.scores,
    classes: one.classifications ?? null,
    error: one.error?.name ?? null,
  }));
  report({ everything: told(result.summary), cases, at_once: atOnce });
}

/** An evaluation that takes too long says so, and what it began is there. */
async function ends() {
  await braintrust
    .Eval(PROJECT, {
      experimentName: "too long",
      data: [{ input: 1 }],
      task: () => new Promise(() => undefined),
      scores: [],
      timeout: 300,
    })
    .catch((error) => report({ timeout: error.message }));
  await braintrust.flush();
}

async function run(experimentName, { project = BASES, data = [{ input: 1 }], ...options } = {}) {
  const made = await braintrust.Eval(project, {
    experimentName,
    data,
    task: (number) => number + 1,
    scores: [function one() { return 1; }],
    ...options,
  });
  return told(made.summary);
}

function git(...args) {
  execFileSync("git", ["-c", "user.name=n", "-c", "user.email=e@example.org", ...args], { stdio: "pipe" });
}

/** Bases by name, by commit, by time, and none; and the base's outputs as the cases of the next experiment. */
async function bases() {
  mkdirSync("repository");
  process.chdir("repository");
  git("init", "-b", "main");
  git("remote", "add", "origin", "https://example.org/none.git");
  const gitMetadataSettings = { collect: "all" };
  git("commit", "--allow-empty", "-m", "one");
  git("update-ref", "refs/remotes/origin/main", "HEAD");
  const first = await run("at one", { gitMetadataSettings });
  git("commit", "--allow-empty", "-m", "two");
  const second = await run("at two", { gitMetadataSettings });
  const noCommit = await run("without commit");
  git("commit", "--allow-empty", "-m", "three");
  const byCommit = await run("at three", { gitMetadataSettings });
  const byTime = await run("by time");
  const unknown = await run("unknown base", { baseExperimentName: "never was" });
  const byId = await run("by id", { baseExperimentId: first.id });
  const climbed = await run("climbed", { data: braintrust.BaseExperiment(), baseExperimentName: "at two" });
  const named = await run("climbed again", { data: braintrust.BaseExperiment({ name: "climbed" }) });
  report({ bases: [first, second, noCommit, byCommit, byTime, unknown, byId, climbed, named] });
}

/** An experiment written by hand, summarized against what is asked for. */
async function summaries() {
  const named = { project: BASES, experiment: "by hand" };
  const experiment = braintrust.init({ ...named, baseExperiment: "at one" });
  experiment.log({ input: 1, output: 2, scores: { one: 0.5 }, metrics: { hops: 3 } });
  const span = experiment.startSpan({ name: "linked", event: { input: "look here" } });
  span.end();
  const permalink = await span.permalink(); // link() cannot wait for the experiment's id
  const links = [span.link(), permalink];
  const other = braintrust.init({ project: BASES, experiment: "at two", open: true });
  const against = await experiment.summarize({ comparisonExperimentId: await other.id });
  const plain = await experiment.summarize({ summarizeScores: false });
  const base = await experiment.fetchBaseExperiment();
  report({
    against: told(against),
    links,
    diff: against.scores.one.diff,
    hops: against.metrics.hops.metric,
    plain: told(plain),
    base: [base.id, base.name],
    closed: (await experiment.close()) === (await experiment.id),
    updated: (await braintrust.init({ ...named, update: true }).id) === (await experiment.id),
  });
}

/** What a scorer sees of the conversation of its case. */
async function thread() {
  async function ask(number, hooks) {
    let asked = [{ role: "user", content: `twice ${number}?` }];
    let answer;
    for (answer of [number, number * 2]) {
      const said = { role: "assistant", content: String(answer) };
      const span = hooks.span.startSpan({ name: "model", type: "llm", event: { input: asked } });
      span.log({ output: [{ message: said }] });
      span.end();
      asked = [...asked, said, { role: "user", content: "sure?" }];
    }
    return String(answer);
  }
  const messages = async ({ trace }) => ({
    name: "messages",
    score: 1,
    metadata: { thread: await trace.getThread() },
  });
  const data = [{ input: 4 }];
  const options = { experimentName: "thread", data, task: ask, scores: [messages] };
  const made = await braintrust.Eval(PROJECT, options);
  report({ thread: made.summary.experimentId });
}

/** Two experiments with means that no decimal holds, and all the second is told. */
async function numbers() {
  const sevenths = ({ output }) => (output % 7) / 7;
  const thirds = ({ output }) => (output % 3) / 3;
  async function evaluate(experimentName, task, options) {
    const data = [1, 2, 3, 4, 5].map((input) => ({ input }));
    const scores = [sevenths, thirds];
    return (await braintrust.Eval(`${PROJECT}, numbers`, { experimentName, data, task, scores, ...options })).summary;
  }
  await evaluate("straight", (number) => number);
  const summary = await evaluate("squares", (number) => number * number, { baseExperimentName: "straight" });
  const items = { ...summary.scores, ...summary.metrics };
  const kept = ({ name, unit, ...rest }) => rest;
  report({
    numbers: Object.fromEntries(Object.entries(items).map(([name, item]) => [name, kept(item)])),
    printed: null,
  });
}

await everything();
await ends();
await thread();
await numbers();
await bases();
await summaries();
