import t from 'tap'
import { runInProcess } from '../../cli/scenario/in-process.ts'
import { LinuxVersion } from '../../shared/contracts/common.ts'
import { SIGNAL_NAMES } from '../../shared/contracts/notes/kernel.ts'
import { SIGBUS_CODE_NAME } from '../../shared/formats/siginfo.ts'
import { ENDINGS } from '../../shared/trace/actors.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { VM_STATES } from '../../shared/trace/parties.ts'
import { contractEnums } from '../support/contract-enums.ts'
import { ROWS } from './value-rows.ts'

/** Enums whose values choose no rule of a model by themselves, or that another test walks. */
const ELSEWHERE: Readonly<Record<string, readonly (readonly unknown[])[]>> = {
  'versions of the kernel: test/linux walks VERSIONS': [
    LinuxVersion.enum,
    [...LinuxVersion.enum.filter((name) => String(Number(name)) === name).map(Number), ...LinuxVersion.enum]
  ],
  'page sizes: test/linux/mm/memory-failure-outcomes.test.ts': [
    [4096, 16384, 65536],
    [4096, 65536]
  ],
  'how an access is made, and what it ends in: test/hardware': [
    ['load', 'store', 'fetch'],
    ['SEA', 'SError', 'stage-2-fault'],
    ['user', 'syscall'],
    ['user', 'syscall', 'walk']
  ],
  'PR_MCE_KILL: test/journeys/doors.test.ts': [
    ['PR_MCE_KILL', 'PR_MCE_KILL_GET'],
    ['early', 'late', 'default', 'clear'],
    ['host', 'guest']
  ],
  'ioctls of KVM: test/linux/kvm': [
    ['KVM_CAP_ARM_NISV_TO_USER', 'KVM_CAP_ARM_SEA_TO_USER'],
    ['pc', 'pstate', 'elr_el1', 'spsr_el1', 'sctlr_el1', 'esr_el1', 'far_el1', 'vbar_el1'],
    ['panic', 'system-off', 'system-reset']
  ],
  'VMMs and their decisions: test/vmm and test/policy': [
    [
      'reference',
      'qemu-10.0',
      'qemu-10.2',
      'qemu-11.0',
      'kvmtool',
      'cloud-hypervisor',
      'firecracker',
      'crosvm',
      'sea-exit'
    ],
    ['inject-sea', 'inject-serror', 'notify-interrupt', 'notify-poll', 'ignore', 'remap', 'stop-vm', 'kill-vmm'],
    ['virt-10.1', 'virt-10.2'],
    ['BUS_MCEERR_AR', 'BUS_MCEERR_AO', 'KVM_EXIT_ARM_SEA', 'other'],
    ['data-abort', 'instruction-abort', 'serror', 'other']
  ],
  'what a scenario says of the end, or whom a step is for': [
    ['hardware', 'firmware', 'host-kernel', 'vmm', 'policy', 'guest'],
    [
      'recovered',
      'process killed',
      'guest panic',
      'avoidable panic',
      'VM lost',
      'host panic',
      'livelock',
      'nobody told',
      'silent corruption'
    ],
    ['running', 'panicked', 'halted'],
    ['running', 'panicked'],
    ['running', 'migrated', 'off', 'gone', 'panicked', 'none'],
    ['running', 'migrated', 'off', 'gone', 'panicked'],
    ['kernel-panicked', 'rebooted', 'platform-halted'],
    [...VM_STATES, 'none'],
    VM_STATES,
    ENDINGS,
    [...SIGBUS_CODE_NAME.values()],
    SIGNAL_NAMES,
    ['SEA', 'SEI']
  ]
}

const known = new Set([
  ...Object.values(ELSEWHERE).flatMap((lists) => lists.map((list) => JSON.stringify(list))),
  ...ROWS.map((rows) => JSON.stringify(Object.keys(rows)))
])

for (const { values, places } of contractEnums()) {
  void t.test(`each of ${values.join(', ')} has its rule in the table`, async (t) => {
    t.ok(known.has(JSON.stringify(values)), places.join(', '))
  })
}

/** A note as the table speaks of it: a step of a kernel is its own data. */
function noted({ data }: WireEntry): object {
  const { type, data: inner } = (data ?? {}) as { readonly type?: string; readonly data?: object }
  return type === 'step' ? (inner ?? {}) : (data ?? {})
}

/** Whether an object holds all that another one says. */
function holds(whole: unknown, part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return whole === part
  return Object.entries(part).every(([key, value]) =>
    holds((whole as Record<string, unknown> | undefined)?.[key], value)
  )
}

for (const rows of ROWS) {
  for (const [value, row] of Object.entries(rows)) {
    const run = () => runInProcess({ seabus: 1, title: value, ...row.scenario })
    if ('refused' in row) {
      void t.test(`${value} of ${Object.keys(rows).join(', ')} is refused by name`, async (t) => {
        await t.rejects(run(), { message: row.refused })
      })
      continue
    }
    void t.test(`${value} of ${Object.keys(rows).join(', ')} reaches ${row.rule}`, async (t) => {
      const { journal } = await run()
      const by = (rule: string) => journal.filter((entry) => entry.kind === 'note' && entry.rule === rule)
      const reaches = (wanted: { readonly rule: string; readonly with?: object }) =>
        by(wanted.rule).some((entry) => holds(noted(entry), wanted.with ?? {}))
      const rules = [...new Set(journal.flatMap(({ rule }) => (rule === undefined ? [] : [rule])))]
      t.ok(reaches(row), { found: by(row.rule).map(noted), rules })
      if (row.also !== undefined) t.ok(reaches(row.also), { found: by(row.also.rule).map(noted), rules })
      if (row.never !== undefined) t.same(by(row.never), [])
      if (row.prints !== undefined) {
        const printed = journal.flatMap(({ type, data }) =>
          type === 'host.printk' ? [(data as { text: string }).text] : []
        )
        t.ok(printed.includes(row.prints), { printed })
      }
    })
  }
}
