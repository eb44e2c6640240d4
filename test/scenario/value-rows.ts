import { FRAME_KINDS } from '../../shared/contracts/host-kernel.ts'
import type { ScenarioFile } from '../../shared/scenario/schema.ts'

/** For every value of an enum the rule that a run with it has to apply, as the notes of the trace name it. */

export type Scenario = Omit<ScenarioFile, 'seabus' | 'title'>
/** A note by its rule, and what its data hold; of a kernel step its own data. */
export interface Reaches {
  readonly scenario: Scenario
  readonly rule: string
  readonly with?: object
  /** A line that the kernel prints then. */
  readonly prints?: string
  /** A rule that it must not reach. */
  readonly never?: string
  /** A further rule on the way, that tells the value from others. */
  readonly also?: { readonly rule: string; readonly with: object }
}
/** The layer that refuses the value, with the problem. */
export interface Refused {
  readonly scenario: Scenario
  readonly refused: RegExp
}
export type Row = Reaches | Refused
type Rows<Values extends string> = Readonly<Record<Values, Row>>

const SIGNAL = { mm: 'shared/linux/mm/kill-procs.ts#killProc', fault: 'shared/linux/arm64/user-access.ts#userAccess' }
const RESULT = 'shared/linux/mm/action-result.ts#actionResult'
const POISON = 'shared/linux/mm/memory-failure.ts#memoryFailure'
const PUBLISH = 'services/firmware/publish.ts#publish'
const SOFT = 'shared/linux/mm/soft-offline.ts#softOfflinePage'
const FIRMWARE_PANIC = 'services/firmware/take-exception.ts#takeException'
const PANIC = 'shared/linux/kernel/panic.ts#panic'

/** One process of a host; its page is consumed by SEA. */
function native(process: object, poison: object = {}, machine: object = {}): Scenario {
  return {
    machine: { linux: '7.3', notify: { recoverable: 'SEA' }, ...machine },
    vms: [],
    processes: [{ name: 'p', sigbus: 'handler', ...process }],
    steps: [{ touch: 'p' }, { poison: { task: 'p', exception: 'SEA', ...poison } }, { touch: 'p' }, { wait: '3s' }]
  }
}
/** A record about the page of a process is polled; the process touches it afterwards. */
function reported(process: object, machine: object = {}, steps: readonly object[] = []): Scenario {
  return {
    machine: { linux: '7.3', ...machine },
    vms: [],
    processes: [{ name: 'p', sigbus: 'handler', ...process }],
    steps: [...steps, { touch: 'p' }, { report: { task: 'p', source: 1 } }, { wait: '3s' }, { touch: 'p' }]
  }
}
const taken = (type: string, scenario: Scenario): Reaches => ({ scenario, rule: RESULT, with: { type } })
const COLLECT = 'shared/linux/mm/collect-procs.ts#collectProcs'
const backed = (backing: string, type: string, by: string, size = '2M'): Reaches => ({
  ...taken(type, native({ backing, size })),
  also: { rule: COLLECT, with: { by } }
})
/** Kinds that memory_failure() is done with before it looks at mappings. */
const PLACED_EARLY: ReadonlySet<string> = new Set(
  FRAME_KINDS.filter((kind) => kind !== 'dax' && !kind.startsWith('file-'))
)
const frame = (kind: string, type: string): Reaches => ({
  ...taken(type, {
    machine: { linux: '7.3', frames: [{ start: '0x50000000', end: '0x50001000', kind }] },
    vms: [],
    steps: [{ report: { hostPhysical: '0x50000000', source: 1 } }, { wait: '3s' }]
  } as Scenario),
  ...(PLACED_EARLY.has(kind) ? { also: { rule: POISON, with: { kind } } } : {})
})
const notified = (notify: string): Reaches => ({
  scenario: native({}, {}, { linux: '6.1', notify: { recoverable: notify } }),
  rule: PUBLISH,
  with: { notify }
})
const notChosen = (notify: string, refused: RegExp): Refused => ({
  scenario: native({}, {}, { notify: { recoverable: notify } }),
  refused
})
const serror = (containment: string, severity: string, row: Pick<Reaches, 'rule' | 'with'>): Reaches => ({
  scenario: native({}, { exception: 'SError', containment, severity }, { routing: 'kernel-first' }),
  ...row
})
/** The host kills early whoever has not said otherwise. */
const signalled = (process: object, rule: string, effect: object): Reaches => ({
  scenario: reported(process, { sysctl: { memory_failure_early_kill: 1 } }),
  rule,
  with: effect
})
const sysctl = (
  scenario: (machine: object) => Scenario,
  name: string,
  value: number,
  row: Pick<Reaches, 'rule' | 'with'>
) => ({
  scenario: scenario({ sysctl: { [name]: value } }),
  ...row
})
const SLAB = { frames: [{ start: '0x50000000', end: '0x50001000', kind: 'slab' }] }

