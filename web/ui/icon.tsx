import type { ComponentChildren } from 'preact'
import { markShapes } from '../../shared/drawing/mark-shapes.ts'
import type { RowMark } from '../../shared/rows/row.ts'
import { Shapes } from './shapes.tsx'

/** A mark beside words, which say what it is. */
export function MarkIcon({ mark, size = 14 }: { readonly mark: RowMark; readonly size?: number }) {
  return (
    <Drawing size={size}>
      <Shapes shapes={markShapes(mark)} />
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
