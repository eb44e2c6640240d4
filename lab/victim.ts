import { hex } from '../shared/formats/hex.ts'
import { SIGBUS_CODE_NAME, BUS_MCEERR_AR, hasAddressLsb, SIGBUS } from '../shared/formats/siginfo.ts'
import { doSea } from '../shared/linux/arm64/do-sea.ts'
import type { Backing, SignalDelivery, Thread, Vma } from '../shared/linux/kernel/state.ts'
import type { NewProcess } from '../shared/linux/kernel/task.ts'
import { returnToUser } from '../shared/linux/kernel/signal.ts'
import { contextOf, runningProcess } from '../shared/linux/kernel/task.ts'
import { anonHugeKb, pagemap } from '../shared/linux/mm/page-table.ts'
import { kernelAccessForUser, userAccess } from '../shared/linux/arm64/user-access.ts'
import type { LabHost } from './host.ts'
import type { Ev } from './vmm-monitor.ts'

/** What a run could not choose. */
export interface VictimFacts {
  readonly pid: number
  readonly kind: string
  readonly policy: Thread['mceKill']
  /** The page it owns, and the page of /dev/mem that nothing answers at. */
  readonly virtual: bigint
  readonly physical: bigint
  readonly device: { readonly virtual: bigint; readonly physical: bigint } | undefined
  /** A huge page was asked for and the kernel gave small ones. */
  readonly small: boolean
}

const PAGE = 0x1000n
const HUGE = 0x20_0000n
const BACKING: Readonly<Record<string, Backing>> = {
  anon: 'anonymous',
  thp: 'thp',
  hugetlb: 'hugetlb-2m',
  shm: 'shmem'
}

/** The address in its page that it touches. */
const OFFSET = 0x18n
/** memset() of the page, as one int. */
const PATTERN = 0x5a5a5a5a
/** PCs in the program, which is the same in every recording: the loads and the store, and read() in its libc. */
const PC = { touch: '0x400c10', sea: '0x400c10', store: '0x400cc4', retry: '0x400d44', read: '0x4232ec' } as const

/** ESR_EL1: data abort, SEA, without syndrome; a store has WnR. The kernel's own load is `ldtr x3, [x1]`. */
const ESR_LOAD = 0x9200_0010n
const ESR_STORE = 0x9200_0050n
const ESR_COPY_FROM_USER = 0x97c3_8010n

/** A load that is tried so often without a signal never ends. */
const TRIES = 16
/** Signals after which `retry` gives up. */
const RETRIES = 4

export type Command = 'touch' | 'sea' | 'store' | 'retry' | 'syscall' | 'where'

/** The process as the kernel sees it: the page in question, and the device page. */
export function victimProcess({ pid, kind, policy, virtual, physical, device, small }: VictimFacts): NewProcess {
  const backing = small ? 'anonymous' : (BACKING[kind] ?? 'anonymous')
  const common = { dirty: true, mlocked: false, pinned: false }
  const huge = backing === 'thp' || backing === 'hugetlb-2m'
  // Frames of small pages lie anywhere: only the page in question is known.
  const offset = huge ? 5n * PAGE : 0n
  const page: Vma = {
    virtual: virtual - offset,
    physical: physical - offset,
    length: huge ? HUGE : PAGE,
    backing,
    ...common
  }
  const mapped =
    device === undefined
      ? []
      : [{ ...device, length: PAGE, backing: 'pfnmap' as const, ...common, dirty: false } satisfies Vma]
  const thread = { tid: pid, mceKill: policy, sigbus: { action: 'handler', blocked: false } as const }
  return { pid, comm: 'victim', vmas: [page, ...mapped], threads: [thread] }
}

/**
 * The process of the recordings: takes commands, and prints a line for each and for every SIGBUS.
 *
 * Spec: the recordings' own victim.c and common.h.
 * Fidelity: exact for the lines; contents of the page are those it was filled with, or a store's.
 */
