import type { CSSProperties, JSX } from 'preact'
import { CELLS, type Cell } from '../../shared/rows/cells.ts'

const HOST = <rect x="1" y="1" width="14" height="14" rx="3.2" fill="none" stroke="currentColor" stroke-width="1.1" />
const GUEST = <rect x="4" y="4" width="8" height="8" rx="1.8" fill="none" stroke="currentColor" stroke-width="1.1" />

/** How far the damage reached: the outer square is the host, the inner one the guest, the dot a process; filled is dead. */
const GLYPHS: Readonly<Record<Cell, JSX.Element>> = {
  recovered: (
    <>
      {HOST}
      {GUEST}
    </>
  ),
  'process killed': (
    <>
      {HOST}
      {GUEST}
      <circle cx="8" cy="8" r="2.1" fill="currentColor" />
    </>
  ),
  'guest panic': (
    <>
      {HOST}
      <rect x="3.6" y="3.6" width="8.8" height="8.8" rx="2" fill="currentColor" />
    </>
  ),
  'avoidable panic': (
    <>
      {HOST}
      <path d="M3.6 5.6a2 2 0 0 1 2-2h6.8zM12.4 5v5.4a2 2 0 0 1-2 2H5z" fill="currentColor" />
    </>
  ),
  'VM lost': (
    <>
      <rect x="1.6" y="1.6" width="12.8" height="12.8" rx="2.6" fill="none" stroke="currentColor" stroke-width="1.2" />
      <rect x="3.4" y="3.4" width="9.2" height="9.2" rx="1.4" fill="currentColor" />
      <circle cx="8" cy="8" r="1.7" fill="var(--within, transparent)" />
    </>
  ),
  'host panic': <rect x=".5" y=".5" width="15" height="15" rx="3.6" fill="currentColor" />,
  livelock: (
    <>
      {HOST}
      <path d="M11.3 6.2A3.9 3.9 0 1 0 11.9 9M11.8 3.8v2.7H9.1" fill="none" stroke="currentColor" stroke-width="1.4" />
    </>
  ),
  'silent corruption': (
    <>
      {HOST}
      <path d="M4 7.2q2-2.6 4 0t4 0M4 10.4q2-2.6 4 0t4 0" fill="none" stroke="currentColor" stroke-width="1.3" />
    </>
  )
}

export function OutcomeGlyph({ cell, size = 16 }: { readonly cell: Cell; readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      {GLYPHS[cell]}
    </svg>
  )
}

/** The colours of an outcome, for whatever shows it. */
export const coloursOf = (cell: Cell): CSSProperties => {
  const { key } = CELLS[cell]
  return { background: `var(--c-${key})`, color: `var(--t-${key})`, '--within': `var(--c-${key})` }
}

/** An outcome with its name. */
export function OutcomeTag({ cell }: { readonly cell: Cell }) {
  return (
    <span class="tag" style={coloursOf(cell)}>
      <OutcomeGlyph cell={cell} size={14} />
      {CELLS[cell].name}
    </span>
  )
}

/** The same as a square of its colour. */
export function OutcomeSwatch({ cell }: { readonly cell: Cell | undefined }) {
  return cell === undefined ? (
    <span class="swatch none" />
  ) : (
    <span class="swatch" style={coloursOf(cell)}>
      <OutcomeGlyph cell={cell} size={14} />
      <span class="sr">{CELLS[cell].name}</span>
    </span>
  )
}
