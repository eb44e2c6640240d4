import { Type } from 'typebox'
import { named, Pid, SourceId } from '../common.ts'
import { Backing, MceKill, SigbusAction } from '../host-processes.ts'
import { FrameKind } from '../host-kernel.ts'
import { U64 } from '../wire.ts'

/** What can be read of a Linux kernel, be it the host's or a guest's. */

export const PhysicalRange = named('PhysicalRange', { start: U64, end: U64 })
const FrameRange = named('FrameRange', { start: U64, end: U64, kind: FrameKind })
export const KernelFrames = named('KernelFrames', {
  memory: Type.Array(PhysicalRange, { description: 'RAM, as [start, end)' }),
  frames: Type.Array(FrameRange, { description: 'what no process maps; the first range that holds a frame counts' })
})

const GenericAddress = named('GenericAddress', {
  space: Type.Integer(),
  bitWidth: Type.Integer(),
  bitOffset: Type.Integer(),
  accessSize: Type.Integer(),
  address: U64
})

/** An error source as the kernel found it in the HEST. */
const Ghes = named('Ghes', {
  sourceId: SourceId,
  type: Type.Enum([9, 10], { description: '9 GHES, 10 GHESv2' }),
  notify: Type.Integer({ description: 'the number that the HEST has' }),
  vector: Type.Integer(),
  pollIntervalMs: Type.Integer(),
  errorStatusAddress: GenericAddress,
  errorBlockLength: Type.Integer(),
  readAck: Type.Optional(named('ReadAck', { register: GenericAddress, preserve: U64, write: U64 })),
  state: Type.Enum(['armed', 'refused']),
  reason: Type.Optional(Type.String({ description: 'why it is refused' })),
  mappedBlock: Type.Optional(Type.Unsafe<bigint>({ ...U64, description: 'where its status block was at the probe' }))
})
export const GhesList = named('GhesList', { sources: Type.Array(Ghes) })

const Siginfo = named('Siginfo', {
  signo: Type.Integer(),
  code: Type.Integer({ description: 'si_code' }),
  address: Type.Optional(U64),
  addressLsb: Type.Optional(Type.Integer())
})

/** A mapping of a process, contiguous in both address spaces. */
const Vma = named('Vma', {
  virtual: U64,
  physical: U64,
  length: U64,
  backing: Backing,
  dirty: Type.Boolean(),
  mlocked: Type.Boolean(),
  pinned: Type.Boolean(),
  unmapFails: Type.Optional(Type.Boolean())
})
const Thread = named('Thread', {
  tid: Pid,
  mceKill: MceKill,
  sigbus: named('SigbusState', { action: SigbusAction, blocked: Type.Boolean() }),
  pending: Type.Optional(Siginfo)
})

const PROCESS = { pid: Pid, comm: Type.String(), vmas: Type.Array(Vma), threads: Type.Array(Thread) }
const exitSignal = Type.Optional(Type.Integer({ description: 'the signal that killed it' }))

export const Process = named('Process', { ...PROCESS, state: Type.Enum(['running', 'dead']), exitSignal })
/** As Process, but none runs on a kernel that does not. */
export const Task = named('Task', { ...PROCESS, state: Type.Enum(['running', 'dead', 'panicked', 'gone']), exitSignal })

export const Signals = named('Signals', {
  signals: Type.Array(
    named('SentSignal', {
      pid: Pid,
      tid: Pid,
      info: Siginfo,
      forced: Type.Boolean(),
      effect: Type.Enum(['handler', 'pending', 'ignored', 'lost', 'killed'], { description: 'what became of it' }),
      origin: Type.String({ description: 'the kernel function that it came from' })
    }),
    { description: 'newest last' }
  )
})
