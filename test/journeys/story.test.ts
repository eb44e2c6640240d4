import t from 'tap'
import { errorInject } from '../../shared/contracts/hardware.ts'
import { processAccess, processCreate } from '../../shared/contracts/host-kernel.ts'
import { NOTIFICATIONS, type Notification } from '../../shared/contracts/common.ts'
import { readers, room, withPolicy } from '../support/room.ts'
import { walk, type Walk } from '../support/story.ts'

const SUPPORTED: readonly Notification[] = ['SEA', 'GSIV', 'POLLED', 'SDEI']
const BAD_PAGE = '0x40001000'

/** Position in the journal of the first entry of a kind and type that fits. */
function at(run: Walk, type: string, fits: (data: Record<string, unknown>) => boolean = () => true): number {
  return run.journal.findIndex((entry) => entry.type === type && fits(entry.data as Record<string, unknown>))
}

const signals = (run: Walk) => run.messages('signal.deliver').map((data) => data['codeName'])
const flows = (run: Walk) => run.notes('guest.flow').map((data) => data['flow'])
/** The flows that an exception started; interrupts and polls are told apart. */
const exceptions = (run: Walk) => flows(run).filter((flow) => flow === 'SEA' || flow === 'SEI')

void t.test('the story: an SError told by interrupt kills only the consumer, and the guest lives', async (t) => {
  const run = await walk()

  t.match(run.outcome, {
    host: 'running',
    firmware: 'running',
    vm: 'running',
    guest: 'running',
    tasks: { redis: 'killed', nginx: 'completed' },
    signals: ['BUS_MCEERR_AO', 'BUS_MCEERR_AR'],
    poisonedPages: { host: 1, guest: 1 },
    avoidablePanic: false,
    silentCorruption: false,
    untold: false,
    livelock: false
  })
})

void t.test('S1 the VMM may tell the guest in any way, whatever firmware used towards the host', async (t) => {
  for (const notify of SUPPORTED) {
    for (const [policy, flow] of [
      ['morse', 'SEA'],
      ['sei', 'SEI']
    ] as const) {
      const run = await walk({ notify, policy })

      t.ok(flows(run).includes(flow), `${notify} towards the host, ${flow} towards the guest`)
    }
  }
})

void t.test('S2 any CPU exception with any notification reaches memory_failure with the same PFN', async (t) => {
  for (const exception of ['SEA', 'SError'] as const) {
    for (const notify of SUPPORTED) {
      const run = await walk({ exception, notify })
      const trace = run.notes('host.trace').find((data) => data['event'] === 'memory_failure_event')
      const injected = run.messages('error.inject')[0]?.['hostPhysical'] as string
      const pfn = (BigInt(injected) >> 12n).toString(16)

      t.match(trace?.['text'], `pfn 0x${pfn}: recovery action for dirty LRU page: Recovered`, `${exception} ${notify}`)
    }
  }
})

void t.test('S2 a source that the kernel does not support is refused loudly', async (t) => {
  const run = await walk({ notify: 'SEI' })

  t.match(run.notes('host.source-refused')[0], { notify: 'SEI', source: 5 })
  t.equal(run.notes('host.trace').length, 0, 'no memory_failure: nobody read the record')
})

void t.test('S3 an SEA that no vCPU access explains is refused, and the rule is named', async (t) => {
  const run = await walk(
    {},
    withPolicy(() => ({ action: 'inject-sea', because: 'always' }))
  )

  t.match(run.notes('decision.refused')[0], { rule: 'sea-needs-a-faulting-vcpu-access' })
  t.match(run.outcome, { guest: 'running', tasks: { redis: 'killed' } })
})

void t.test(
  'S4 a guest access to a PG_hwpoison page arrives as a stage-2 fault, which an SEA may describe',
  async (t) => {
    const run = await walk()
    const fault = run
      .messages('exception.take')
      .find((data) => data['exception'] === 'stage-2-fault' && data['esr'] !== undefined)
    const entered = run.messages('vcpu.enter').find((data) => data['exception'] !== undefined)

    t.ok(fault)
    t.match(entered, { exception: { vector: 0x400 } })
  }
)

void t.test('S5 a load of the guest can surface as an SError at EL3', async (t) => {
  const run = await walk()

  t.match(
    run.messages('exception.take').find((data) => data['el'] === 3),
    {
      exception: 'SError',
      interrupted: { vm: 'vm0', el: 0, access: 'load' }
    }
  )
})

void t.test(
  'S6 the host gets an APEI notification, reads and acknowledges the block, and calls memory_failure',
  async (t) => {
    const run = await walk()

    t.ok(at(run, 'apei.notify') < at(run, 'memory.write', (data) => data['bytes'] === 'AQAAAAAAAAA='))
    t.ok(at(run, 'apei.notify') < at(run, 'host.trace', (data) => data['event'] === 'memory_failure_event'))
  }
)

