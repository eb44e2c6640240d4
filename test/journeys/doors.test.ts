import t from 'tap'
import { readScenarios, SHIPPED } from '../../cli/scenario/files.ts'
import { SYSCALL_RULES } from '../../shared/contracts/notes/kernel.ts'
import { noteType } from '../../shared/contracts/notes/registry.ts'
import { by } from '../../shared/contracts/caption.ts'
import {
  ADVICE,
  guestPageOffline,
  hostPageOffline,
  OFFLINE_FILES,
  processMadvise,
  processPrctl,
  taskMadvise,
  taskPrctl
} from '../../shared/contracts/system-calls.ts'
import { bootErrorsInstall, hestInstall, hestRead, memoryRead } from '../../shared/contracts/firmware.ts'
import { errorInject, routingSet, type ErrorInject } from '../../shared/contracts/hardware.ts'
import { exceptionTakeEl2, hostBoot, processAccess, SYSCTLS, sysctlSet } from '../../shared/contracts/host-kernel.ts'
import { kvmKick, kvmRun, kvmSetOneReg, kvmSetVcpuEvents, vcpuEsb } from '../../shared/contracts/kvm.ts'
import { KernelConfig } from '../../shared/contracts/kernel-config.ts'
import { memoryReport } from '../../shared/scenario/report-bytes.ts'
import { codeOf } from '../../shared/scenario/refused.ts'
import type { System } from '../../shared/machine-room/system.ts'
import { furnished } from '../support/furnished.ts'
import { readers, room } from '../support/room.ts'
import { services } from '../support/services.ts'

const M = 'm0'
const PROCESS = { pid: 119, hostVirtual: 0xffff_9a80_1000n, length: 0x1000n }
const TASK = { vm: 'vm0', pid: 1200, guestVirtual: 0xffff_9000_0000n, length: 0x1000n }

/** Each value that an interface offers, asked of host and guest. */
const ASKED: readonly (readonly [string, (system: System) => Promise<unknown>])[] = [
  ...ADVICE.flatMap(
    (advice) =>
      [
        [advice, (system: System) => system.ask(M, processMadvise, { ...PROCESS, advice })],
        [advice, (system: System) => system.ask(M, taskMadvise, { ...TASK, advice })]
      ] as const
  ),
  ...(['PR_MCE_KILL', 'PR_MCE_KILL_GET'] as const).flatMap(
    (option) =>
      [
        [option, (system: System) => system.ask(M, processPrctl, { pid: 119, option })],
        [option, (system: System) => system.ask(M, taskPrctl, { vm: 'vm0', pid: 1200, option })]
      ] as const
  ),
  ...OFFLINE_FILES.flatMap(
    (file) =>
      [
        [file, (system: System) => system.ask(M, hostPageOffline, { file, value: 0x7bf1_5000n })],
        [file, (system: System) => system.ask(M, guestPageOffline, { vm: 'vm0', file, value: 0x4000_1000n })]
      ] as const
  )
]

/** The rules named by the notes about system calls in a journal. */
async function rulesRun(system: System): Promise<readonly (readonly [unknown, unknown])[]> {
  const journal = await system.journal(M)
  return journal.flatMap(({ kind, type, data }) => {
    if (kind !== 'note' || !type.endsWith('.syscall')) return []
    return [[(data as { name: string }).name, by(noteType(type, data)?.rule, data as never)] as const]
  })
}

for (const where of ['in process', 'over HTTP'] as const) {
  void t.test(`${where}, every system call and file reaches the rule of its name, in host and guest`, async (t) => {
    for (const [name, ask] of ASKED) {
      const { system } = where === 'in process' ? room({ machines: [] }) : await services(t, { machines: [] })
      await system.createMachine(M)
      await furnished({ system })
      await ask(system)
      await system.settle()

      t.strictSame(await rulesRun(system), [[name, SYSCALL_RULES[name]]])
    }
  })
}

void t.test('every option of a .config is taken otherwise by a shipped scenario', (t) => {
  const read = readScenarios([SHIPPED])
  const scenarios = 'scenarios' in read ? read.scenarios.map(({ scenario }) => scenario) : []
  const named = scenarios.flatMap(({ machine }) => Object.keys(machine?.config ?? {}))

  t.strictSame(Object.keys(KernelConfig.properties).toSorted(), [...new Set(named)].toSorted())
  t.end()
})

