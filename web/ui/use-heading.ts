import { useEffect } from 'preact/hooks'
import { hasMoved } from '../state/route.ts'

/**
 * Leads the focus to the heading of a view that has come in place of another, where what had it is gone, so that keys and screen
 * readers go on from there.
 */
export function useHeading(of: string): void {
  useEffect(() => {
    if (!hasMoved() || (document.activeElement !== null && document.activeElement !== document.body)) return
    const heading = document.querySelector<HTMLElement>('main h1')
    if (heading === null) return
    heading.tabIndex = -1
    heading.focus({ preventScroll: true })
  }, [of])
}