export function createVictim(host: LabHost, facts: VictimFacts, failing: ReadonlySet<bigint>) {
  const { k } = host
  const { pid, virtual, device } = facts
  let lines: Ev[] = []
  let pc: string = PC.read
  let faultAddress = 0n
  let armed = false
  let jumped = false
  let retries = 0
  let stored: number | undefined

  function handler({ tid, info }: SignalDelivery): void {
    lines.push({
      ev: 'sigbus',
      tid,
      pid,
      si_signo: info.signo,
      si_errno: 0,
      si_code: info.code,
      code: info.code < 6 ? (SIGBUS_CODE_NAME.get(info.code) ?? 'other') : 'other',
      si_addr: hex(info.address ?? 0n),
      si_addr_lsb: hasAddressLsb(info.signo, info.code) ? (info.addressLsb ?? 0) : -1,
      pc,
      fault_address: hex(faultAddress)
    })
    if (armed) {
      armed = false
      jumped = true
    } else if (retries > 0 && --retries === 0) jumped = true
  }

  host.onSignal = (delivery) => {
    if (delivery.pid !== pid || delivery.effect !== 'handler' || delivery.info.signo !== SIGBUS) return
    // What the handler finds in its context is the thread's last fault that ended in a signal.
    if (delivery.origin === 'do_page_fault' && delivery.info.code === BUS_MCEERR_AR) {
      faultAddress = delivery.info.address ?? 0n
    } else if (delivery.origin === 'do_sea') faultAddress = 0n
    handler(delivery)
  }

  const context = () => {
    const process = runningProcess(k, pid)
    return process === undefined ? undefined : contextOf(process, pid, 0)
  }

  const aborts = (physical: bigint) =>
    failing.has(physical >> 12n) || (device !== undefined && physical >> 12n === device.physical >> 12n)

  /** Runs one instruction until it is done, a handler jumps away, or the process is gone. Says whether it is done. */
  function access(address: bigint, kind: 'load' | 'store'): boolean {
    jumped = false
    for (let tries = 0; tries < TRIES && !jumped; tries++) {
      returnToUser(k, pid)
      const ctx = context()
      if (ctx === undefined || k.panic !== undefined) return false
      const result = userAccess(k, ctx, { virtual: address, kind })
      if (result.outcome === 'fault') continue
      if (!aborts(result.physical)) return true
      doSea(k, ctx, { esr: kind === 'load' ? ESR_LOAD : ESR_STORE, far: address, userMode: true })
    }
    return false
  }

  function syscall(): Ev | undefined {
    const ctx = context()
    if (ctx === undefined) return undefined
    const result = kernelAccessForUser(k, ctx, { virtual: virtual + OFFSET, kind: 'load' })
    if (result.outcome === 'fault') return { ev: 'did', cmd: 'syscall', value: -1, errno: result.errno }
    if (!aborts(result.physical)) return { ev: 'did', cmd: 'syscall', value: 64, errno: 0 }
    doSea(k, ctx, { esr: ESR_COPY_FROM_USER, far: virtual + OFFSET, userMode: false })
    return undefined
  }

  function where(): Ev | undefined {
    const process = runningProcess(k, pid)
    if (process === undefined) return undefined
    return { ev: 'where', pa: hex(pagemap(k, process, virtual)), anon_huge_kb: anonHugeKb(k, process, virtual) }
  }

  /** Gives up without a line when nothing ends the access, as the recordings' driver does. */
  function load(command: 'touch' | 'sea' | 'retry'): Ev | undefined {
    const target = command === 'sea' ? (device?.virtual ?? 0n) : virtual
    armed = command !== 'retry'
    retries = command === 'retry' ? RETRIES : 0
    const done = access(target + OFFSET, 'load')
    armed = false
    if (!done && !jumped) return undefined
    const read = stored ?? PATTERN
    const otherwise = command === 'retry' ? 0 : -1
    return { ev: 'did', cmd: command, value: done ? read : otherwise }
  }

  function store(): Ev | undefined {
    armed = true
    const done = access(virtual + OFFSET, 'store')
    armed = false
    if (done) stored = 7
    return done || jumped ? { ev: 'did', cmd: 'store' } : undefined
  }

  function execute(command: Command): Ev | undefined {
    switch (command) {
      case 'touch':
      case 'sea':
      case 'retry':
        return load(command)
      case 'store':
        return store()
      case 'syscall':
        return syscall()
      case 'where':
        return where()
    }
  }

  return {
    facts,
    /** Lines since the last time. */
    take(): readonly Ev[] {
      const taken = lines
      lines = []
      return taken
    },
    /** A command through the FIFO, and the lines up to its end. */
    command(command: Command): readonly Ev[] {
      pc = command === 'where' || command === 'syscall' ? PC.read : PC[command]
      const answer = execute(command)
      pc = PC.read
      if (answer !== undefined) lines.push(answer)
      return this.take()
    }
  }
}
export type VictimProgram = ReturnType<typeof createVictim>
