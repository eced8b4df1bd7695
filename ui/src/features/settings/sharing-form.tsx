import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { changeOrganization, organizationQuery, type Organization } from '@/api/shared-links'
import { ErrorState } from '@/components/states'
import { Skeleton } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Field, Problem } from '@/components/field'
import { notify } from '@/components/ui/toast'

/** Whether links work at all, and which pages may show shared boards in a frame. Only an owner changes that. */
export function SharingForm({ owner }: { owner: boolean }) {
  const { data: org, error } = useQuery(organizationQuery)
  if (error) return <ErrorState error={error} />
  if (!org) return <Skeleton className="mb-3 h-28 w-full" />
  return <Form key={org.id} org={org} owner={owner} />
}

function Form({ org, owner }: { org: Organization; owner: boolean }) {
  const client = useQueryClient()
  const id = useId()
  const [allowed, setAllowed] = useState(org.public_links === 'allowed')
  const [origins, setOrigins] = useState(org.embed_origins.join('\n'))
  const save = useMutation({
    mutationFn: () =>
      changeOrganization(org, {
        public_links: allowed ? 'allowed' : 'forbidden',
        embed_origins: origins.split(/\s+/).filter(Boolean),
      }),
    onSuccess: async (changed) => {
      setOrigins(changed.embed_origins.join('\n'))
      notify(t`Saved`)
      await client.invalidateQueries({ queryKey: ['organization'] })
    },
  })
  return (
    <form
      aria-label={t`Sharing`}
      className="mb-4 max-w-2xl space-y-3 rounded-l border border-line p-3"
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <div>
        <label className="flex items-center gap-2 font-medium" htmlFor={id}>
          <input
            id={id}
            type="checkbox"
            checked={allowed}
            disabled={!owner}
            onChange={(event) => setAllowed(event.target.checked)}
          />
          {t`Public links work`}
        </label>
        <p className="text-s text-ink-3">
          {t`Forbidding them stops every link at once; allowing them again brings back those that were not revoked.`}
        </p>
      </div>
      <Field label={t`Pages that may embed shared boards`} hint={t`One origin a line. Empty: no page.`}>
        <textarea
          value={origins}
          rows={2}
          disabled={!owner}
          spellCheck={false}
          placeholder="https://wiki.example.com"
          onChange={(event) => setOrigins(event.target.value)}
          className="field block field-sizing-content min-h-14 w-full px-2 py-1 font-mono text-s"
        />
      </Field>
      {owner ? (
        <Button variant="primary" type="submit" disabled={save.isPending}>
          {t`Save`}
        </Button>
      ) : null}
      <Problem text={save.error?.message} />
    </form>
  )
}
