// An evaluation with a task that fails for one case, for `braintrust eval` of the JavaScript client.

import { Eval } from "braintrust";

function halve(number: number): number {
  if (number % 2) throw new TypeError(`${number} is odd`);
  return number / 2;
}

Eval(process.env.COMPAT_PROJECT!, {
  experimentName: "failing",
  data: [{ input: 2 }, { input: 3 }],
  task: halve,
  scores: [({ output }: { output: number }) => ({ name: "one", score: output === 1 ? 1 : 0 })],
});