void t.test('S7 the page has left stage 2 before the instruction runs again', async (t) => {
  const run = await walk()
  const unmap = at(run, 'stage2.unmap')
  const second = run.journal.findIndex(
    (entry, index) => index > at(run, 'apei.notify') && entry.type === 'exception.take' && entry.to === 'host-kernel'
  )

  t.match(run.journal[unmap]?.data, { guestPhysical: BAD_PAGE, length: '0x1000' })
  t.ok(unmap < second)
})

void t.test('S8 the VMM opted in, so that step sends BUS_MCEERR_AO to its main thread, not AR', async (t) => {
  const run = await walk()
  const first = run.messages('signal.deliver')[0]

  t.match(first, { codeName: 'BUS_MCEERR_AO', addressLsb: 12, forced: false })
  t.equal(first?.['tid'], first?.['pid'])
})

void t.test('S9 on AO the VMM can tell the guest by interrupt', async (t) => {
  const run = await walk()

  t.ok(flows(run).includes('IRQ'))
})

void t.test('S10 after AO the VM keeps running even when nothing is done about it', async (t) => {
  const run = await walk({ policy: 'sei' })

  t.match(run.notes('policy.answered')[0], { action: 'ignore' })
  t.notOk(run.notes('vm.ended').some((data) => data['state'] === 'killed'))
})

void t.test('S11 the vCPU runs again at the same instruction, because the error was contained', async (t) => {
  const run = await walk()
  const [first, second] = run
    .messages('exception.take')
    .filter((data) => data['exception'] !== 'stage-2-fault' || data['el'] === 2)
    .map((data) => data['interrupted'] as Record<string, unknown>)
    .slice(-2)

  t.equal(first?.['pc'], second?.['pc'])
})

void t.test('S11 an uncontained error never gets that far: firmware stops the machine', async (t) => {
  const { system } = room()
  await system.createMachine('m0')
  await system.tell('m0', processCreate, {
    pid: 119,
    comm: 'victim',
    mappings: [{ hostVirtual: 0x1000n, hostPhysical: 0x7bf1_5000n, length: 0x1000n, backing: 'anonymous' }]
  })
  await system.tell('m0', errorInject, {
    kind: 'memory',
    hostPhysical: 0x7bf1_5000n,
    signalled: 'SError',
    containment: 'UC',
    severity: 'fatal'
  })
  await system.tell('m0', processAccess, { pid: 119, hostVirtual: 0x1000n, access: 'load' })
  await system.settle()
  const run = readers(await system.journal('m0'))

  t.equal(run.notes('firmware.panic').length, 1)
  t.equal(run.messages('exception.return').length, 0, 'nobody returns to the instruction')
  t.equal(run.messages('apei.notify').length, 0)
})

void t.test('S12 the run after that takes a stage-2 fault which the host refuses to fix', async (t) => {
  const run = await walk()
  const afterUnmap = run.journal.slice(at(run, 'stage2.unmap'))
  const fault = afterUnmap.findIndex((entry) => entry.type === 'exception.take')
  const next = afterUnmap.findIndex((entry) => entry.type === 'stage2.map' || entry.type === 'kvm.exit')

  t.match(afterUnmap[fault]?.data, { exception: 'stage-2-fault', guestPhysical: BAD_PAGE })
  t.equal(afterUnmap[next]?.type, 'kvm.exit', 'nothing was mapped for it')
})

void t.test(
  'S13 KVM signals BUS_MCEERR_AR to the vCPU thread, and KVM_RUN returns EINTR with PC unchanged',
  async (t) => {
    const run = await walk()
    const signal = run.messages('signal.deliver').find((data) => data['codeName'] === 'BUS_MCEERR_AR')
    const access = run.messages('memory.access').find((data) => data['physical'] === '0x40001018')
    const exit = run.messages('kvm.exit').find((data) => data['errno'] === 4)

    t.match(signal, { forced: false, addressLsb: 12 })
    t.not(signal?.['tid'], signal?.['pid'], 'the vCPU has a thread of its own')
    t.match(exit, { ret: -1, errno: 4, exitReason: 10, pc: access?.['pc'] })
  }
)

void t.test('S14 on AR the VMM writes a record with the guest physical address and injects an SEA', async (t) => {
  const run = await walk()

  t.ok(at(run, 'record.written', (data) => data['notify'] === 'SEA') < at(run, 'kvm.set-vcpu-events'))
  t.match(run.messages('kvm.set-vcpu-events')[0], { ext_dabt_pending: 1, serror_pending: 0 })
  t.ok(flows(run).includes('SEA'))
})

void t.test('S15 AO comes before AR for the same page, and the guest ends with one poisoned page', async (t) => {
  const run = await walk()
  const pages = run
    .messages('signal.deliver')
    .map((data) => (BigInt(data['hostVirtual'] as string) >> 12n).toString(16))

  t.same(signals(run), ['BUS_MCEERR_AO', 'BUS_MCEERR_AR'])
  t.equal(new Set(pages).size, 1)
  t.equal(run.outcome.poisonedPages.guest, 1)
})

