import { boxesAt, type Box } from '../model/boxes.ts'
import type { OpenRun } from '../state/open-run.ts'
import { EntryLink } from './entry-link.tsx'

/** Who is alive at the moment that is shown: boxes in the boxes that they run on. */
export function NestedBoxes({ run }: { readonly run: OpenRun }) {
  const boxes = boxesAt(run.states.value, run.now.value)
  return (
    <div class="nest" role="group" aria-label="Who is alive">
      {boxes.map((box) => (
        <PartyBox key={box.id} run={run} box={box} />
      ))}
    </div>
  )
}

function PartyBox({ run, box }: { readonly run: OpenRun; readonly box: Box }) {
  const { name, state, look, since, within } = box
  const says = (
    <>
      <b>{name}</b> <em>{state}</em>
    </>
  )
  return (
    <div class={`box ${look}`}>
      {since === undefined ? (
        <span class="who">{says}</span>
      ) : (
        <EntryLink kind="who" run={run} place={since}>
          {says}
        </EntryLink>
      )}
      {within.length > 0 && (
        <div class="kids">
          {within.map((one) => (
            <PartyBox key={one.id} run={run} box={one} />
          ))}
        </div>
      )}
    </div>
  )
}
