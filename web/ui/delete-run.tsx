import { deleteRun } from '../data/runs.ts'
import { tell } from '../state/notice.ts'
import type { OpenRun } from '../state/open-run.ts'
import { goTo } from '../state/route.ts'
import { refreshRuns } from '../state/runs.ts'

/** Takes the run that is looked at off the console, if whoever presses it means it. */
export function DeleteRun({ run }: { readonly run: OpenRun }) {
  const summary = run.summary.value
  if (IS_ALONE || run.kind !== 'run' || summary === undefined || summary.state === 'running' || run.isDeleted.value) {
    return null
  }
  return (
    <button class="btn" onClick={() => void deleteAsked(run)}>
      Delete
    </button>
  )
}

async function deleteAsked({ id, summary, isDeleted }: OpenRun): Promise<void> {
  const name = summary.value?.name ?? id
  if (!confirm(`Delete this run, “${name}” (${id})? Links to it lead nowhere then.`)) return
  try {
    await deleteRun(id)
    isDeleted.value = true
    goTo({ view: 'runs' })
    tell(`“${name}” has been deleted`)
    await refreshRuns()
  } catch (error) {
    tell(`It has not been deleted: ${(error as Error).message}`)
  }
}
