import t from 'tap'
import { guestModel } from '../../services/guest/model.ts'
import { hostKernelModel } from '../../services/host-kernel/model.ts'
import { vmmModel } from '../../services/vmm/model.ts'
import { BOUNDS, type BoundName } from '../../shared/contracts/bounds.ts'
import type { Effect } from '../../shared/model/step.ts'
import { ack, machine as firmware } from '../firmware/support.ts'
import { GUEST_LOAD, LINE, MAP, MEMORY_ERROR, machine as hardware } from '../hardware/support.ts'

/** A model that is told one message after the other; what it asks of others is done. */
function machine<State>(model: {
  initial(machine: string): { readonly inner: State }
  step(state: { readonly inner: State }, input: object): readonly [{ readonly inner: State }, readonly Effect[]]
}) {
  let state = model.initial('m0')
  let count = 0
  const step = (id: string, type: string, data: unknown): readonly Effect[] => {
    const [next, effects] = model.step(state, { id, type, from: 'outside', time: 0, data })
    state = next
    const ask = effects.find((effect) => effect.kind === 'ask')
    return ask === undefined ? effects : [...effects, ...step(`${ask.id}.a`, 'answer', answerTo(ask.type))]
  }
  return {
    tell: (type: string, data: unknown) => step(`t-${++count}`, type, data),
    get state(): State {
      return state.inner
    },
    set state(inner: State) {
      state = { ...state, inner }
    }
  }
}

function answerTo(type: string): unknown {
  if (type === 'process.create') return { pid: 1, mappings: [] }
  if (type === 'policy.decide') return { action: 'stop', because: 'told so' }
  return { ret: 0, errno: 0, table: new Uint8Array(0), bytes: new Uint8Array(8), halted: [], ram: true, events: {} }
}

const PAGE = 0x1000n
type Tell = (n: number) => readonly Effect[]
interface Case {
  readonly of: string
  readonly bound: BoundName
  /** What asks for one more is at fault there; undefined: nobody can be refused it, and a note says that it is lost. */
  readonly field: string | undefined
  /** As many there are already when it has been made; default none. */
  readonly filled?: number
  readonly make: () => { readonly tell: Tell; readonly state: () => unknown }
}

const guest = (vm = 'vm0') => ({ vm, vcpus: 1, guestPhysical: 0x4000_0000n, length: 0x4000_0000n })
const pids = (n: number) => ({ pid: 1000 + n, comm: 'task', mappings: [] })

