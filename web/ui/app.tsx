import { notice, spoken } from '../state/notice.ts'
import type { Route } from '../model/permalink.ts'
import { currentRun } from '../state/current-run.ts'
import { route } from '../state/route.ts'
import { reach } from '../state/runs.ts'
import { CompareView } from './compare-view.tsx'
import { KeysDialog } from './keys-dialog.tsx'
import { MatrixView } from './matrix-view.tsx'
import { RunView } from './run-view.tsx'
import { RunsView } from './runs-view.tsx'
import { TopBar } from './top-bar.tsx'

/** The page. */
export function App() {
  return (
    <>
      <TopBar />
      {reach.value === 'offline' && (
        <div class="banner" role="alert">
          The console does not answer. What is here stays; it is asked again every second.
        </div>
      )}
      <main>
        <View />
      </main>
      <div class="sr" aria-live="polite">
        {spoken.value}
      </div>
      {notice.value !== undefined && (
        <div class="toast" role="status">
          {notice.value}
        </div>
      )}
      <KeysDialog />
    </>
  )
}

function View() {
  const run = currentRun.value
  const isLost = IS_ALONE && run !== undefined && route.value.view !== 'run'
  const at: Route = isLost ? { view: 'run', run: run.id } : route.value
  switch (at.view) {
    case 'run':
    case 'machine':
      return <RunView at={at} />
    case 'compare':
      return <CompareView at={at} />
    case 'matrix':
      return <MatrixView />
    default:
      return <RunsView />
  }
}