const BACKINGS: Rows<string> = {
  anonymous: backed('anonymous', 'dirty LRU page', 'collect_procs_anon'),
  thp: { scenario: native({ backing: 'thp', size: '2M' }), rule: 'shared/linux/mm/hwpoison-user-mappings.ts#splitThp' },
  shmem: backed('shmem', 'dirty LRU page', 'collect_procs_file'),
  file: taken('clean LRU page', native({ backing: 'file', dirty: false })),
  ksm: backed('ksm', 'dirty LRU page', 'collect_procs_ksm'),
  'swap-cache': backed('swap-cache', 'dirty swapcache page', 'collect_procs_anon'),
  'hugetlb-64k': backed('hugetlb-64k', 'huge page', 'collect_procs_anon'),
  'hugetlb-2m': backed('hugetlb-2m', 'huge page', 'collect_procs_anon'),
  'hugetlb-32m': backed('hugetlb-32m', 'huge page', 'collect_procs_anon', '32M'),
  'hugetlb-1g': taken('huge page', gigantic('hugetlb-1g')),
  'hugetlb-shared-2m': backed('hugetlb-shared-2m', 'huge page', 'collect_procs_file'),
  'hugetlb-shared-1g': taken('huge page', gigantic('hugetlb-shared-1g')),
  pfnmap: {
    ...taken('free buddy page', native({ backing: 'pfnmap', size: '4K' })),
    also: { rule: POISON, with: { kind: 'free' } }
  },
  dax: backed('dax', 'dax page', 'collect_procs_fsdax', '4K')
}

/** A page of 1 GiB wants RAM for itself. */
function gigantic(backing: string): Scenario {
  const memory = [
    { start: '0x40000000', end: '0x80000000' },
    { start: '0x100000000', end: '0x200000000' }
  ]
  return native({ backing, size: '1G' }, {}, { memory })
}

/** What a release of TF-A does with an SEA that is an ordinary one; test/journeys/firmware-profiles tells all apart. */
const released = (firmware: string, row: Pick<Reaches, 'rule' | 'never'>): Reaches => ({
  scenario: native({}, {}, { firmware }),
  ...row
})

