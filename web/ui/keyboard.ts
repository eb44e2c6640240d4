import { actionOf, type Action } from '../model/keys.ts'
import type { Route } from '../model/permalink.ts'
import { copyCurl } from './entry-actions.tsx'
import { showKeys } from './keys-dialog.tsx'
import { toCompare, toFirst } from '../state/compared.ts'
import { currentRun } from '../state/current-run.ts'
import type { OpenRun } from '../state/open-run.ts'
import { playOrPause } from '../state/playing.ts'
import { goTo, route } from '../state/route.ts'
import { selectEntry, step } from '../state/selecting.ts'
import { changeTheme } from '../state/theme.ts'
import { rowsHere } from './use-arrival.ts'

/** Listens to keys wherever nothing is being written. */
export function listenToKeys(): void {
  addEventListener('keydown', (event) => {
    const target = event.target as HTMLElement
    if (/^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable) return
    // A button is pressed by its own keys.
    if ((event.key === ' ' || event.key === 'Enter') && /^(?:BUTTON|A|SUMMARY)$/.test(target.tagName)) return
    if (document.querySelector('dialog[open]') !== null) return
    const action = actionOf(event)
    if (action !== undefined && act(action)) event.preventDefault()
  })
}

const isOfRun = ({ view }: Route) => view === 'run' || view === 'machine'

/** Whether there was something to do. */
function act(action: Action): boolean {
  switch (action) {
    case 'theme':
      changeTheme()
      return true
    case 'help':
      showKeys()
      return true
    case 'runs':
      goTo({ view: 'runs' })
      return true
    case 'run': {
      const run = currentRun.value
      if (run !== undefined) goTo(run.routeTo(run.selected.value))
      return run !== undefined
    }
    case 'compare':
      if (!IS_ALONE) goTo(toCompare())
      return !IS_ALONE
    case 'matrix':
      if (!IS_ALONE) goTo({ view: 'matrix' })
      return !IS_ALONE
    case 'difference':
      if (route.value.view !== 'compare') return false
      toFirst.value++
      rowsHere()?.focus({ preventScroll: true })
      return true
    case 'filter':
      document.querySelector<HTMLInputElement>('[data-filter]')?.focus()
      return true
    default: {
      if (route.value.view === 'runs' && (action === 'next' || action === 'previous')) {
        const first = document.querySelector<HTMLElement>('.run-line')
        first?.focus()
        return first !== null
      }
      const run = isOfRun(route.value) ? currentRun.value : undefined
      return run !== undefined && actOn(run, action)
    }
  }
}

function actOn(run: OpenRun, action: Action): boolean {
  switch (action) {
    case 'next':
      return stepTo(run, 1)
    case 'previous':
      return stepTo(run, -1)
    case 'next-hop':
      return stepTo(run, 1, true)
    case 'previous-hop':
      return stepTo(run, -1, true)
    case 'detail':
      run.everything.value = !run.everything.value
      return true
    case 'play':
      playOrPause(run)
      return true
    case 'into-fields':
      return intoFields(run)
    case 'curl': {
      const row = run.selectedRow.value
      if (row !== undefined) void copyCurl(row)
      return row !== undefined
    }
    case 'back':
      goBack(run)
      return true
    default:
      return false
  }
}

/** The focus goes along with what is selected. */
function stepTo(run: OpenRun, by: 1 | -1, hopsOnly = false): boolean {
  step(run, by, hopsOnly)
  rowsHere()?.focus({ preventScroll: true })
  return true
}

/** What has no fields has what can be done with it. */
function intoFields(run: OpenRun): boolean {
  if (run.selectedRow.value === undefined) return false
  const field = document.querySelector<HTMLElement>('[role=treeitem][tabindex="0"]')
  ;(field ?? document.querySelector<HTMLElement>('.panel .actions button'))?.focus()
  return true
}

/** Out of the fields, then out of the selection. */
function goBack(run: OpenRun): void {
  if ((document.activeElement?.closest('.panel') ?? null) !== null) rowsHere()?.focus()
  else if (run.query.value !== '') run.query.value = ''
  else selectEntry(run, undefined)
}