const CASES: readonly Case[] = [
  {
    of: 'stage 2',
    bound: 'machineVms',
    field: '/vm',
    make: () => {
      const m = hardware()
      return { tell: (n) => m.tell('stage2.map', { ...MAP, vm: `vm${n}` }), state: () => m.state }
    }
  },
  {
    of: 'guests',
    bound: 'machineVms',
    field: '/vm',
    make: () => {
      const m = machine(guestModel)
      return { tell: (n) => m.tell('guest.create', guest(`vm${n}`)), state: () => m.state }
    }
  },
  {
    of: 'KVM',
    bound: 'machineVms',
    field: '/vm',
    make: () => {
      const m = machine(hostKernelModel)
      m.tell('host.boot', {})
      m.tell('process.create', pids(0))
      return { tell: (n) => m.tell('kvm.create-vm', { vm: `vm${n}`, pid: 1000 }), state: () => m.state }
    }
  },
  {
    of: 'VMM',
    bound: 'machineVms',
    field: '/vm',
    make: () => {
      const m = machine(vmmModel)
      return { tell: (n) => m.tell('vm.create', { vm: `vm${n}` }), state: () => m.state }
    }
  },
  {
    of: 'lines',
    bound: 'errorLines',
    field: '/hostPhysical',
    make: () => {
      const m = hardware()
      const corrected = { severity: 'corrected', containment: 'CE' }
      const tell: Tell = (n) =>
        m.tell('error.inject', {
          ...MEMORY_ERROR,
          ...(n % 2 === 0 ? {} : corrected),
          hostPhysical: LINE + 64n * BigInt(n)
        })
      return { tell, state: () => m.state }
    }
  },
  {
    of: 'hardware',
    bound: 'accessesUnderWay',
    field: '/vcpu',
    make: () => {
      const m = hardware()
      return { tell: (n) => m.tell('memory.access', { ...GUEST_LOAD, vcpu: n }), state: () => m.state }
    }
  },
  {
    of: 'host',
    bound: 'tasks',
    field: '/pid',
    filled: 64 * 512,
    make: () => {
      const m = machine(hostKernelModel)
      m.tell('host.boot', {})
      const threadsOf = (pid: number) => Array.from({ length: 512 }, (_, n) => ({ tid: pid + n }))
      for (let n = 0; n < 64; n++) m.tell('process.create', { ...pids(512 * n), threads: threadsOf(1000 + 512 * n) })
      return { tell: (n) => m.tell('process.create', pids(n)), state: () => m.state }
    }
  },
  {
    of: 'guest',
    bound: 'tasks',
    field: '/pid',
    filled: BOUNDS.tasks.most,
    make: () => {
      const m = machine(guestModel)
      m.tell('guest.create', guest())
      m.tell('task.create', { vm: 'vm0', ...pids(0) })
      const vm = m.state.vms.get('vm0')
      const one = vm?.kernel.processes.get(1000)
      if (vm === undefined || one === undefined) throw new Error('no task was made')
      // Made one by one they would take longer than all the rest.
      const processes = new Map(
        Array.from({ length: BOUNDS.tasks.most }, (_, n) => [1000 + n, { ...one, pid: 1000 + n }])
      )
      m.state = { ...m.state, vms: new Map([['vm0', { ...vm, kernel: { ...vm.kernel, processes } }]]) }
      return { tell: (n) => m.tell('task.create', { vm: 'vm0', ...pids(n) }), state: () => m.state }
    }
  },
  {
    of: 'vCPU',
    bound: 'waitingAccesses',
    field: '/vcpu',
    make: () => {
      const m = machine(guestModel)
      m.tell('guest.create', guest())
      const mapping = { guestVirtual: 0xffff_9000_0000n, guestPhysical: 0x4000_1000n, length: PAGE }
      m.tell('task.create', { vm: 'vm0', ...pids(0), mappings: [mapping] })
      const access = { vm: 'vm0', pid: 1000, guestVirtual: 0xffff_9000_0018n, access: 'load' }
      return { tell: () => m.tell('task.access', access), state: () => m.state }
    }
  },
  {
    of: 'host thread',
    bound: 'waitingAccesses',
    field: '/tid',
    make: () => {
      const m = machine(hostKernelModel)
      m.tell('host.boot', {})
      const mapping = { hostVirtual: 0xffff_9a80_0000n, length: PAGE, backing: 'anonymous' }
      m.tell('process.create', { ...pids(0), mappings: [mapping] })
      const access = { pid: 1000, hostVirtual: 0xffff_9a80_0018n, access: 'load' }
      m.tell('process.access', access)
      return { tell: () => m.tell('process.access', access), state: () => m.state }
    }
  },
  {
    of: 'a record that is submitted',
    bound: 'heldRecords',
    field: '/bytes',
    make: () => {
      const m = firmware()
      const submit = () =>
        m.tell('error-record.submit', { source: 0, verbatim: true, bytes: new Uint8Array(20).fill(1) })
      submit()
      return { tell: submit, state: () => m.state }
    }
  },
  {
    of: 'a record of an error',
    bound: 'heldRecords',
    field: undefined,
    make: () => {
      const m = firmware()
      const record = (n: number) => ({
        status: 0xe030_000cn,
        hostPhysical: LINE + 64n * BigInt(n),
        kind: 'memory',
        severity: 'recoverable'
      })
      const tell: Tell = (n) => m.tell('error.interrupt', { record: record(n + 1) })
      m.tell('error.interrupt', { record: record(0) })
      return { tell, state: () => m.state }
    }
  },
  {
    of: 'firmware',
    bound: 'watchedWords',
    field: '/hostPhysical',
    make: () => {
      const m = firmware()
      return {
        tell: (n) => m.tell('memory.watch', { hostPhysical: ack(0) + 0x4_0000n + 8n * BigInt(n) }),
        state: () => m.state
      }
    }
  },
  {
    of: 'a guest',
    bound: 'guestPageTables',
    field: '/mappings',
    make: () => {
      const m = machine(guestModel)
      m.tell('guest.create', guest())
      const mapping = { guestPhysical: 0x4000_1000n, length: PAGE, pageTable: 0x4040_0000n }
      const of = (n: number) => [{ ...mapping, guestVirtual: 0xffff_9000_0000n + PAGE * BigInt(n) }]
      return { tell: (n) => m.tell('task.create', { vm: 'vm0', ...pids(n), mappings: of(n) }), state: () => m.state }
    }
  }
]

void t.test('each bound is tried', (t) => {
  t.strictSame(new Set(CASES.map(({ bound }) => bound)), new Set(Object.keys(BOUNDS)))
  t.end()
})

for (const { of, bound, field, filled = 0, make } of CASES) {
  void t.test(`${bound} (${of}): the last that may be is taken, one more is not`, (t) => {
    const { tell, state } = make()
    const { most } = BOUNDS[bound]
    t.ok(filled <= most)
    const isLost = ({ kind, type }: Effect & { readonly type?: string }) => kind === 'note' && type === 'record.lost'
    for (let n = filled; n < most; n++) {
      const refused = tell(n).find((effect) => effect.kind === 'refusal' || isLost(effect))
      if (refused === undefined) continue
      return void t.fail(`number ${n} of ${most} was refused: ${JSON.stringify(refused, (_, v) => String(v))}`)
    }
    const before = state()
    const effects = tell(most)

    if (field === undefined) t.match(effects.filter(isLost), [{ data: { because: new RegExp(`${most} .*${bound}`) } }])
    else t.match(effects, [{ kind: 'refusal', code: 'limit-reached', field, detail: new RegExp(`${most} .*${bound}`) }])
    t.equal(state(), before, 'nothing has changed')
    t.end()
  })
}
