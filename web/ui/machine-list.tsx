import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { listMachines } from '../data/machines.ts'
import { linkTo } from '../model/permalink.ts'
import { looked, runs } from '../state/runs.ts'

/** The machines that are no run's: what happens on them is seen while it happens. */
export function MachineList() {
  const machines = useSignal<readonly string[]>([])
  const trouble = useSignal<string | undefined>(undefined)
  useEffect(() => {
    listMachines().then(
      (names) => {
        const ofRuns = new Set(
          runs
            .peek()
            ?.filter(({ state }) => state === 'running')
            .map(({ machine }) => machine)
        )
        machines.value = names.filter((name) => !ofRuns.has(name))
        trouble.value = undefined
      },
      (error: Error) => {
        trouble.value = error.message
      }
    )
  }, [looked.value])
  return (
    <>
      <h2>Machines</h2>
      <p class="dim">What happens on a machine is shown while it happens, whoever sends it.</p>
      <ul class="chips" aria-label="Machines">
        {machines.value.map((machine) => (
          <li key={machine}>
            <a class="btn mono" href={linkTo({ view: 'machine', machine })}>
              {machine}
            </a>
          </li>
        ))}
      </ul>
      {trouble.value !== undefined && <p class="bad">{trouble.value}</p>}
    </>
  )
}
