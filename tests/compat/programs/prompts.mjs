// Stored prompts and functions with the published JavaScript SDK; `prompts.py` is the same in Python.

import * as braintrust from "braintrust";
import OpenAI from "openai";

const { BRAINTRUST_API_URL: URL, BRAINTRUST_API_KEY: KEY, COMPAT_PROJECT: PROJECT } = process.env;
const ENVIRONMENT = PROJECT.replaceAll(" ", "-");
const report = (seen) => console.log(JSON.stringify(seen));

/** What this SDK has no function for. */
async function send(method, path, body) {
  const headers = { Authorization: `Bearer ${KEY}`, "Content-Type": "application/json" };
  const answer = await fetch(`${URL}/${path}`, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

/** A version of the prompt `greet`, whose last message is `text`. */
async function publish(text) {
  const project = braintrust.projects.create({ name: PROJECT });
  project.prompts.create({
    name: "Greet",
    slug: "greet",
    description: "says hello",
    messages: [
      { role: "system", content: "You know {{#songs}}{{title}}, {{/songs}}no more." },
      { role: "user", content: text },
    ],
    model: "gpt-4o-mini",
    params: { temperature: 0.25 },
    ifExists: "replace",
    tags: ["polite"],
  });
  await project.publish(); // this SDK publishes no parameters
}

const LIMITS = {
  name: "Limits",
  slug: "limits",
  function_type: "parameters",
  function_data: {
    type: "parameters",
    data: { limit: 5 },
    __schema: { type: "object", properties: { limit: { type: "integer", default: 5 } } },
  },
};

const loaded = (options) => braintrust.loadPrompt({ projectName: PROJECT, slug: "greet", ...options });

async function built(options) {
  const prompt = await loaded(options);
  return prompt.build({ name: "Ümit", songs: [{ title: "A" }, { title: "B" }] }).messages;
}

async function refusal(attempt) {
  try {
    return `no refusal: ${JSON.stringify(await attempt())}`;
  } catch (error) {
    return String(error);
  }
}

await braintrust.login();
await publish("Greet {{name}}.");
const { version: first, id, projectId } = await loaded();
await send("POST", "insert-functions", { functions: [{ ...LIMITS, project_id: projectId }] });
await publish("Greet {{{name}}} and nobody else.");
const now = await loaded();
const versions = await braintrust.getPromptVersions(projectId, id);
await send("POST", "environment", { name: PROJECT, slug: ENVIRONMENT });
await send("PUT", `environment-object/prompt/${id}/${ENVIRONMENT}`, { object_version: first });
const client = braintrust.wrapOpenAI(new OpenAI({ baseURL: `${URL}/v1/proxy`, apiKey: KEY }));
const logger = braintrust.initLogger({ projectName: PROJECT, asyncFlush: true });
await client.chat.completions.create(now.build({ name: "N", songs: [] }));
await logger.flush();
const defaulted = (await loaded({ defaults: { max_tokens: 7 } })).build({ name: "N", songs: [] });
const byPretty = await Promise.all(versions.map((version) => built({ version })));
const called = { projectName: PROJECT, slug: "greet" };
report({
  prompt: [now.id, now.name, now.slug, now.options],
  versions: [first, now.version],
  pretty: versions,
  now: await built(),
  pinned: await built({ version: first }),
  by_pretty: byPretty.map((messages) => messages[1].content).sort(),
  by_environment: await built({ environment: ENVIRONMENT }),
  by_id: (await braintrust.loadPrompt({ id })).version,
  defaulted: [defaulted.max_tokens, defaulted.temperature, defaulted.model],
  parameters: (await braintrust.loadParameters({ projectName: PROJECT, slug: "limits" })).data,
  unknown: await refusal(() => loaded({ slug: "nobody" })),
  invoked: await refusal(() => braintrust.invoke({ ...called, input: { name: "N" } })),
  function: await refusal(() => braintrust.initFunction(called)({ output: "x" })),
  streamed: await refusal(() => braintrust.invoke({ ...called, input: {}, stream: true })),
});
