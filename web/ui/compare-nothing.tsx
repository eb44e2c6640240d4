import { startRun } from '../data/runs.ts'
import { useStarting } from '../state/starting.ts'
import { Trouble } from './trouble.tsx'
import { useArrival } from './use-arrival.ts'

/** What there is where no two runs are of one fault: the two stories, which are. */
export function CompareNothing() {
  const { trouble, start } = useStarting()
  useArrival('nothing')
  const both = async () => ({
    view: 'compare' as const,
    left: await startRun({ story: 'morse' }),
    right: await startRun({ story: 'sei' })
  })
  return (
    <div class="empty">
      <h1>There are no two runs of one fault yet</h1>
      <p>The two stories are the same fault, told to the guest in two ways.</p>
      <p>
        <button class="btn" onClick={() => void start(both)}>
          Run both and compare them
        </button>
      </p>
      <Trouble says={trouble.value?.message} />
    </div>
  )
}
