import type { CachedEstatus, FrameKind, Ratelimit } from '../shared/linux/kernel/state.ts'
import { addressIn, bytesIn, fieldOf, listIn, numberIn, optionalObject, wordIn, type Field } from './json-fields.ts'
import type { JsonObject } from './recording.ts'

/** When a recording's run starts, in ns since its boot. */
export const UPTIME_NS = 60_000_000_000

/** What a kernel remembers of reports it has printed. */
export interface PrintMemory {
  readonly ratelimit: { readonly corrected: Ratelimit; readonly uncorrected: Ratelimit }
  readonly estatusCache: readonly CachedEstatus[]
}

export const DRIVERS = ['once', 'repeat', 'hidden block'] as const
export type Driver = (typeof DRIVERS)[number]

const FRAME_KINDS = ['free', 'kernel-text'] as const satisfies readonly FrameKind[]

/** What `input.setup` says beyond addresses and ids; absent is not known. */
export interface RunSetup {
  readonly printLimit: PrintMemory['ratelimit'] | undefined
  readonly recordCache: readonly CachedEstatus[]
  readonly frame: (typeof FRAME_KINDS)[number] | undefined
  readonly readAck: bigint | undefined
  readonly driver: Driver | undefined
}

const NS_PER_MS = 1_000_000

/** `{ "printed": n, "ms": since the window began, "missed": held back in it }`. */
function windowIn(field: Field): Ratelimit {
  const window = optionalObject(field) ?? {}
  const number = (key: string, otherwise: number) => numberIn(fieldOf(window, field.name, key), otherwise)
  const missed = number('missed', 0)
  const begin = UPTIME_NS - number('ms', 0) * NS_PER_MS
  return { begin, printed: number('printed', 0), ...(missed === 0 ? {} : { missed }) }
}

/** `{ "block": hex, "ms": since it was printed }`. */
function cachedIn(field: Field): CachedEstatus {
  const entry = optionalObject(field) ?? {}
  const ms = numberIn(fieldOf(entry, field.name, 'ms'), 0)
  return { block: bytesIn(fieldOf(entry, field.name, 'block')), count: 0, timeIn: UPTIME_NS - ms * NS_PER_MS }
}

/** Throws NoRecording for a field that is not what it should be. */
export function parseSetup(input: JsonObject): RunSetup {
  const setup = optionalObject({ name: 'input.setup', value: input['setup'] }) ?? {}
  const field = (key: string) => fieldOf(setup, 'input.setup', key)
  const limit = optionalObject(field('print_limit'))
  const window = (key: string) => windowIn(fieldOf(limit ?? {}, 'input.setup.print_limit', key))
  const given = (key: string) => setup[key] !== undefined && setup[key] !== null
  return {
    printLimit:
      limit === undefined ? undefined : { corrected: window('corrected'), uncorrected: window('uncorrected') },
    recordCache: listIn(field('record_cache')).map(cachedIn),
    frame: given('frame') ? wordIn(field('frame'), FRAME_KINDS, 'free') : undefined,
    readAck: given('read_ack') ? addressIn(field('read_ack'), 0n) : undefined,
    driver: given('driver') ? wordIn(field('driver'), DRIVERS, 'once') : undefined
  }
}
