import type { Page } from 'playwright-core'

/** Where the focus is, as somebody without a pointer has to be able to tell. */
export interface Focus {
  /** The element in CSS's manner: its name, id and classes. */
  readonly element: string
  /** A ring is drawn around it, around its label, or around what is selected in it. */
  readonly hasRing: boolean
  /** All of what the ring is around, or as much as fits, is in the window and nothing lies over it. */
  readonly isInSight: boolean
}

/** Looks at the focus; an element `body` is none. */
export const focusIn = (page: Page): Promise<Focus> => page.evaluate<Focus>(LOOK)

const LOOK = `(() => {
  const at = document.activeElement ?? document.body
  const name = [...at.classList].map((one) => '.' + one).join('')
  const ringOf = (one) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(one)
    return outlineStyle !== 'none' && parseFloat(outlineWidth) > 0
  }
  const ringed = [at, at.closest("label"), ...at.querySelectorAll('[aria-selected=true]')].find((one) => one !== null && ringOf(one))
  const { left, top, right, bottom } = (ringed ?? at).getBoundingClientRect()
  const x = Math.max(left, 0) + (Math.min(right, innerWidth) - Math.max(left, 0)) / 2
  const y = Math.max(top, 0) + (Math.min(bottom, innerHeight) - Math.max(top, 0)) / 2
  const above = document.elementFromPoint(x, y)
  const fits = bottom - top > innerHeight / 2 || (top >= -1 && bottom <= innerHeight + 1)
  return {
    element: at.localName + (at.id === '' ? '' : '#' + at.id) + name,
    hasRing: ringed !== undefined && ringed !== document.body,
    isInSight: right - left > 4 && bottom - top > 4 && fits && above !== null && (ringed ?? at).contains(above)
  }
})()`
