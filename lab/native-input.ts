import type { Thread } from '../shared/linux/kernel/state.ts'
import type { VictimFacts } from './victim.ts'
import { isObject, NoRecording, type Json, type JsonObject } from './recording.ts'

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

const SEA_SOURCE = 0
const POLICIES: readonly Thread['mceKill'][] = ['default', 'early', 'late']
const ACCESSES = ['touch', 'store', 'retry'] as const

function bytesOf(hex: Json | undefined): Uint8Array {
  if (typeof hex !== 'string' || !/^([0-9a-f]{2})*$/i.test(hex))
    throw new NoRecording('a record is not a string of hex')
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16))
}

const optionalBytes = (hex: Json | undefined) => (hex === null || hex === undefined ? undefined : bytesOf(hex))

function policyOf(word: Json | undefined): Thread['mceKill'] {
  const policy = POLICIES.find((known) => known === (word ?? 'default'))
  if (policy === undefined) throw new NoRecording(`no policy ${JSON.stringify(word)}`)
  return policy
}

function addressOf(value: Json | undefined, otherwise: bigint): bigint {
  if (typeof value !== 'string' && typeof value !== 'number') return otherwise
  try {
    return BigInt(value)
  } catch {
    throw new NoRecording(`no address: ${JSON.stringify(value)}`)
  }
}

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
  const setup = isObject(input['setup']) ? input['setup'] : {}
  const facts = [input['victim'], setup['victim'], setup['ready']].find(isObject) ?? {}
  const kind = input['kind'] ?? 'anon'
  if (typeof kind !== 'string') throw new NoRecording('"kind" is not a word')
  return {
    pid: Number(addressOf(facts['pid'], BigInt(UNKNOWN_VICTIM.pid))),
    kind,
    policy: policyOf(input['policy']),
    virtual: addressOf(facts['va'], UNKNOWN_VICTIM.virtual),
    physical: addressOf(facts['pa'], UNKNOWN_VICTIM.physical),
    device:
      input['abort_pa'] === undefined
        ? undefined
        : {
            virtual: addressOf(facts['sea_va'], 0xffff_8100_0000n),
            physical: addressOf(input['abort_pa'], 0x0b00_0000n)
          },
    small: kind === 'thp' && facts['anon_huge_kb'] === 0
  }
}

/**
 * Which program ran, by the shape of its input; what was observed and the name of the scenario are not looked at.
 * Throws NoRecording for an input that no program has.
 */
export function parseNativeInput(input: JsonObject): NativeInput {
  const source = typeof input['source'] === 'number' ? input['source'] : SEA_SOURCE
  const { cper, block, access } = input
  if (typeof input['runs'] === 'number')
    return { program: 'race', policy: policyOf(input['policy']), runs: input['runs'] }
  if (input['notify'] !== undefined && input['gsi'] !== undefined) return { program: 'boot' }
  if (input['record'] === 'none') return { program: 'interrupt', source }
  if (Array.isArray(cper)) return { program: 'same page twice', records: cper.map((one: Json) => bytesOf(one)) }
  if (block !== undefined) return { program: 'raw block', source, record: bytesOf(block) }
  if (typeof access === 'string' && access.startsWith('write(2)')) {
    return { program: 'kernel read', record: optionalBytes(cper), victim: victimOf(input) }
  }
  if (access !== undefined) {
    const known = ACCESSES.find((one) => one === access)
    if (known === undefined) throw new NoRecording(`the recordings' program has no command ${JSON.stringify(access)}`)
    return { program: 'bad memory', source, record: optionalBytes(cper), victim: victimOf(input), access: known }
  }
  if (input['abort_pa'] !== undefined) {
    return { program: 'sea load', source, record: optionalBytes(cper), victim: victimOf(input) }
  }
  if (cper === undefined || cper === null) throw new NoRecording('an input of no program of the recordings')
  const record = bytesOf(cper)
  if (typeof input['sysctl'] === 'string') {
    const earlyKill = input['sysctl'].endsWith('=1') ? 1 : 0
    return { program: 'early-kill sysctl', source, record, victim: victimOf(input), earlyKill }
  }
  if (input['kind'] !== undefined || input['victim'] !== undefined) {
    return { program: 'memory record', source, record, victim: victimOf(input) }
  }
  return { program: 'fatal record', source, record }
}
