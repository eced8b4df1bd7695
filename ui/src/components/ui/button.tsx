import type { ButtonHTMLAttributes, ReactNode } from 'react'
import { cx } from '@/lib/cx'

type Variant = 'default' | 'primary' | 'ghost' | 'danger' | 'active'
type Props = ButtonHTMLAttributes<HTMLButtonElement> & {
  variant?: Variant
  icon?: ReactNode
  active?: boolean
}

const VARIANTS: Record<Variant, string> = {
  default: 'border-line-strong bg-bg text-ink hover:bg-panel',
  primary: 'border-transparent bg-accent text-accent-ink hover:brightness-110',
  ghost: 'border-transparent text-ink-2 hover:bg-sunken hover:text-ink',
  active: 'border-accent/40 bg-accent-soft text-accent',
  danger: 'border-line-strong bg-bg text-worse hover:bg-worse-soft',
}

/** Classes of a button, for triggers that render their own element. */
export function buttonClass(variant: Variant = 'default', extra?: string): string {
  return cx(
    'inline-flex h-7 px-2.5 shrink-0 items-center justify-center gap-1.5 rounded border whitespace-nowrap select-none disabled:opacity-50 max-sm:h-8',
    VARIANTS[variant],
    extra,
  )
}

export function Button({
  variant = 'default',
  icon,
  active,
  className,
  children,
  type = 'button',
  ...rest
}: Props) {
  const square = icon !== undefined && children === undefined
  return (
    <button
      // oxlint-disable-next-line react/button-has-type -- the type is a prop with a safe default
      type={type}
      aria-pressed={active}
      className={buttonClass(
        active ? 'active' : variant,
        cx(square ? 'w-7 !px-0 max-sm:w-8' : '', className),
      )}
      {...rest}
    >
      {icon}
      {children}
    </button>
  )
}
