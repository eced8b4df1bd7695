/** The Assay mark: a balance, level. */
export function Mark({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden className="shrink-0">
      <rect width="32" height="32" rx="8" className="fill-brass" />
      <g fill="none" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round" className="stroke-bg">
        <path d="M7 23.5 16 7.5l9 16M9.5 18.6h13" />
      </g>
      <circle cx="16" cy="18.6" r="3.4" className="fill-bg" />
    </svg>
  )
}
