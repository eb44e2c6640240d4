import { render } from 'preact'
import { listenToKeys } from './ui/keyboard.ts'
import { followAddress } from './state/route.ts'
import { keepRuns } from './state/runs.ts'
import { App } from './ui/app.tsx'

followAddress()
keepRuns()
listenToKeys()
render(<App />, document.body)
