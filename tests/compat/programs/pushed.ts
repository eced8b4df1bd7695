import * as braintrust from "braintrust";
import { z } from "zod";

const project = braintrust.projects.create({ name: "refusals" });

project.tools.create({
  name: "work",
  slug: "work",
  handler: ({ n }: { n: number }) => n,
  parameters: z.object({ n: z.number() }),
});
