import { useSignal } from '@preact/signals'
import { startRun } from '../data/runs.ts'
import { goTo } from '../state/route.ts'
import { refreshRuns } from '../state/runs.ts'
import { Inject } from './inject/load.tsx'
import { MachineList } from './machine-list.tsx'

const STORIES = [
  {
    story: 'morse',
    title: 'The story',
    says: 'redis consumes an error; the guest is told by SEA, and only redis dies'
  },
  {
    story: 'sei',
    title: 'The counter-example',
    says: 'the same error told as an SError panics a guest that could have gone on'
  }
] as const

/** Starts one of the stories or a scenario that is made here, and leads to it while it runs. */
export function StartRun() {
  const trouble = useSignal<string | undefined>(undefined)
  const start = async (story: string) => {
    try {
      trouble.value = undefined
      const id = await startRun({ story })
      void refreshRuns()
      goTo({ view: 'run', run: id })
    } catch (error) {
      trouble.value = (error as Error).message
    }
  }
  return (
    <section class="start" aria-label="Start a run">
      <h2>Run a story</h2>
      <div class="presets">
        {STORIES.map(({ story, title, says }) => (
          <button key={story} onClick={() => void start(story)}>
            {title}
            <small>{says}</small>
          </button>
        ))}
      </div>
      {trouble.value !== undefined && (
        <p class="bad" role="alert">
          {trouble.value}
        </p>
      )}
      <Inject />
      <MachineList />
    </section>
  )
}
