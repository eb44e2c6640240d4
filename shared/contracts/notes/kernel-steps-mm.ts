import { Type } from 'typebox'
import { closed, Pid } from '../common.ts'
import { FrameKind, type FRAME_KINDS } from '../host-kernel.ts'
import { U64 } from '../wire.ts'
import { step } from './kernel-step.ts'
import { MF_PAGE_TYPES, MF_RESULTS } from './memory-failure-types.ts'

/** Steps of mm/memory-failure.c, of the exception handlers and of a task's end. Addresses are the kernel's own. */

const frame = {
  pfn: U64,
  physical: Type.Unsafe<bigint>({ ...U64, description: 'address of the frame, physical to this kernel' })
}
const mapped = {
  pid: Pid,
  address: Type.Unsafe<bigint>({ ...U64, description: 'virtual address in the process' }),
  shift: Type.Integer({ minimum: 0, maximum: 63, description: 'log2 of the extent' })
}
const extent = (shift: number): string => `2^${shift} bytes`

export const pagePoison = step({
  name: 'page.poison',
  level: 'story',
  rule: 'shared/linux/mm/memory-failure.ts#memoryFailure',
  data: closed({
    ...frame,
    kind: Type.Optional(
      Type.Unsafe<(typeof FRAME_KINDS)[number]>({ ...FrameKind, description: 'of a frame that no process maps' })
    ),
    frames: Type.Optional(Type.Unsafe<bigint>({ ...U64, description: 'of a huge page' }))
  }),
  says: ({ pfn, physical, frames }) =>
    `sets PG_hwpoison on pfn ${pfn} (${physical})${frames === undefined ? '' : `, one of a huge page of ${frames} frames`}`,
  example: { pfn: '0x7c001', physical: '0x7c001000' }
})

export const memoryFailureResult = step({
  name: 'memory_failure.result',
  level: 'detail',
  rule: 'shared/linux/mm/action-result.ts#actionResult',
  data: closed({ pfn: U64, type: Type.Enum([...MF_PAGE_TYPES]), result: Type.Enum([...MF_RESULTS]) }),
  says: ({ pfn, type, result }) => `memory_failure() took pfn ${pfn} for a ${type}: ${result}`,
  example: { pfn: '0x7c001', type: 'dirty LRU page', result: 'Recovered' }
})

export const pageSoftOffline = step({
  name: 'page.soft_offline',
  level: 'story',
  rule: 'shared/linux/mm/soft-offline.ts#softOfflinePage',
  data: closed(frame),
  says: ({ pfn, physical }) => `soft offline: pfn ${pfn} (${physical}) is out of use`,
  example: { pfn: '0x7ffff', physical: '0x7ffff000' }
})

export const pageMigrate = step({
  name: 'page.migrate',
  level: 'story',
  rule: 'shared/linux/mm/soft-offline.ts#softOfflinePage',
  data: closed({ ...mapped, from: U64, to: U64 }),
  says: ({ pid, address, shift, from, to }) =>
    `${address} of pid ${pid} (${extent(shift)}) moves from pfn ${from} to ${to}`,
  example: { pid: 300, address: '0x7f00000000', shift: 12, from: '0x7ffff', to: '0x7fffe' }
})

export const pageUnmap = step({
  name: 'page.unmap',
  level: 'detail',
  rule: 'shared/linux/mm/hwpoison-user-mappings.ts#hwpoisonUserMappings',
  data: closed({ ...mapped, backing: Type.String() }),
  says: ({ pid, address, shift, backing }) => `unmaps ${address} of pid ${pid}: ${extent(shift)}, ${backing}`,
  example: { pid: 4242, address: '0xffff80001000', shift: 12, backing: 'anonymous' }
})

export const thpSplit = step({
  name: 'thp.split',
  level: 'detail',
  rule: 'shared/linux/mm/hwpoison-user-mappings.ts#splitThp',
  data: closed({ ...mapped, pageShift: Type.Integer() }),
  says: ({ pid, address, shift, pageShift }) =>
    `splits the huge page at ${address} of pid ${pid}: ${extent(shift)} into pages of ${extent(pageShift)}`,
  example: { pid: 300, address: '0x7f00000000', shift: 21, pageShift: 12 }
})

const COLLECTORS = ['collect_procs_anon', 'collect_procs_file', 'collect_procs_ksm', 'collect_procs_fsdax'] as const
export type Collector = (typeof COLLECTORS)[number]

export const memoryFailureCollect = step({
  name: 'memory_failure.collect',
  level: 'detail',
  rule: 'shared/linux/mm/collect-procs.ts#collectProcs',
  data: closed({ ...mapped, tid: Pid, address: Type.Optional(mapped.address), by: Type.Enum([...COLLECTORS]) }),
  says: ({ pid, tid, address, shift }) =>
    `memory_failure() will signal thread ${pid}/${tid}${address === undefined ? ', at no address' : ` about ${address}, ${extent(shift)}`}`,
  example: { pid: 4242, tid: 4242, address: '0xffff80001000', shift: 12, by: 'collect_procs_anon' }
})

export const memoryFailureContext = step({
  name: 'memory_failure.context',
  level: 'detail',
  rule: 'shared/linux/mm/memory-failure-queue.ts#runSynchronousWork',
  data: closed({
    winner: Type.Enum(['kworker', 'task']),
    raced: Type.Boolean({ description: 'in this version either may come first' })
  }),
  says: ({ winner, raced }) => `memory_failure() runs in the ${winner}${raced ? ', which came first' : ''}`,
  example: { winner: 'kworker', raced: true }
})

export const serrorClassify = step({
  name: 'serror.classify',
  level: 'story',
  rule: 'shared/linux/arm64/serror.ts#classifySError',
  data: closed({ esr: U64, severity: Type.String() }),
  says: ({ esr, severity }) => `the SError with ESR ${esr} is ${severity}`,
  example: { esr: '0xbe000c11', severity: 'FATAL-TO-CONTEXT' }
})

export const taskEnd = step({
  name: 'task.end',
  level: 'story',
  mark: 'end',
  data: closed({
    pid: Pid,
    comm: Type.String(),
    signal: Type.Integer({ minimum: 0, description: 'that it died of; 0 when it exited' })
  }),
  says: ({ pid, comm, signal }) => `${comm} (pid ${pid}) ${signal === 0 ? 'exits' : `dies of signal ${signal}`}`,
  example: { pid: 1200, comm: 'redis', signal: 7 }
})

export const MM_STEPS = [
  pagePoison,
  memoryFailureResult,
  pageSoftOffline,
  pageMigrate,
  pageUnmap,
  thpSplit,
  memoryFailureCollect,
  memoryFailureContext,
  serrorClassify,
  taskEnd
]
