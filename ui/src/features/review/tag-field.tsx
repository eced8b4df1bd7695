import { t } from '@lingui/core/macro'
import { Button } from '@/components/ui/button'

type Props = {
  allowed: readonly string[] | null
  tags: readonly string[]
  onChange: (tags: string[]) => void
}

/** The tags of a review: those the queue allows as buttons, any as text otherwise. */
export function TagField({ allowed, tags, onChange }: Props) {
  if (allowed)
    return (
      <fieldset>
        <legend className="text-s font-medium">{t`Tags`}</legend>
        <div className="mt-1 flex flex-wrap gap-1.5">
          {allowed.map((tag) => (
            <Button
              key={tag}
              active={tags.includes(tag)}
              onClick={() =>
                onChange(tags.includes(tag) ? tags.filter((one) => one !== tag) : [...tags, tag])
              }
            >
              {tag}
            </Button>
          ))}
        </div>
      </fieldset>
    )
  return (
    <label className="block text-s font-medium">
      {t`Tags`}
      <input
        defaultValue={tags.join(', ')}
        placeholder={t`with commas between`}
        onChange={(event) => onChange(event.target.value.split(',').flatMap((tag) => tag.trim() || []))}
        className="mt-1 h-8 w-full rounded border border-line-strong bg-bg px-2 font-normal outline-none focus:border-accent"
      />
    </label>
  )
}

export function CommentField({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  return (
    <label className="block text-s font-medium">
      {t`Comment`}
      <textarea
        rows={2}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="mt-1 w-full resize-y rounded border border-line-strong bg-bg px-2 py-1 font-normal outline-none focus:border-accent"
      />
    </label>
  )
}
