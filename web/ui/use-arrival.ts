import { useEffect } from 'preact/hooks'
import { hasMoved } from '../state/route.ts'

/**
 * Leads the focus into a view that has come in place of another, where what had it is gone, so that keys and screen readers
 * go on from there: to its heading, or where that is not to be seen to what the view is about.
 *
 * @param of what is looked at; another is another arrival
 * @param find where to; null where the view leads the focus itself
 */
export function useArrival(of: string, find: () => HTMLElement | null = heading): void {
  useEffect(() => {
    if (!hasMoved() || (document.activeElement !== null && document.activeElement !== document.body)) return
    find()?.focus({ preventScroll: true })
  }, [of])
}

function heading(): HTMLElement | null {
  const there = document.querySelector<HTMLElement>('main h1')
  if (there !== null) there.tabIndex = -1
  return there
}

/** The list or table that a view is about. */
export const rowsHere = (): HTMLElement | null => document.getElementById('rows')
