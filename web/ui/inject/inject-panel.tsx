import { PRESETS, scenarioText } from '../../../shared/scenario/presets.ts'
import { draft, put } from '../../state/draft.ts'
import { giveFile } from '../../state/given.ts'
import { GivenBytes } from './given-bytes.tsx'
import { ScenarioEditor } from './scenario-editor.tsx'
import { AddStep } from './add-step.tsx'

/** Makes a scenario: of a preset, step by step, by hand, or of a file. */
export default function InjectPanel() {
  return (
    <section class="inject" aria-label="Inject an error">
      <h2>Inject an error</h2>
      <div class="presets">
        {PRESETS.map((preset) => {
          const text = scenarioText(preset)
          return (
            <button key={preset.title} aria-pressed={draft.value === text} onClick={() => put(text, 'scenario.yaml')}>
              {preset.title}
              <small>{preset.says}</small>
            </button>
          )
        })}
      </div>
      <GivenBytes />
      <ScenarioEditor />
      <AddStep />
      <label class="drop">
        Drop a <code>.cper</code>, status block, HEST or scenario anywhere on the page, or choose one
        <input
          type="file"
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0]
            if (file !== undefined) void giveFile(file)
            // The same file can be chosen again, when it has been changed.
            currentTarget.value = ''
          }}
        />
      </label>
    </section>
  )
}
