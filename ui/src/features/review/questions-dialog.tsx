import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { notifyError } from '@/components/ui/toast'
import { useProject } from '../projects/project-context'
import {
  changeConfig,
  configsQuery,
  createConfig,
  deleteConfig,
  type NewConfig,
  type ScoreConfig,
} from './configs'
import { QuestionForm, TYPES } from './question-form'

/** The project's questions to people: see, add, change, take away. */
export function QuestionsDialog({ onClose }: { onClose: () => void }) {
  const { project } = useProject()
  const client = useQueryClient()
  const [changed, setChanged] = useState<string | null>(null)
  const [another, setAnother] = useState(false)
  const { data: configs } = useQuery(configsQuery(project.id))
  const onSuccess = (): Promise<void> => client.invalidateQueries({ queryKey: ['score-configs', project.id] })
  const add = useMutation({ mutationFn: (config: NewConfig) => createConfig(project.id, config), onSuccess })
  const change = useMutation({
    mutationFn: ({ of, to }: { of: ScoreConfig; to: NewConfig }) => changeConfig(of, to),
    onSuccess,
  })
  const remove = useMutation({
    mutationFn: deleteConfig,
    onSuccess,
    onError: (error) => notifyError(t`The question was not removed`, error),
  })
  // The form of a new one stands ready only for the first.
  const asksMore = changed === null && configs !== undefined && (another || configs.length === 0)
  return (
    <Dialog
      open
      onClose={onClose}
      title={t`Questions`}
      description={t`Everyone who reviews rows of this project is asked the same.`}
      footer={
        <>
          {asksMore ? null : (
            <Button onClick={() => setAnother(true)} className="mr-auto">{t`Another question`}</Button>
          )}
          <Button variant={asksMore ? 'default' : 'primary'} onClick={onClose}>{t`Done`}</Button>
        </>
      }
    >
      <ul className="divide-y divide-line">
        {configs?.map((config) => (
          <li key={config.id}>
            {changed === config.id ? (
              <QuestionForm
                config={config}
                pending={change.isPending}
                error={change.error}
                onSave={async (to) => {
                  await change.mutateAsync({ of: config, to })
                  setChanged(null)
                }}
                onCancel={() => setChanged(null)}
              />
            ) : (
              <Question
                config={config}
                onChange={() => {
                  change.reset()
                  setAnother(false)
                  setChanged(config.id)
                }}
                onRemove={() => remove.mutate(config.id)}
              />
            )}
          </li>
        ))}
      </ul>
      {asksMore ? (
        <QuestionForm
          config={null}
          pending={add.isPending}
          error={add.error}
          onSave={async (config) => {
            await add.mutateAsync(config)
            setAnother(false)
          }}
        />
      ) : null}
    </Dialog>
  )
}

type QuestionProps = { config: ScoreConfig; onChange: () => void; onRemove: () => void }

function Question({ config, onChange, onRemove }: QuestionProps) {
  return (
    <div className="flex items-center gap-1 py-1.5">
      <span className="min-w-0 flex-1">
        <span className="font-medium">{config.name}</span>
        <span className="ml-2 text-s text-ink-3">{summary(config)}</span>
      </span>
      <Button
        variant="ghost"
        icon={<Pencil size={13} aria-hidden />}
        aria-label={t`Change ${config.name}`}
        onClick={onChange}
      />
      <Button
        variant="ghost"
        icon={<Trash2 size={13} aria-hidden />}
        aria-label={t`Remove ${config.name}`}
        title={t`Remove: answers already given stay`}
        onClick={onRemove}
      />
    </div>
  )
}

function summary({ type, choices, multiple, toExpected }: ScoreConfig): string {
  const what = choices.length
    ? choices.map(({ name, value }) => `${name} ${value}`).join(' · ')
    : TYPES[type].toLowerCase()
  return [what, multiple ? t`several may be chosen` : '', toExpected ? t`becomes expected` : '']
    .filter(Boolean)
    .join(', ')
}