void t.test('a sysctl that this kernel has not, or a value that it refuses, is refused', async (t) => {
  const { system } = room({ machines: [] })
  await system.createMachine(M)
  const set = (name: (typeof SYSCTLS)[number], value: number) =>
    system.ask(M, sysctlSet, { name, value }).then(
      () => 'taken',
      (refusal: unknown) => codeOf(refusal)
    )
  const named = async (linux: '6.1' | '6.12' | '7.3', config: object = {}) => {
    await system.tell(M, hostBoot, { linux, config })
    const taken = []
    for (const name of SYSCTLS) if ((await set(name, 1)) === 'taken') taken.push(name)
    return taken
  }
  const without = (...names: string[]) => SYSCTLS.filter((name) => !names.includes(name))

  t.strictSame(await named('6.1'), without('enable_soft_offline', 'panic_on_unrecoverable_memory_failure'))
  t.strictSame(await named('6.12'), without('panic_on_unrecoverable_memory_failure'))
  t.strictSame(await named('7.3'), SYSCTLS)
  t.strictSame(await named('7.3', { MEMORY_FAILURE: false }), ['panic_on_oops', 'panic'])
  t.strictSame([await set('panic', 30), await set('panic_on_oops', 2)], ['taken', 'taken'])
  await system.tell(M, hostBoot, {})
  t.equal(await set('memory_failure_early_kill', 2), 'field-invalid')
})

/** What a kernel-first host makes of each SError of its own process, by containment or by the ISS itself. */
const SERRORS: readonly (readonly [object, string])[] = [
  [{ containment: 'CE', severity: 'corrected', reportsCorrected: true }, 'SURVIVE'],
  [{ containment: 'UEO', severity: 'recoverable' }, 'SURVIVE'],
  [{ containment: 'UER', severity: 'recoverable' }, 'FATAL-TO-CONTEXT'],
  [{ containment: 'UEU', severity: 'fatal' }, 'FATAL-TO-CONTEXT'],
  [{ containment: 'UC', severity: 'fatal' }, 'UC'],
  [{ containment: 'UER', severity: 'recoverable', iss: 0x100_0000n }, 'NOT-RAS'],
  [{ containment: 'UER', severity: 'recoverable', iss: 0xc00n }, 'UC'],
  [{ containment: 'UER', severity: 'recoverable', iss: 0x1011n }, 'UC'],
  [{ containment: 'UER', severity: 'recoverable', iss: 0x2811n }, 'SURVIVE']
]

void t.test('every SError that hardware can raise is judged by its syndrome', async (t) => {
  for (const [error, severity] of SERRORS) {
    const { system } = room({ machines: [] })
    await system.createMachine(M)
    await furnished({ system })
    await system.tell(M, routingSet, { scrEl3Ea: false, hcrEl2Tea: true, hcrEl2Amo: true })
    const hostPhysical = 0x7bf1_5000n
    await system.tell(M, errorInject, { kind: 'memory', hostPhysical, signalled: 'SError', ...error } as ErrorInject)
    await system.tell(M, processAccess, { pid: 119, hostVirtual: PROCESS.hostVirtual, access: 'load' })
    await system.settle()

    const { notes } = readers(await system.journal(M))
    t.match(
      notes('host.step').find(({ name }) => name === 'serror.classify'),
      { data: { severity } }
    )
  }
})

void t.test(
  'an ESB of the guest takes the virtual SError that pends, or defers it where SErrors are masked',
  async (t) => {
    const vcpu = { vm: 'vm0', vcpu: 0 }
    const esb = async (pstate: bigint) => {
      const { system } = room({ machines: [] })
      await system.createMachine(M)
      await furnished({ system })
      const nothing = await system.ask(M, vcpuEsb, { ...vcpu, pstate })
      await system.ask(M, kvmKick, vcpu)
      await system.ask(M, kvmSetOneReg, { ...vcpu, reg: 'pstate', value: 0x3c5n })
      const events = { serror_pending: 1, serror_has_esr: 1, ext_dabt_pending: 0, serror_esr: 0xc11n }
      await system.ask(M, kvmSetVcpuEvents, { ...vcpu, ...events })
      await system.tell(M, kvmRun, vcpu)
      await system.settle()
      const first = await system.ask(M, vcpuEsb, { ...vcpu, pstate })
      await system.settle()
      const flows = readers(await system.journal(M)).notes('guest.flow')
      return { nothing, first, flows: flows.map(({ flow, esr }) => ({ flow, esr })) }
    }

    t.strictSame(await esb(0x3c5n), {
      nothing: { taken: false, disr_el1: 0n, isr_el1: 0n },
      first: { taken: false, disr_el1: 0x8000_0c11n, isr_el1: 0n },
      flows: []
    })
    t.strictSame(await esb(0x5n), {
      nothing: { taken: false, disr_el1: 0n, isr_el1: 0n },
      first: { taken: true, disr_el1: 0n, isr_el1: 0n },
      flows: [{ flow: 'SEI', esr: '0xbe000c11' }]
    })
  }
)

