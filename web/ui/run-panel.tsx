import { decidingRow } from '../../shared/rows/causes.ts'
import { choicesIn } from '../model/decisions.ts'
import type { RowMark } from '../../shared/rows/row.ts'
import { capital } from '../../shared/rows/saying.ts'
import { wordsFor } from '../../shared/rows/words.ts'
import type { OpenRun } from '../state/open-run.ts'
import { selectEntry } from '../state/selecting.ts'
import { EntryLink } from './entry-link.tsx'
import { MarkIcon } from './icon.tsx'

const DECISIONS = 4

/** The run while no entry is selected: the way to its end, what was decided, what the marks mean. */
export function RunPanel({ run }: { readonly run: OpenRun }) {
  void run.version.value
  const { model } = run
  const deciding = decidingRow(model)
  const causes = [...run.path.value].filter((place) => place >= model.bootEnd).length
  return (
    <>
      <div class="panel-head">
        <h2>How it came to this</h2>
        {deciding !== undefined && (
          <p>
            {causes} {causes === 1 ? 'cause leads' : 'causes lead'} from the fault to{' '}
            <EntryLink kind="link" run={run} place={deciding.place}>
              #{deciding.place} {wordsFor(model, deciding).head}
            </EntryLink>
            . The line through the lanes follows them.
          </p>
        )}
      </div>
      <Decisions run={run} />
      <MarkLegend />
      <div class="section">
        <h3>Keys</h3>
        <p class="dim">
          <kbd>j</kbd> <kbd>k</kbd> step, <kbd>n</kbd> <kbd>p</kbd> from hop to hop, <kbd>/</kbd> filter,{' '}
          <kbd>space</kbd> play, <kbd>?</kbd> all
        </p>
      </div>
    </>
  )
}

/** What the policy was asked, what it chose and why. */
function Decisions({ run }: { readonly run: OpenRun }) {
  const choices = choicesIn(run.model.decisions.all)
  return (
    <div class="section">
      <h3>What was decided</h3>
      {choices.length === 0 && <p class="dim">No policy was asked.</p>}
      {choices.slice(0, DECISIONS).map(({ about, action, because, place, times }) => (
        <button key={place} class="because" onClick={() => selectEntry(run, place)}>
          <b>
            {about} → {action}
            {times > 1 && ` ×${times}`}
          </b>
          <span>
            {capital(because)}. <span class="dim mono">#{place}</span>
          </span>
        </button>
      ))}
      {choices.length > DECISIONS && <p class="dim">and {choices.length - DECISIONS} more</p>}
    </div>
  )
}

const LEGEND: readonly (readonly [RowMark, string])[] = [
  ['fault', 'a line of memory goes bad'],
  ['exception', 'a CPU takes an exception: SError, SEA, stage-2 fault'],
  ['notification', 'firmware tells the kernel of a record: interrupt, SEA, SDEI, poll'],
  ['signal', 'a kernel tells a process: SIGBUS'],
  ['guest-notification', 'a VMM tells its guest: abort, SError, interrupt'],
  ['question', 'a VMM asks its policy, and is answered'],
  ['end', 'the end of whoever’s lane it is on']
]

const MarkLegend = () => (
  <div class="section">
    <h3>Marks</h3>
    <ul class="marks">
      {LEGEND.map(([mark, says]) => (
        <li key={mark}>
          <MarkIcon mark={mark} size={15} />
          {says}
        </li>
      ))}
    </ul>
  </div>
)
