// Two evaluations of a folder, for `braintrust eval` of the JavaScript client.

import { ExactMatch } from "autoevals";
import { Eval } from "braintrust";

const data = () => [
  { input: "ada", expected: "Ada", metadata: { priority: "P0" } },
  { input: "bob", expected: "Rob", metadata: { priority: "P1" } },
];
const tasks: Record<string, (text: string) => string> = {
  capitals: (text) => text[0].toUpperCase() + text.slice(1),
  shouts: (text) => text.toUpperCase(),
};

for (const [experimentName, task] of Object.entries(tasks)) {
  Eval(process.env.COMPAT_PROJECT!, { experimentName, data, task, scores: [ExactMatch] });
}
