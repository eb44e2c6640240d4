import type { Backing } from '../shared/linux/kernel/state.ts'
import { NoRecording } from './recording.ts'

/** How a page of a `poison` run becomes bad. */
export type PoisonSource = 'madvise' | 'cper' | 'sea'
export type PoisonAction = 'load' | 'store' | 'ifetch' | 'remap' | 'spin' | 'spin-thread' | 'blocked'

/** What the monitor of the recordings was asked to do. */
export type VmmArguments =
  | { readonly mode: 'caps' | 'dabt' | 'dabt-el0' | 'dabt-mmio' | 'unmapped' | 'nisv' | 'guest-sea' }
  | {
      readonly mode: 'serror' | 'serror-masked' | 'serror-esb' | 'serror-el0' | 'dabt-serror'
      /** undefined: no syndrome was given. */
      readonly esr: bigint | undefined
    }
  | {
      readonly mode: 'poison'
      readonly kind: string
      readonly policy: string
      readonly how: PoisonSource
      readonly action: PoisonAction
    }

const WITHOUT_ESR = ['caps', 'dabt', 'dabt-el0', 'dabt-mmio', 'unmapped', 'nisv', 'guest-sea'] as const
const WITH_ESR = ['serror', 'serror-masked', 'serror-esb', 'serror-el0', 'dabt-serror'] as const
const HOW: readonly PoisonSource[] = ['madvise', 'cper', 'sea']
const ACTIONS: readonly PoisonAction[] = ['load', 'store', 'ifetch', 'remap', 'spin', 'spin-thread', 'blocked']

/** Parses the monitor's command line; some recordings have its name in front. Throws NoRecording for one it has not. */
export function parseVmmArguments(line: string): VmmArguments {
  const words = line.trim().split(/\s+/)
  const [mode = 'caps', first, second, third, fourth] = words[0] === 'vmm' ? words.slice(1) : words
  const plain = WITHOUT_ESR.find((known) => known === mode)
  if (plain !== undefined) return { mode: plain }
  const withEsr = WITH_ESR.find((known) => known === mode)
  if (withEsr !== undefined) {
    if (first !== undefined && !/^(0x[0-9a-f]+|[0-9]+)$/i.test(first))
      throw new NoRecording(`input.vmm: ${JSON.stringify(first)} is no syndrome ("0x…")`)
    return { mode: withEsr, esr: first === undefined ? undefined : BigInt(first) }
  }
  const how = HOW.find((known) => known === third)
  const action = ACTIONS.find((known) => known === (fourth ?? 'load'))
  if (mode === 'poison' && first !== undefined && second !== undefined && how !== undefined && action !== undefined) {
    return { mode: 'poison', kind: first, policy: second, how, action }
  }
  throw new NoRecording(`input.vmm: the recordings' monitor has no command ${JSON.stringify(line)}`)
}

/** Test memory of a run by the monitor's word for it; `bad-` puts it on the node that can be made to fail. */
export function backingOf(kind: string): { readonly backing: Backing; readonly length: bigint; readonly bad: boolean } {
  const bad = kind.startsWith('bad-')
  switch (bad ? kind.slice('bad-'.length) : kind) {
    case 'hugetlb':
      return { backing: 'hugetlb-2m', length: 0x20_0000n, bad }
    case 'shm':
      return { backing: 'shmem', length: 0x1_0000n, bad }
    case 'thp':
      return { backing: 'thp', length: 0x20_0000n, bad }
    default:
      return { backing: 'anonymous', length: 0x1_0000n, bad }
  }
}
