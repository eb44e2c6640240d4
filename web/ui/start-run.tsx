import { startRun } from '../data/runs.ts'
import { useStarting } from '../state/starting.ts'
import { Inject } from './inject/load.tsx'
import { MachineList } from './machine-list.tsx'
import { Trouble } from './trouble.tsx'

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
  const { trouble, start } = useStarting()
  return (
    <section class="start" aria-label="Start a run">
      <h2>Run a story</h2>
      <div class="presets">
        {STORIES.map(({ story, title, says }) => (
          <button key={story} onClick={() => void start(async () => ({ view: 'run', run: await startRun({ story }) }))}>
            {title}
            <small>{says}</small>
          </button>
        ))}
      </div>
      <Trouble says={trouble.value?.message} />
      <Inject />
      <MachineList />
    </section>
  )
}
