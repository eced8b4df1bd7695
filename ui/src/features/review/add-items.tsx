import { plural, t } from '@lingui/core/macro'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { datasetsQuery, experimentsQuery } from '@/api/objects'
import { FormDialog } from '@/components/form-dialog'
import { notify, notifyError } from '@/components/ui/toast'
import { useProject } from '../projects/project-context'
import { NumberField } from './queue-dialog'
import { Field, LINE } from '@/components/field'
import { addItems, useQueuesRefresh, type Added, type Queue } from './queues'

type Props = { queue: Queue; onClose: () => void }

/** Says what came of adding. */
export function tellAdded({ added, found, refused }: Added): void {
  notify(
    found
      ? t`${plural(added, { one: '# item', other: '# items' })} added, ${plural(found, { one: '# was', other: '# were' })} there before`
      : t`${plural(added, { one: '# item', other: '# items' })} added`,
  )
  const [first] = refused
  if (first)
    notifyError(
      t`${plural(refused.length, { one: '# row', other: '# rows' })} could not be added`,
      new Error(first.message),
    )
}

/** Puts rows of the logs, of an experiment or a dataset into a queue, or pairs of experiments. */
export function AddItems({ queue, onClose }: Props) {
  const refresh = useQueuesRefresh()
  const pairs = queue.kind === 'pairwise'
  const [from, setFrom] = useState('')
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [where, setWhere] = useState('')
  const [sampled, setSampled] = useState(false)
  const [sample, setSample] = useState(100)
  const [seed, setSeed] = useState(1)
  const { project } = useProject()
  const add = useMutation({
    mutationFn: () => {
      const some = { sample: sampled ? sample : null, seed }
      if (pairs) return addItems(queue.id, { pairs: { experiments: chosen, ...some } })
      const [type, objectId] = from ? from.split(':') : ['project_logs', project.id]
      const source = { object_type: type, object_id: objectId, where: where.trim() || null, ...some }
      return addItems(queue.id, { from: source })
    },
    onSuccess: async (answer) => {
      tellAdded(answer)
      onClose()
      await refresh()
    },
  })
  return (
    <FormDialog
      title={t`Add items to ${queue.name}`}
      description={
        pairs
          ? t`Every two of the experiments, for each case they have in common.`
          : t`Roots of traces, or rows of a dataset. What is there already is not added again.`
      }
      action={add.isPending ? t`Adding …` : t`Add`}
      ready={!pairs || chosen.length > 1}
      busy={add.isPending}
      error={add.error}
      onSubmit={() => add.mutate()}
      onClose={onClose}
    >
      {pairs ? (
        <ExperimentChoice chosen={chosen} onChange={setChosen} />
      ) : (
        <>
          <SourceChoice value={from} onChange={setFrom} />
          <Field label={t`Only where`}>
            <input
              className={`${LINE} font-mono`}
              value={where}
              placeholder="scores.Quality < 0.5 and metadata.tier = 'pro'"
              onChange={(event) => setWhere(event.target.value)}
            />
          </Field>
        </>
      )}
      <label className="flex items-center gap-1.5 text-s">
        <input type="checkbox" checked={sampled} onChange={(event) => setSampled(event.target.checked)} />
        {t`A sample by chance`}
      </label>
      {sampled ? (
        <div className="grid grid-cols-2 gap-4">
          <NumberField label={t`How many`} value={sample} min={1} max={10_000} onChange={setSample} />
          <NumberField label={t`Seed`} value={seed} min={0} max={1_000_000} onChange={setSeed} />
        </div>
      ) : null}
    </FormDialog>
  )
}

function SourceChoice({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { project } = useProject()
  const { data: experiments } = useQuery(experimentsQuery(project.id))
  const { data: datasets } = useQuery(datasetsQuery(project.id))
  return (
    <Field label={t`From`}>
      <select className={LINE} value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">{t`Logs`}</option>
        {experiments?.map(({ id, name }) => (
          <option key={id} value={`experiment:${id}`}>
            {t`Experiment ${name}`}
          </option>
        ))}
        {datasets?.map(({ id, name }) => (
          <option key={id} value={`dataset:${id}`}>
            {t`Dataset ${name}`}
          </option>
        ))}
      </select>
    </Field>
  )
}

type ChoiceProps = { chosen: readonly string[]; onChange: (ids: string[]) => void }

function ExperimentChoice({ chosen, onChange }: ChoiceProps) {
  const { project } = useProject()
  const { data: experiments } = useQuery(experimentsQuery(project.id))
  return (
    <fieldset>
      <legend className="text-s font-medium">{t`Experiments, two to eight`}</legend>
      <ul className="mt-1 max-h-56 overflow-y-auto rounded border border-line px-2 py-1">
        {experiments?.map(({ id, name }) => (
          <li key={id}>
            <label className="flex min-h-6 items-center gap-1.5 text-s">
              <input
                type="checkbox"
                checked={chosen.includes(id)}
                disabled={!chosen.includes(id) && chosen.length >= 8}
                onChange={(event) =>
                  onChange(event.target.checked ? [...chosen, id] : chosen.filter((one) => one !== id))
                }
              />
              <span className="truncate">{name}</span>
            </label>
          </li>
        ))}
      </ul>
    </fieldset>
  )
}
