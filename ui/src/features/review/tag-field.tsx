import { t } from '@lingui/core/macro'
import { Field, LINE } from '@/components/field'
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
    <Field label={t`Tags`}>
      <input
        defaultValue={tags.join(', ')}
        placeholder={t`with commas between`}
        onChange={(event) => onChange(event.target.value.split(',').flatMap((tag) => tag.trim() || []))}
        className={LINE}
      />
    </Field>
  )
}

export function CommentField({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  return (
    <Field label={t`Comment`}>
      <textarea
        rows={2}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="field w-full resize-y px-2 py-1"
      />
    </Field>
  )
}
