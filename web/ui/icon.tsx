import type { ComponentChildren } from 'preact'
import type { RowMark } from '../../shared/rows/row.ts'

/** The colour of a mark, as a style. */
export const MARK_COLOURS: Readonly<Record<RowMark, string>> = {
  fault: 'var(--exc)',
  exception: 'var(--exc)',
  notification: 'var(--apei)',
  signal: 'var(--sig)',
  'guest-notification': 'var(--gst)',
  question: 'var(--pol)',
  decision: 'var(--pol)',
  call: 'var(--call)',
  note: 'var(--call)',
  record: 'var(--fg2)',
  poison: 'var(--bad)',
  end: 'var(--bad)'
}

/** The drawing of a mark in a square of 16; no two are alike without their colours. */
export function MarkDrawing({
  mark,
  colour = MARK_COLOURS[mark]
}: {
  readonly mark: RowMark
  readonly colour?: string
}) {
  switch (mark) {
    case 'fault':
      return (
        <>
          <path
            d="M8 1.5v3M8 11.5v3M1.5 8h3M11.5 8h3M3.5 3.5l2 2M10.5 10.5l2 2M12.5 3.5l-2 2M5.5 10.5l-2 2"
            stroke={colour}
            stroke-width="1.7"
            fill="none"
          />
          <circle cx="8" cy="8" r="1.8" fill={colour} />
        </>
      )
    case 'exception':
      return <path d="M9.5 1 3.5 9h3.7L6 15l6.5-8.5H8.7z" fill={colour} />
    case 'notification':
      return (
        <path
          d="M8 1.5a4 4 0 0 0-4 4v3L2.5 11v.8h11V11L12 8.5v-3a4 4 0 0 0-4-4zM6.5 13a1.6 1.6 0 0 0 3 0z"
          fill={colour}
        />
      )
    case 'signal':
      return <path d="M3.2 1.5v13M3.2 2.5h9.6l-2.5 3.3 2.5 3.3H3.2" fill={colour} stroke={colour} stroke-width="1.6" />
    case 'guest-notification':
      return (
        <>
          <path d="M8.5 2.5H14v11H8.5" fill="none" stroke={colour} stroke-width="1.7" />
          <path d="M1 6.3h5V3.5L11 8l-5 4.5V9.7H1z" fill={colour} />
        </>
      )
    case 'question':
      return (
        <>
          <circle cx="8" cy="8" r="6.3" fill="none" stroke={colour} stroke-width="1.6" />
          <path
            d="M6 6.3a2 2 0 1 1 2.9 1.9c-.6.3-.9.6-.9 1.3M8 11.2v.6"
            fill="none"
            stroke={colour}
            stroke-width="1.6"
          />
        </>
      )
    case 'decision':
      return (
        <>
          <circle cx="8" cy="8" r="7" fill={colour} />
          <path d="m4.8 8.2 2.2 2.2 4.2-4.6" fill="none" stroke="var(--surface)" stroke-width="1.8" />
        </>
      )
    case 'end':
      return <path d="M3.5 3.5l9 9M12.5 3.5l-9 9" stroke={colour} stroke-width="2.4" />
    case 'record':
      return (
        <>
          <rect x="3.5" y="1.8" width="9" height="12.4" rx="1" fill="none" stroke={colour} stroke-width="1.5" />
          <path d="M6 6h4M6 9h4" stroke={colour} stroke-width="1.3" />
        </>
      )
    case 'poison':
      return (
        <>
          <rect x="3" y="3" width="10" height="10" rx="1.5" fill="none" stroke={colour} stroke-width="1.8" />
          <path d="M4 12l8-8" stroke={colour} stroke-width="1.6" />
        </>
      )
    case 'call':
      return <path d="M2 8h10M9 5l3.5 3L9 11" fill="none" stroke={colour} stroke-width="1.3" />
    case 'note':
      return <circle cx="8" cy="8" r="3" fill="none" stroke={colour} stroke-width="1.5" />
  }
}

/** A mark beside words, which say what it is. */
export function MarkIcon({ mark, size = 14 }: { readonly mark: RowMark; readonly size?: number }) {
  return (
    <Drawing size={size}>
      <MarkDrawing mark={mark} />
    </Drawing>
  )
}

export function Drawing({ size, children }: { readonly size: number; readonly children: ComponentChildren }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      {children}
    </svg>
  )
}
