import type { Ink } from './palette.ts'

/** How a shape is inked: what is not said is not drawn, unlike in SVG. */
export interface Inks {
  readonly fill?: Ink
  readonly stroke?: Ink
  /** Of the stroke, in px; 1 where nothing is said. */
  readonly thick?: number
  /** Lengths of dashes and gaps in px, as SVG has them. */
  readonly dash?: string
  readonly ends?: 'round'
  readonly joins?: 'round'
  /** Of the stroke, from 0 to 1. */
  readonly opacity?: number
}

/** One element of SVG with its geometry, as a page or a file may draw it. */
export type Shape =
  | (Inks & {
      readonly tag: 'path' | 'rect' | 'circle'
      readonly at: Readonly<Record<string, number | string>>
    })
  | Group

/** Shapes that are moved together. */
export interface Group {
  readonly tag: 'g'
  readonly x: number
  readonly y: number
  readonly shapes: readonly Shape[]
}

export const path = (d: string, inks: Inks): Shape => ({ tag: 'path', at: { d }, ...inks })

export const circle = (cx: number, cy: number, r: number, inks: Inks): Shape => ({
  tag: 'circle',
  at: { cx, cy, r },
  ...inks
})

/** `rx` is the radius of its corners. */
export const rect = (x: number, y: number, width: number, height: number, inks: Inks, rx?: number): Shape => ({
  tag: 'rect',
  at: { x, y, width, height, ...(rx === undefined ? {} : { rx }) },
  ...inks
})

export const moved = (x: number, y: number, shapes: readonly Shape[]): Shape => ({ tag: 'g', x, y, shapes })
