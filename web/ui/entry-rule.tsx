import { useEffect } from 'preact/hooks'
import { leftOut } from '../../shared/rows/rule.ts'
import { capital } from '../../shared/rows/saying.ts'
import type { Row } from '../../shared/rows/row.ts'
import { rules, wantRules } from '../state/rules.ts'

/** The rule that decided: what it does, where that is written, and how far it follows it. */
export function EntryRule({ row }: { readonly row: Row }) {
  const { rule: name } = row.entry
  useEffect(() => {
    if (name !== undefined) wantRules()
  }, [name])
  if (name === undefined) return null
  const rule = rules.value?.[name]
  const [file = '', short = name] = name.split('#')
  return (
    <div class="section rule">
      <h3>Rule that decided</h3>
      <b class="mono">{short}</b> {rule !== undefined && <span class={`fidelity ${rule.degree}`}>{rule.degree}</span>}
      {rule !== undefined && (
        <>
          <p>{rule.title}.</p>
          <p>
            <b>Spec:</b> {rule.spec}
          </p>
          {leftOut(rule) !== '' && <p class="dim">{capital(leftOut(rule))}</p>}
        </>
      )}
      <p class="dim mono">{file}</p>
    </div>
  )
}
