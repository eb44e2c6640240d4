import type { Route } from './permalink.ts'

/** What a tab of the page is called, by what it shows; `says` is what became of the run that is looked at. */
export function titleOf(at: Route, says: string | undefined): string {
  const what = whatOf(at, says)
  return `${what} · seabus`
}

function whatOf(at: Route, says: string | undefined): string {
  switch (at.view) {
    case 'run':
      return says ?? `Run ${at.run}`
    case 'machine':
      return says === undefined ? `Machine ${at.machine}` : `${at.machine}: ${says}`
    case 'compare':
      return at.left === '' || at.right === '' ? 'Compare' : `${at.left} and ${at.right} compared`
    case 'matrix':
      return 'Matrix'
    default:
      return 'Runs'
  }
}
