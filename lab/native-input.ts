import type { Thread } from '../shared/linux/kernel/state.ts'
import type { VictimFacts } from './victim.ts'
import { addressIn, fieldOf, listIn, numberIn, optionalObject, wordIn, type Field } from './json-fields.ts'
import { NoRecording, type JsonObject } from './recording.ts'
import { pageOfRecord } from './page-of-record.ts'
import { inputField, optionalRecordIn, recordIn, sourceOf } from './input-fields.ts'

/** What a native recording's program was asked to do, as far as its input says. */
export type NativeInput =
  | {
      readonly program: 'memory record'
      readonly source: number
      readonly record: Uint8Array
      readonly victim: VictimFacts
    }
  | {
      readonly program: 'early-kill sysctl'
      readonly source: number
      readonly record: Uint8Array
      readonly victim: VictimFacts
      readonly earlyKill: 0 | 1
    }
  | { readonly program: 'raw block'; readonly source: number; readonly record: Uint8Array }
  | { readonly program: 'fatal record'; readonly source: number; readonly record: Uint8Array }
  | { readonly program: 'interrupt'; readonly source: number }
  | { readonly program: 'boot' }
  | {
      readonly program: 'sea load'
      readonly source: number
      readonly record: Uint8Array | undefined
      readonly victim: VictimFacts
    }
  | {
      readonly program: 'bad memory'
      readonly source: number
      readonly record: Uint8Array | undefined
      readonly victim: VictimFacts
      readonly access: 'touch' | 'store' | 'retry'
    }
  | { readonly program: 'kernel read'; readonly record: Uint8Array | undefined; readonly victim: VictimFacts }
  | { readonly program: 'race'; readonly policy: Thread['mceKill']; readonly runs: number }
  | { readonly program: 'same page twice'; readonly records: readonly Uint8Array[] }

const POLICIES = ['default', 'early', 'late'] as const satisfies readonly Thread['mceKill'][]
const ACCESSES = ['touch', 'store', 'retry'] as const
/** `bad-` puts the page on the node that can be made to fail. */
const KINDS = ['anon', 'thp', 'hugetlb', 'shm', 'bad-anon', 'bad-thp', 'bad-hugetlb', 'bad-shm'] as const

/** A process of which nothing but the program is known. */
export const UNKNOWN_VICTIM: VictimFacts = {
  pid: 100,
  kind: 'anon',
  policy: 'default',
  virtual: 0xffff_8000_1000n,
  physical: 0x4a00_1000n,
  device: undefined,
  small: false
}

function victimOf(input: JsonObject): VictimFacts {
  const setup = optionalObject(inputField(input, 'setup')) ?? {}
  const given: readonly Field[] = [
    inputField(input, 'victim'),
    fieldOf(setup, 'input.setup', 'victim'),
    fieldOf(setup, 'input.setup', 'ready')
  ]
  const named = given.find((field) => optionalObject(field) !== undefined)
  const facts = named === undefined ? {} : (optionalObject(named) ?? {})
  const fact = (key: string, otherwise: bigint) => addressIn(fieldOf(facts, named?.name ?? '', key), otherwise)
  const kind = wordIn(inputField(input, 'kind'), KINDS, 'anon').replace('bad-', '')
  return {
    pid: Number(fact('pid', BigInt(UNKNOWN_VICTIM.pid))),
    kind,
    policy: policyOf(input),
    virtual: fact('va', UNKNOWN_VICTIM.virtual),
    physical: fact('pa', pageOfRecord(optionalRecordIn(inputField(input, 'cper'))) ?? UNKNOWN_VICTIM.physical),
    device:
      input['abort_pa'] === undefined
        ? undefined
        : {
            virtual: fact('sea_va', 0xffff_8100_0000n),
            physical: addressIn(inputField(input, 'abort_pa'), 0x0b00_0000n)
          },
    small: kind === 'thp' && facts['anon_huge_kb'] === 0
  }
}

const policyOf = (input: JsonObject) => wordIn(inputField(input, 'policy'), POLICIES, 'default')

/** `vm.memory_failure_early_kill=1`, or 0. */
function earlyKillOf(field: Field): 0 | 1 {
  const settings = { 'vm.memory_failure_early_kill=0': 0, 'vm.memory_failure_early_kill=1': 1 } as const
  return settings[wordIn(field, Object.keys(settings) as (keyof typeof settings)[], 'vm.memory_failure_early_kill=0')]
}

/**
 * Which program ran, by the shape of its input; what was observed and the name of the scenario are not looked at.
 * Throws NoRecording for an input that no program has.
 */
export function parseNativeInput(input: JsonObject): NativeInput {
  const source = sourceOf(input)
  const { cper, block, access } = input
  const field = (key: string) => inputField(input, key)
  if (input['runs'] !== undefined)
    return { program: 'race', policy: policyOf(input), runs: numberIn(field('runs'), 1, 1) }
  if (input['notify'] !== undefined && input['gsi'] !== undefined) return { program: 'boot' }
  if (input['record'] === 'none') return { program: 'interrupt', source }
  if (Array.isArray(cper)) return { program: 'same page twice', records: listIn(field('cper')).map(recordIn) }
  if (block !== undefined) return { program: 'raw block', source, record: recordIn(field('block')) }
  if (typeof access === 'string' && access.startsWith('write(2)')) {
    return { program: 'kernel read', record: optionalRecordIn(field('cper')), victim: victimOf(input) }
  }
  if (access !== undefined) {
    return {
      program: 'bad memory',
      source,
      record: optionalRecordIn(field('cper')),
      victim: victimOf(input),
      access: wordIn(field('access'), ACCESSES, 'touch')
    }
  }
  if (input['abort_pa'] !== undefined) {
    return { program: 'sea load', source, record: optionalRecordIn(field('cper')), victim: victimOf(input) }
  }
  if (cper === undefined || cper === null)
    throw new NoRecording('input: no program of the recordings has this: neither cper, block, access, runs nor vmm')
  const record = recordIn(field('cper'))
  if (input['sysctl'] !== undefined) {
    return {
      program: 'early-kill sysctl',
      source,
      record,
      victim: victimOf(input),
      earlyKill: earlyKillOf(field('sysctl'))
    }
  }
  if (input['kind'] !== undefined || input['victim'] !== undefined) {
    return { program: 'memory record', source, record, victim: victimOf(input) }
  }
  return { program: 'fatal record', source, record }
}