export const ROWS: readonly Rows<string>[] = [
  BACKINGS,
  {
    'tf-a-2.12': released('tf-a-2.12', { rule: PUBLISH, never: FIRMWARE_PANIC }),
    'tf-a-2.14': released('tf-a-2.14', { rule: PUBLISH, never: FIRMWARE_PANIC }),
    'tf-a-2.15': released('tf-a-2.15', { rule: FIRMWARE_PANIC }),
    'tf-a-2026-08': released('tf-a-2026-08', { rule: FIRMWARE_PANIC })
  },
  {
    free: frame('free', 'free buddy page'),
    reserved: frame('reserved', 'reserved kernel page'),
    slab: frame('slab', 'reserved kernel page'),
    'page-table': frame('page-table', 'reserved kernel page'),
    'kernel-text': frame('kernel-text', 'reserved kernel page'),
    'kernel-data': frame('kernel-data', 'reserved kernel page'),
    'zero-page': frame('zero-page', 'reserved kernel page'),
    'kernel-page': frame('kernel-page', 'get hwpoison page'),
    'high-order-kernel': frame('high-order-kernel', 'high-order kernel page'),
    'free-hugetlb': frame('free-hugetlb', 'free huge page'),
    dax: frame('dax', 'dax page'),
    'file-clean': frame('file-clean', 'clean LRU page'),
    'file-dirty': frame('file-dirty', 'dirty LRU page')
  },
  {
    POLLED: notified('POLLED'),
    EXTERNAL: notified('EXTERNAL'),
    LOCAL: notChosen('LOCAL', /request-unsupported/),
    SCI: notChosen('SCI', /state-conflict/),
    NMI: notChosen('NMI', /request-unsupported/),
    CMCI: notChosen('CMCI', /request-unsupported/),
    MCE: notChosen('MCE', /request-unsupported/),
    GPIO: notChosen('GPIO', /state-conflict/),
    SEA: notified('SEA'),
    SEI: notified('SEI'),
    GSIV: notified('GSIV'),
    SDEI: notified('SDEI')
  },
  {
    recoverable: { scenario: native({}), rule: POISON },
    fatal: { scenario: native({}, { severity: 'fatal' }), rule: PANIC },
    corrected: { scenario: native({}, { severity: 'corrected' }), rule: PUBLISH, with: { severity: 'corrected' } },
    none: { scenario: native({}, { severity: 'none' }), refused: /error-impossible/ }
  },
  {
    UC: serror('UC', 'fatal', { rule: PANIC }),
    UEU: serror('UEU', 'recoverable', { rule: PANIC }),
    UEO: serror('UEO', 'recoverable', {
      rule: 'shared/linux/arm64/serror.ts#classifySError',
      with: { severity: 'SURVIVE' }
    }),
    UER: serror('UER', 'recoverable', { rule: PANIC }),
    CE: serror('CE', 'corrected', { rule: PUBLISH, with: { severity: 'corrected' } })
  },
  {
    memory: { scenario: native({}), rule: POISON },
    cache: { scenario: native({}, { kind: 'cache' }), rule: POISON },
    tlb: { scenario: native({}, { kind: 'tlb' }), rule: 'shared/linux/apei/ghes-do-proc.ts#ghesDoProc' },
    bus: { scenario: native({}, { kind: 'bus' }), rule: 'shared/linux/apei/ghes-do-proc.ts#ghesDoProc' }
  },
  {
    SEA: { scenario: native({}, { exception: 'SEA' }), rule: 'shared/linux/apei/apei-claim-sea.ts#apeiClaimSea' },
    SError: serror('UER', 'recoverable', { rule: 'shared/linux/arm64/serror.ts#classifySError' })
  },
  {
    early: signalled({ mceKill: 'early' }, SIGNAL.mm, { info: { code: 5 } }),
    late: { ...signalled({ mceKill: 'late' }, SIGNAL.fault, { info: { code: 4 } }), never: SIGNAL.mm },
    default: signalled({ mceKill: 'default' }, SIGNAL.mm, { info: { code: 5 } })
  },
  {
    handler: signalled({ mceKill: 'early', sigbus: 'handler' }, SIGNAL.mm, { effect: 'handler' }),
    default: signalled({ mceKill: 'early', sigbus: 'default' }, SIGNAL.mm, { effect: 'killed' }),
    ignore: signalled({ mceKill: 'early', sigbus: 'ignore' }, SIGNAL.mm, { effect: 'ignored' })
  },
  {
    memory_failure_early_kill: sysctl((machine) => reported({}, machine), 'memory_failure_early_kill', 1, {
      rule: SIGNAL.mm,
      with: { info: { code: 5 } }
    }),
    memory_failure_recovery: sysctl((machine) => reported({}, machine), 'memory_failure_recovery', 0, { rule: PANIC }),
    enable_soft_offline: sysctl((machine) => offlined(machine), 'enable_soft_offline', 0, {
      rule: 'shared/linux/mm/offline-files.ts#writeOfflineFile',
      with: { errno: 95 }
    }),
    panic_on_oops: sysctl((machine) => oopsing(machine), 'panic_on_oops', 1, { rule: PANIC }),
    panic: {
      scenario: native({}, { severity: 'fatal' }, { sysctl: { panic: 7 } }),
      rule: PANIC,
      prints: 'Rebooting in 7 seconds..'
    },
    panic_on_unrecoverable_memory_failure: {
      scenario: {
        machine: { linux: '7.3', ...SLAB, sysctl: { panic_on_unrecoverable_memory_failure: 1 } },
        vms: [],
        steps: [{ report: { hostPhysical: '0x50000000', source: 1 } }, { wait: '3s' }]
      } as Scenario,
      rule: PANIC
    }
  },
  {
    MADV_HWPOISON: { scenario: advised('MADV_HWPOISON'), rule: POISON },
    MADV_SOFT_OFFLINE: { scenario: advised('MADV_SOFT_OFFLINE'), rule: SOFT },
    MADV_DONTNEED: { scenario: advised('MADV_DONTNEED'), rule: 'shared/linux/mm/vma.ts#madviseDontneed' }
  },
  {
    soft_offline_page: { scenario: written('soft_offline_page'), rule: SOFT },
    hard_offline_page: { scenario: written('hard_offline_page'), rule: POISON },
    'corrupt-pfn': { scenario: written('corrupt-pfn'), rule: POISON }
  },
  {
    kworker: { scenario: native({}, {}, { linux: '6.1', syncWinner: 'kworker' }), rule: SIGNAL.fault },
    task: { scenario: native({}, {}, { linux: '6.1', syncWinner: 'task' }), rule: SIGNAL.mm }
  },
  {
    'firmware-first': { scenario: native({}, {}, { routing: 'firmware-first' }), rule: PUBLISH },
    'kernel-first': {
      scenario: native({}, {}, { routing: 'kernel-first' }),
      rule: 'shared/linux/arm64/do-sea.ts#doSea'
    }
  },
  {
    raise: { scenario: stored('raise'), rule: SIGNAL.fault },
    defer: { scenario: stored('defer'), rule: POISON }
  }
]

function offlined(machine: object): Scenario {
  return { ...written('soft_offline_page'), machine: { linux: '7.3', ...machine } }
}
/** The kernel itself takes the abort, in a system call of the process. */
function oopsing(machine: object): Scenario {
  const steps = [{ touch: 'p' }, { poison: { task: 'p', exception: 'SEA' } }, { touch: { task: 'p', via: 'syscall' } }]
  const notify = { recoverable: 'SEA' }
  return { machine: { linux: '7.3', notify, ...machine }, vms: [], processes: ['p'], steps } as Scenario
}
function advised(advice: string): Scenario {
  return {
    machine: { linux: '7.3' },
    vms: [],
    processes: ['p'],
    steps: [{ madvise: { task: 'p', advice } }]
  } as Scenario
}
function written(file: string): Scenario {
  return { machine: { linux: '7.3' }, vms: [], processes: ['p'], steps: [{ offline: { task: 'p', file } }] } as Scenario
}
function stored(stores: string): Scenario {
  const steps = [
    { touch: 'p' },
    { poison: { task: 'p', exception: 'SEA', stores } },
    { touch: { task: 'p', access: 'store' } }
  ]
  return { vms: [], processes: ['p'], steps: [...steps, { wait: '3s' }] } as Scenario
}
