import type { Causes } from '../trace/causes.ts'
import type { WireEntry } from '../trace/entry.ts'
import { partiesOf } from '../trace/parties.ts'
import type { Decisions } from './decisions.ts'
import { refOf } from './entry-ref.ts'
import type { Part } from './phrase.ts'
import type { States } from './states.ts'

/**
 * What would have ended better than a guest's panic that was avoidable: who chose the SError, and what an SEA would have
 * come to. The part's entry is the choice.
 */
export function betterOf(
  journal: readonly WireEntry[],
  { cast }: States,
  causes: Causes,
  decisions: Decisions
): Part | undefined {
  const panic = partiesOf(journal).guestPanics.at(-1)
  if (panic === undefined) return undefined
  const before = causes.ancestors(panic)
  const message = (type: string) => before.find((entry) => entry.kind === 'message' && entry.type === type)
  const { pid, vm } = (message('task.access')?.data ?? {}) as { pid?: number; vm?: string }
  const who = pid === undefined ? undefined : cast.byPid(pid, vm)?.name
  const loss = who === undefined ? 'not have panicked' : `have lost no more than ${who}`
  const { chosen, entry } = chosenBy(panic, { causes, decisions, message })
  return {
    text: `${chosen}; told by an SEA, with a record of the error, the guest would ${loss}`,
    entry: refOf(entry, journal.indexOf(entry))
  }
}

/** Who chose to tell the guest so: a policy, a VMM that asks none, or KVM by itself. */
function chosenBy(
  panic: WireEntry,
  {
    causes,
    decisions,
    message
  }: {
    readonly causes: Causes
    readonly decisions: Decisions
    readonly message: (type: string) => WireEntry | undefined
  }
): { readonly chosen: string; readonly entry: WireEntry } {
  const decision = decisions.before(panic, causes)
  if (decision !== undefined) return { chosen: `the policy chose ${decision.action}`, entry: decision.answer }
  const injected = message('kvm.set-vcpu-events')
  if (injected !== undefined) return { chosen: 'the VMM chose an SError', entry: injected }
  const entered = message('vcpu.enter') ?? panic
  return { chosen: 'KVM passed the error on as an SError and asked nobody', entry: entered }
}
