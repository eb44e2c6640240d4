import type { OpenRun } from '../state/open-run.ts'

/** What has to be known of the run that is looked at: it is no longer there, or has no such entry. */
export function Remarks({ run }: { readonly run: OpenRun }) {
  void run.version.value
  const place = run.selected.value
  const isMissing = place !== undefined && place > run.model.length
  const isOver = run.status.value === 'ended'
  return (
    <>
      {run.isDeleted.value && (
        <div class="banner" role="alert">
          This run has been deleted. What is here stays until you leave it, and its link leads nowhere any more.
        </div>
      )}
      {isMissing && (
        <div class="banner" role="alert">
          {isOver
            ? `There is no entry #${place}: the run has ${run.model.length}.`
            : `There is no entry #${place} yet: ${run.model.length} have come so far.`}
        </div>
      )}
    </>
  )
}