void t.test(
  'a boot error region is kept over another HEST, and is printed by the boot that follows, once',
  async (t) => {
    for (const where of ['in process', 'over HTTP'] as const) {
      const { system } = where === 'in process' ? room({ machines: [] }) : await services(t, { machines: [] })
      await system.createMachine(M)
      const { table } = await system.ask(M, hestRead, {})
      const bytes = memoryReport({ severity: 'fatal', threshold: false, physicalAddress: 0x4800_1000n })
      const { region, length } = await system.ask(M, bootErrorsInstall, { bytes })
      await system.ask(M, hestInstall, { table })
      t.strictSame(
        (await system.ask(M, memoryRead, { hostPhysical: region, length })).bytes.subarray(0, bytes.length),
        bytes
      )

      for (const found of [1, 0]) {
        const before = readers(await system.journal(M)).notes('host.printk').length
        await system.tell(M, hostBoot, {})
        await system.settle()
        const lines = readers(await system.journal(M))
          .notes('host.printk')
          .slice(before)
        const said = lines.filter(({ text }) => text === 'BERT: Total records found: 1')
        t.equal(said.length, found, where)
      }
    }
  }
)

void t.test('an abort of a host process goes to the handler of its fault status', async (t) => {
  const { system } = room({ machines: [] })
  await system.createMachine(M)
  await furnished({ system })
  const interrupted = {
    pid: 119,
    tid: 119,
    el: 0,
    pc: 0x40_0c10n,
    pstate: 0n,
    access: 'load' as const,
    virtual: PROCESS.hostVirtual + 1n,
    physical: 0x7bf1_5001n
  }
  const far = interrupted.virtual
  await system.tell(M, exceptionTakeEl2, { exception: 'SEA', el: 2, esr: 0x9200_0021n, far, interrupted })
  await system.settle()

  const [signal] = readers(await system.journal(M)).notes('host.signal')
  t.match(signal, { pid: 119, origin: 'do_mem_abort', info: { signo: 7, code: 1, address: '0xffff9a801001' } })
})

void t.test('prctl(PR_MCE_KILL) changes its thread alone, and PR_MCE_KILL_GET tells', async (t) => {
  const { system } = room({ machines: [] })
  await system.createMachine(M)
  await furnished({ system })
  const set = (arg2: number, arg3: number, arg4 = 0) =>
    system.ask(M, processPrctl, { pid: 119, option: 'PR_MCE_KILL', arg2, arg3, arg4 })
  const get = async () => (await system.ask(M, processPrctl, { pid: 119, option: 'PR_MCE_KILL_GET' })).ret
  const einval = { ret: -1, errno: 22 }

  t.equal(await get(), 2)
  t.strictSame(await set(1, 1), { ret: 0, errno: 0 })
  t.equal(await get(), 1)
  t.strictSame(await set(1, 0), { ret: 0, errno: 0 })
  t.equal(await get(), 0)
  t.strictSame(
    [await set(1, 3), await set(0, 1), await set(2, 0), await set(1, 1, 1)],
    [einval, einval, einval, einval]
  )
  t.strictSame(await set(0, 0), { ret: 0, errno: 0 })
  t.equal(await get(), 2)
})

void t.test('madvise answers what the system call answers', async (t) => {
  const { system } = room({ machines: [] })
  await system.createMachine(M)
  await furnished({ system })
  const ask = (more: object) =>
    system.ask(M, processMadvise, { ...PROCESS, advice: 'MADV_HWPOISON', ...more }).then(({ errno }) => errno)

  t.strictSame(
    [
      await ask({ capSysAdmin: false }),
      await ask({ hostVirtual: PROCESS.hostVirtual + 8n }),
      await ask({ length: 0n }),
      await ask({ hostVirtual: 0x1000n }),
      await ask({ length: 0x2000n }),
      await ask({})
    ],
    [1, 22, 0, 14, 14, 14]
  )
})
