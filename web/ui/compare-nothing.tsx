import { useSignal } from '@preact/signals'
import { startRun } from '../data/runs.ts'
import { goTo } from '../state/route.ts'
import { refreshRuns } from '../state/runs.ts'

/** What there is where no two runs are of one fault: the two stories, which are. */
export function CompareNothing() {
  const trouble = useSignal<string | undefined>(undefined)
  const start = async () => {
    try {
      const [left, right] = [await startRun({ story: 'morse' }), await startRun({ story: 'sei' })]
      void refreshRuns()
      goTo({ view: 'compare', left, right })
    } catch (error) {
      trouble.value = (error as Error).message
    }
  }
  return (
    <div class="empty">
      <h1>There are no two runs of one fault yet</h1>
      <p>The two stories are the same fault, told to the guest in two ways.</p>
      <p>
        <button class="btn" onClick={() => void start()}>
          Run both and compare them
        </button>
      </p>
      {trouble.value !== undefined && (
        <p class="bad" role="alert">
          {trouble.value}
        </p>
      )}
    </div>
  )
}
