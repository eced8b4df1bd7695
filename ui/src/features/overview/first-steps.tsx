import { t } from '@lingui/core/macro'
import { Code } from '@/components/states'
import { useProject } from '../projects/project-context'

/** A project with nothing in it: the three steps from a first trace to a verdict, as code. */
export function FirstSteps() {
  const { project } = useProject()
  const name = JSON.stringify(project.name)
  const steps = [
    {
      title: t`Log what your application does`,
      about: t`Each call becomes a trace, the moment it happens.`,
      code: `import assay\n\nassay.init_logger(${name})\n\n\n@assay.traced\ndef answer(question):\n    return "world"\n\n\nanswer("hello")`,
    },
    {
      title: t`Keep cases worth testing`,
      about: t`From the logs with a click, or from code.`,
      code: `cases = assay.init_dataset(${name}, "first-cases")\ncases.insert(input="hello", expected="world")`,
    },
    {
      title: t`Find out whether a change is better`,
      about: t`Run it after each change: the page of the experiment says what is better, and how sure that is.`,
      code: `from assay import Eval, init_dataset\nfrom assay.scorers import ExactMatch\n\nEval(\n    ${name},\n    data=init_dataset(${name}, "first-cases"),\n    task=answer,\n    scores=[ExactMatch],\n)`,
    },
  ]
  return (
    <div className="mx-auto w-full max-w-2xl px-6 py-10 max-sm:px-4 max-sm:py-6">
      <h2 className="text-l font-semibold">{t`Nothing here yet: three steps to a verdict`}</h2>
      <ol className="mt-4 space-y-6">
        {steps.map(({ title, about, code }, i) => (
          <li key={title}>
            <h3 className="flex items-baseline gap-2 font-semibold">
              <span className="text-ink-3">{i + 1}</span>
              {title}
            </h3>
            <p className="text-ink-2">{about}</p>
            <Code text={code} />
          </li>
        ))}
      </ol>
    </div>
  )
}
