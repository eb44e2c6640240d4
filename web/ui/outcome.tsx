import type { CSSProperties } from 'preact'
import { outcomeShapes } from '../../shared/drawing/outcome-shapes.ts'
import { cellInks } from '../../shared/drawing/palette.ts'
import { CELLS, type Cell } from '../../shared/rows/cells.ts'
import { Shapes } from './shapes.tsx'

export function OutcomeGlyph({ cell, size = 16 }: { readonly cell: Cell; readonly size?: number }) {
  const { text, ground } = cellInks(cell)
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <Shapes
        shapes={outcomeShapes(cell, text, ground)}
        colour={(ink) => (ink === text ? 'currentColor' : 'var(--within, transparent)')}
      />
    </svg>
  )
}

/** The colours of an outcome, for whatever shows it. */
export const coloursOf = (cell: Cell): CSSProperties => {
  const { ground, text } = cellInks(cell)
  return { background: `var(--${ground})`, color: `var(--${text})`, '--within': `var(--${ground})` }
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
