import { effect } from '@preact/signals'
import { begun } from '../../shared/rows/saying.ts'
import { titleOf } from '../model/title.ts'
import { currentRun } from './current-run.ts'
import { route } from './route.ts'

/** Keeps the tab named after what it shows; called once. */
export function keepTitle(): void {
  effect(() => {
    const at = route.value
    const run = currentRun.value
    const isThere = run !== undefined && run.version.value > 0
    const isShown = isThere && run.id === (at.view === 'run' ? at.run : at.view === 'machine' ? at.machine : undefined)
    document.title = titleOf(at, isShown ? begun(run.verdict.value.text) : undefined)
  })
}
