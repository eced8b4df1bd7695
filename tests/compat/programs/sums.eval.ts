// For `braintrust eval` of the JavaScript client.

import { Levenshtein } from "autoevals";
import { Eval } from "braintrust";

Eval(process.env.COMPAT_PROJECT!, {
  experimentName: "from the command line",
  data: () => [
    { input: "foo", expected: "foo" },
    { input: "bar", expected: "baz" },
  ],
  task: async (text: string) => text,
  scores: [Levenshtein],
});
