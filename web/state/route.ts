import { signal } from '@preact/signals'
import { linkTo, routeOf, type Route } from '../model/permalink.ts'

/** What the page shows. */
export const route = signal<Route>({ view: 'runs' })

let moves = 0
/** Whether somebody has gone from one view to another since the page was opened. */
export const hasMoved = (): boolean => moves > 0

/** Follows the address; called once. */
export function followAddress(): void {
  const read = () => {
    route.value = routeOf(location.hash)
  }
  addEventListener('hashchange', () => {
    moves++
    read()
  })
  read()
}

/** Goes somewhere else; `back` leads to where one was. */
export function goTo(to: Route): void {
  location.hash = linkTo(to)
}

/** The same view, one step further: no entry in the history. */
export function replaceRoute(to: Route): void {
  history.replaceState(null, '', linkTo(to))
  route.value = to
}
