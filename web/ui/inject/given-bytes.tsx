import { useSignal } from '@preact/signals'
import { put, shownBytes } from '../../state/draft.ts'
import { Dissector } from '../bytes.tsx'

/** Puts a scenario into the editor, and leads there. */
function putScenario(scenario: string): void {
  put(scenario, 'scenario.yaml')
  document.querySelector('.editor')?.scrollIntoView({ block: 'start' })
}

/** The record or table that was given: its bytes and fields, and a scenario that hands it in. */
export function GivenBytes() {
  const kept = useSignal<number | undefined>(undefined)
  const file = shownBytes.value
  if (file === undefined) return null
  const { name, format, scenario } = file
  return (
    <section class="given" aria-label={name}>
      <h3>
        {name} <span class="dim">{`${format.name}, ${format.bytes.length} B`}</span>
      </h3>
      <Dissector key={name} format={format} kept={kept.value} keep={(field) => (kept.value = field)} />
      <div class="inject-actions">
        {scenario !== undefined && (
          <button class="btn" onClick={() => putScenario(scenario)}>
            Put into a scenario
          </button>
        )}
        <button class="btn" onClick={() => (shownBytes.value = undefined)}>
          Close
        </button>
      </div>
    </section>
  )
}
