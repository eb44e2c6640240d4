import { signal } from '@preact/signals'
import { Trouble } from '../trouble.tsx'
import { usePart } from '../use-part.ts'
import type * as InjectPanel from './inject-panel.tsx'

const panel = signal<typeof InjectPanel | undefined>(undefined)
/** The file for one run starts nothing, and has none of it. */
const PART = IS_ALONE ? undefined : { name: 'inject-panel', load: () => import('./inject-panel.tsx') }

/** What makes scenarios; loaded when it is to be seen, since it has the checker and the schema with it. */
export function Inject() {
  const trouble = usePart(PART, panel, 'The form for an error')
  const Panel = panel.value?.default
  return Panel === undefined ? <Trouble says={trouble.value} /> : <Panel />
}
