import { signal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'
import { Trouble } from '../trouble.tsx'

const panel = signal<ComponentType | undefined>(undefined)
/** The file for one run starts nothing, and has none of it. */
const load = IS_ALONE ? undefined : () => import('./inject-panel.tsx')
const trouble = signal<string | undefined>(undefined)

/** What makes scenarios; loaded when it is to be seen, since it has the checker and the schema with it. */
export function Inject() {
  useEffect(() => {
    if (panel.peek() !== undefined) return
    void load?.().then(
      (loaded) => (panel.value = loaded.default),
      (error: unknown) => (trouble.value = `the form cannot be loaded: ${(error as Error).message}`)
    )
  }, [])
  const Panel = panel.value
  if (Panel !== undefined) return <Panel />
  return <Trouble says={trouble.value} />
}
