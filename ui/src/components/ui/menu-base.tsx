/** The menu of `menu.tsx`, as it is once it is wanted. */
import { Menu as Base } from '@base-ui/react/menu'
import { Check } from 'lucide-react'
import type { ReactElement, ReactNode } from 'react'
import { cx } from '@/lib/cx'

const ITEM =
  'flex min-h-7 w-full cursor-default items-center gap-2 rounded px-2 py-1 outline-none select-none data-highlighted:bg-sunken data-disabled:opacity-50 max-sm:min-h-9'

export type MenuProps = {
  trigger: ReactElement
  children: ReactNode
  align?: 'start' | 'end'
  width?: string
  defaultOpen?: boolean
}

export function Menu({ trigger, children, align = 'start', width = 'min-w-48', defaultOpen }: MenuProps) {
  return (
    <Base.Root defaultOpen={defaultOpen ?? false}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align={align} className="z-40" collisionPadding={8}>
          <Base.Popup
            className={cx(
              'pop max-h-[min(28rem,var(--available-height))] max-w-96 overflow-y-auto p-1',
              width,
            )}
          >
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

export type ItemProps = {
  children: ReactNode
  onSelect: () => void
  hint?: ReactNode
  icon?: ReactNode
  disabled?: boolean
}

export function MenuItem({ children, onSelect, hint, icon, disabled = false }: ItemProps) {
  return (
    <Base.Item className={ITEM} onClick={onSelect} disabled={disabled}>
      {icon ? <span className="flex w-4 justify-center text-ink-3">{icon}</span> : null}
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {hint ? <span className="text-xs text-ink-3">{hint}</span> : null}
    </Base.Item>
  )
}

export type ChoiceProps<T extends string> = {
  value: T
  onChange: (value: T) => void
  options: readonly { value: T; label: ReactNode; hint?: ReactNode }[]
}

export function MenuChoice<T extends string>({ value, onChange, options }: ChoiceProps<T>) {
  return (
    <Base.RadioGroup value={value} onValueChange={(next: T) => onChange(next)}>
      {options.map((option) => (
        <Base.RadioItem key={option.value} value={option.value} className={ITEM} closeOnClick>
          <span className="flex w-4 justify-center">
            {option.value === value ? <Check size={13} aria-hidden /> : null}
          </span>
          <span className="min-w-0 flex-1 truncate">{option.label}</span>
          {option.hint ? <span className="text-xs text-ink-3">{option.hint}</span> : null}
        </Base.RadioItem>
      ))}
    </Base.RadioGroup>
  )
}

export function MenuCheck({
  checked,
  onChange,
  children,
}: {
  checked: boolean
  onChange: (on: boolean) => void
  children: ReactNode
}) {
  return (
    <Base.CheckboxItem checked={checked} onCheckedChange={onChange} className={ITEM}>
      <span className="flex w-4 justify-center">{checked ? <Check size={13} aria-hidden /> : null}</span>
      <span className="min-w-0 flex-1 truncate">{children}</span>
    </Base.CheckboxItem>
  )
}

export function MenuRule() {
  return <Base.Separator className="mx-1 my-1 border-t border-line" />
}
