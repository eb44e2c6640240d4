import type { Route } from '../model/permalink.ts'
import { linkTo } from '../model/permalink.ts'
import { currentRun } from '../state/current-run.ts'
import { toCompare } from '../state/compared.ts'
import { route } from '../state/route.ts'
import { reach } from '../state/runs.ts'
import { services } from '../state/services.ts'
import { changeTheme } from '../state/theme.ts'
import { showKeys } from './keys-dialog.tsx'

/** Where one is, whether the console answers, light or dark, the keys. */
export function TopBar() {
  const run = currentRun.value
  const tabs: readonly (readonly [string, Route])[] = [
    ...(IS_ALONE ? [] : [['Runs', { view: 'runs' }] as const]),
    ...(run === undefined ? [] : [[run.kind === 'run' ? 'Run' : 'Machine', run.routeTo(run.selected.value)] as const]),
    ...(IS_ALONE ? [] : [['Compare', toCompare()] as const, ['Matrix', { view: 'matrix' }] as const])
  ]
  return (
    <header class="top">
      <a class="brand" href={linkTo({ view: 'runs' })} aria-label="seabus, all runs">
        <svg width="18" height="18" viewBox="0 0 16 16" aria-hidden="true">
          <path d="M1 11.5q1.75-2 3.5 0t3.5 0 3.5 0 3.5 0" fill="none" stroke="var(--accent)" stroke-width="1.6" />
          <path d="M9.6 1 4.8 7h3L6.9 11l5-5.8H8.8z" fill="var(--exc)" />
        </svg>
        <span>seabus</span>
      </a>
      <nav class="tabs" aria-label="Views">
        {tabs.map(([name, to]) => (
          <a key={name} href={linkTo(to)} aria-current={to.view === route.value.view ? 'page' : undefined}>
            {name}
          </a>
        ))}
      </nav>
      <span class="grow" />
      {!IS_ALONE && <Reach />}
      <button class="btn" aria-label="Light or dark" onClick={changeTheme}>
        <span aria-hidden="true">◐</span>
      </button>
      <button class="btn" aria-label="Keys" onClick={showKeys}>
        <span aria-hidden="true">?</span>
      </button>
    </header>
  )
}

/** Whether the console answers, and how its services are. */
function Reach() {
  const { well, all, troubles } = services.value ?? { well: 0, all: 0, troubles: [] }
  if (reach.value === 'unknown') return <div class="live" role="status" />
  const isOff = reach.value === 'offline'
  const says = isOff ? 'the console does not answer' : all === 0 ? 'live' : `live, ${well} of ${all} services`
  return (
    <div class={isOff || well < all ? 'live off' : 'live'} role="status" title={troubles.join('\n')}>
      <i />
      <span>{says}</span>
    </div>
  )
}
