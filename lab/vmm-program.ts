import { madviseInjectError, MADV_HWPOISON } from '../shared/linux/mm/madvise-hwpoison.ts'
import { enableCap, checkExtension } from '../shared/linux/kvm/check-extension.ts'
import { blockSigbus } from '../shared/linux/kernel/signal.ts'
import { PR_MCE_KILL, PR_MCE_KILL_EARLY, PR_MCE_KILL_SET, prctlMceKill } from '../shared/linux/kernel/prctl-mce-kill.ts'
import { createThread, runningProcess, contextOf } from '../shared/linux/kernel/task.ts'
import { mmapFixed } from '../shared/linux/mm/vma.ts'
import { COMMAND } from './guest-program.ts'
import type { KvmMachine } from './kvm-machine.ts'
import type { VmmArguments } from './kvm-arguments.ts'
import type { LabHost } from './host.ts'
import { CODE, DEVM, TEST, type Monitor } from './vmm-monitor.ts'

/** IPA that no slot backs and that is no report register. */
const UNBACKED = 0x2000_0010n
const PAGE = 4096n

/** What the run could not choose: taken from the recording's set-up. */
export interface RunFacts {
  readonly pid: number
  /** Thread that only waits, of `spin-thread`. */
  readonly idleTid: number | undefined
  /** The line the program prints when it is ready, as it was. */
  readonly ready: Readonly<Record<string, string | number>>
  readonly codeVirtual: bigint
  readonly test: {
    readonly virtual: bigint
    readonly length: bigint
    readonly offset: bigint
    readonly physical: bigint
  }
  readonly device: { readonly virtual: bigint; readonly length: bigint }
  readonly record: { readonly source: number; readonly block: Uint8Array } | undefined
}

export interface Run {
  readonly host: LabHost
  readonly machine: KvmMachine
  readonly monitor: Monitor
  readonly facts: RunFacts
  /** Physical pages whose every access is answered with an external abort. */
  readonly failing: Set<bigint>
}

/**
 * The monitor's main(): one command.
 *
 * Spec: the recordings' own vmm.c.
 * Fidelity: exact for the order of what is printed.
 */
export function runMonitor(run: Run, args: VmmArguments): void {
  const { monitor: m, host, machine, facts } = run
  const setup = (command: number, address: bigint, masked: boolean) =>
    m.setup(facts.codeVirtual, command, address, masked)
  switch (args.mode) {
    case 'caps':
      setup(COMMAND.ids, 0n, true)
      m.out({
        ev: 'caps',
        vcpu_events: checkExtension(host.k, 'KVM_CAP_VCPU_EVENTS'),
        inject_serror_esr: checkExtension(host.k, 'KVM_CAP_ARM_INJECT_SERROR_ESR'),
        inject_ext_dabt: checkExtension(host.k, 'KVM_CAP_ARM_INJECT_EXT_DABT'),
        nisv_to_user: checkExtension(host.k, 'KVM_CAP_ARM_NISV_TO_USER'),
        user_mem: checkExtension(host.k, 'KVM_CAP_USER_MEMORY')
      })
      m.go()
      break
    case 'serror':
      setup(COMMAND.spin, CODE, false)
      m.getEvents('before')
      m.inject({ esr: args.esr }, false)
      m.getEvents('after_set')
      m.go()
      m.getEvents('after_run')
      break
    case 'serror-masked': {
      setup(COMMAND.unmask, 0n, true)
      m.inject({ esr: args.esr }, false)
      m.getEvents('after_set')
      const reason = m.go()
      m.getEvents('guest_masked_ran')
      if (reason === 'ready') m.go()
      m.getEvents('after_run')
      break
    }
    case 'serror-esb': {
      setup(COMMAND.esb, 0n, true)
      m.inject({ esr: args.esr }, false)
      const reason = m.go()
      m.getEvents('guest_masked_ran')
      if (reason === 'ready') m.go()
      m.getEvents('after_esb')
      break
    }
    case 'serror-el0':
    case 'dabt-el0':
      setup(COMMAND.eret0, 0n, false)
      m.go()
      if (args.mode === 'serror-el0') m.inject({ esr: args.esr }, false)
      else m.inject(undefined, true)
      m.getEvents('after_set')
      m.go()
      m.getEvents('after_run')
      break
    case 'dabt':
      setup(COMMAND.unmask, 0n, false)
      m.go()
      m.inject(undefined, true)
      m.getEvents('after_set')
      m.out({ ev: 'pc', value: m.pc() })
      m.go()
      m.getEvents('after_run')
      break
    case 'dabt-serror':
      setup(COMMAND.spin, CODE, false)
      m.go()
      m.inject({ esr: args.esr }, true)
      m.getEvents('after_set')
      m.go()
      m.getEvents('after_run')
      break
    case 'dabt-mmio':
      setup(COMMAND.load, UNBACKED, false)
      m.go()
      m.inject(undefined, true)
      m.go()
      break
    case 'unmapped':
      setup(COMMAND.load, UNBACKED, false)
      m.go()
      break
    case 'nisv': {
      setup(COMMAND.ldp, UNBACKED, false)
      m.go()
      const { vm, result } = enableCap(host.k, machine.vm, 'KVM_CAP_ARM_NISV_TO_USER')
      machine.vm = vm
      m.out({ ev: 'enable_nisv', ret: result.ret })
      m.go()
      m.inject(undefined, true)
      m.go()
      break
    }
    case 'guest-sea':
      guestSea(run, setup)
      break
    case 'poison':
      poison(run, args, setup)
      break
  }
  m.out({ ev: 'exit' })
}

