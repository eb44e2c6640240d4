import type { ComponentChildren } from 'preact'
import { linkTo } from '../model/permalink.ts'
import type { OpenRun } from '../state/open-run.ts'

export interface EntryLinkProps {
  readonly run: OpenRun
  readonly place: number
  readonly kind: string
  readonly children: ComponentChildren
}

/** Leads to an entry of a run; it breaks over lines as text does. */
export const EntryLink = ({ run, place, kind, children }: EntryLinkProps) => (
  <a class={kind} href={linkTo(run.routeTo(place))} title={`#${place}`}>
    {children}
  </a>
)
