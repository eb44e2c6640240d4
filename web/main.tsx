import { render } from 'preact'
import { openCarriedRun } from './state/carried-run.ts'
import { noticeDeletion } from './state/current-run.ts'
import { learnOrigin } from './state/origin.ts'
import { takeDrops } from './state/given.ts'
import { followAddress } from './state/route.ts'
import { keepRuns } from './state/runs.ts'
import { keepServices } from './state/services.ts'
import { keepTitle } from './state/title.ts'
import { App } from './ui/app.tsx'
import { listenToKeys } from './ui/keyboard.ts'

if (IS_ALONE) openCarriedRun()
followAddress()
keepTitle()
if (!IS_ALONE) {
  keepRuns()
  keepServices()
  noticeDeletion()
  takeDrops()
  void learnOrigin()
}
listenToKeys()
const app = document.getElementById('app')
if (app !== null) render(<App />, app)