void t.test('S16 the guest never sees corrupt data', async (t) => {
  for (const notify of SUPPORTED) {
    for (const exception of ['SEA', 'SError'] as const) {
      const run = await walk({ notify, exception })
      const planted = at(run, 'error.planted')
      const completed = run.journal.slice(planted).filter((entry) => {
        const access = (entry.data as { access?: { physical?: string } }).access
        return entry.type === 'access.complete' && access?.physical === '0x40001018'
      })

      t.equal(completed.length, 0, `${exception} ${notify}`)
    }
  }
})

void t.test('S17 asynchrony belongs to the first hop only: SError in, SEA out', async (t) => {
  const run = await walk()

  t.match(
    run.messages('exception.take').find((data) => data['el'] === 3),
    { exception: 'SError' }
  )
  t.same(exceptions(run), ['SEA'])
})

void t.test('S18 the trace keeps the hardware exception and the notification as two fields', async (t) => {
  for (const exception of ['SEA', 'SError'] as const) {
    for (const notify of SUPPORTED) {
      const run = await walk({ exception, notify })

      t.match(
        run.messages('exception.take').find((data) => data['el'] === 3),
        { exception }
      )
      if (notify !== 'POLLED') t.match(run.messages('apei.notify')[0], { notify })
    }
  }
})

void t.test('S19 the guest has several flows, and its log names the one it ran', async (t) => {
  t.same(exceptions(await walk({ policy: 'morse' })), ['SEA'])
  t.same(exceptions(await walk({ policy: 'sei' })), ['SEI'])
})

void t.test(
  'S20 hardware raised SEA, the guest is told SEI: it runs the SEI flow and the trace flags the mismatch',
  async (t) => {
    const run = await walk({ exception: 'SEA', notify: 'SEA', policy: 'sei' })

    t.same(exceptions(run), ['SEI'])
    t.match(run.outcome, { mismatches: [{ hardware: 'SEA', guest: 'SEI' }] })
  }
)

void t.test('S21 mainline has no SEI notification: a HEST source of type 9 is refused at probe', async (t) => {
  const run = await walk()

  t.ok(
    run
      .notes('host.printk')
      .some((data) =>
        String(data['text']).includes('Unknown notification type: 9 for generic hardware error source: 5')
      )
  )
})

void t.test('S22 an SError panics a guest, except when it says CE or UEO', async (t) => {
  const survives = { 0x011: false, 0x411: false, 0x811: true, 0xc11: false, 0x1811: true } as const
  for (const [iss, lives] of Object.entries(survives)) {
    const run = await walk(
      {},
      withPolicy(({ signal }) =>
        signal.code === 'BUS_MCEERR_AR'
          ? { action: 'inject-serror', esr: BigInt(iss), record: false, because: 'to see' }
          : { action: 'ignore', because: 'optional' }
      )
    )

    t.equal(run.outcome.guest !== 'panicked', lives, `ISS 0x${Number(iss).toString(16)}`)
  }
})

void t.test('S23 the same fault told as SEI panics a guest that could have recovered', async (t) => {
  const [sea, sei] = [await walk({ policy: 'morse' }), await walk({ policy: 'sei' })]

  t.match(sea.outcome, { guest: 'running', tasks: { redis: 'killed', nginx: 'completed' }, avoidablePanic: false })
  t.match(sei.outcome, { guest: 'panicked', avoidablePanic: true })
})

void t.test('S24 without an address in the record no page is isolated', async (t) => {
  const run = await walk({ addressValid: false })

  t.equal(run.outcome.poisonedPages.host, 0)
  t.equal(run.messages('stage2.unmap').length, 0)
  t.equal(run.outcome.livelock, true, 'the load takes the same SError for ever')
})

void t.test('S25 with the SEI patch that was never merged, and an exact address, the guest recovers', async (t) => {
  const run = await walk({ policy: 'sei', sei: true })

  t.match(run.outcome, { guest: 'running', tasks: { redis: 'killed', nginx: 'completed' } })
})

void t.test(
  'S26 a policy that sees the hardware exception gets the same outcome as one that sees the signal only',
  async (t) => {
    for (const exception of ['SEA', 'SError'] as const) {
      for (const notify of SUPPORTED) {
        const blind = await walk({ exception, notify, policy: 'morse' })
        const seeing = await walk({ exception, notify, policy: 'mirror', exposeException: true })

        t.same(seeing.outcome.tasks, blind.outcome.tasks, `${exception} ${notify}`)
      }
    }
  }
)

void t.test('every notification type is known by name', (t) => {
  t.equal(NOTIFICATIONS.length, 12)
  t.end()
})