type Setup = (command: number, address: bigint, masked: boolean) => void

/** The guest loads from device memory that nothing answers. */
function guestSea({ monitor: m, host, facts }: Run, setup: Setup): void {
  setup(COMMAND.load, DEVM + 0x10n, false)
  m.slot(2, DEVM, facts.device.virtual, facts.device.length)
  m.out({ ev: 'ready', ...facts.ready })
  if (facts.record !== undefined) host.put(facts.record.source, facts.record.block)
  const reason = m.go()
  m.getEvents('after_run')
  if (reason !== 'signal') return
  m.go()
  m.getEvents('after_run2')
}

/** A page of the guest goes bad, and the guest touches it. */
function poison(run: Run, args: Extract<VmmArguments, { mode: 'poison' }>, setup: Setup): void {
  const { monitor: m, host, machine, facts, failing } = run
  const { pid, test, record } = facts
  const spin = args.action === 'spin' || args.action === 'spin-thread'
  const early = () => void prctlMceKill(host.k, pid, pid, PR_MCE_KILL, [PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0])
  if (args.policy !== 'default' && args.action !== 'spin-thread') early()
  setup(commandOf(args.action), TEST + test.offset + 0x20n, false)
  m.slot(1, TEST, test.virtual, test.length)
  if (args.action === 'spin-thread') {
    const tid = facts.idleTid ?? pid + 1
    createThread(host.k, pid, tid)
    m.out({ ev: 'thread', tid })
    early()
  }
  if (spin) m.go()
  m.out({ ev: 'ready', ...facts.ready })

  const page = test.virtual + test.offset
  switch (args.how) {
    case 'madvise': {
      const ret = m.during('madvise', () => madvise(run, page))
      m.out({ ev: 'madvise', ret: ret < 0 ? -1 : 0, errno: ret < 0 ? -ret : 0, sigbus: m.signals() })
      break
    }
    case 'cper':
      if (record !== undefined) {
        host.put(record.source, record.block)
        if (spin) machine.whileSpinning.push(() => host.poll(record.source))
        else m.during('nanosleep', () => host.poll(record.source))
      }
      if (!spin) m.out({ ev: 'unmapped', sigbus: m.signals() })
      break
    case 'sea':
      if (record !== undefined) host.put(record.source, record.block)
      failing.add(test.physical >> 12n)
      break
  }
  if (args.action === 'blocked') blockSigbus(host.k, pid, pid, true)

  const reason = m.go()
  if (reason === 'signal') {
    if (args.action === 'remap') {
      m.out({ ev: 'remap', ok: mmapFixed(host.k, pid, page, PAGE) === 0 ? 1 : 0 })
    } else if (!spin) {
      m.inject(undefined, true)
      m.getEvents('after_set')
    }
    m.go()
  }
  m.getEvents('end')
}

function commandOf(action: Extract<VmmArguments, { mode: 'poison' }>['action']): number {
  switch (action) {
    case 'store':
      return COMMAND.store
    case 'ifetch':
      return COMMAND.ifetch
    case 'spin':
    case 'spin-thread':
      return COMMAND.spin
    case 'load':
    case 'remap':
    case 'blocked':
      return COMMAND.load
  }
}

function madvise({ host, facts }: Run, page: bigint): number {
  const process = runningProcess(host.k, facts.pid)
  if (process === undefined) throw new Error(`no process ${facts.pid}`)
  return madviseInjectError(host.k, contextOf(process, facts.pid, 0), MADV_HWPOISON, page, PAGE)
}
