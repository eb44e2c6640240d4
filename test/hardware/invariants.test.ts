import fc from 'fast-check'
import t from 'tap'
import type { Interrupted } from '../../shared/contracts/common.ts'
import { errorAt, isPoison } from '../../services/hardware/error-lines.ts'
import { walkStage2 } from '../../services/hardware/stage2.ts'
import { GUEST_LOAD, HOST_LOAD, machine, MEMORY_ERROR, sent } from './support.ts'

const PAGES = [0x4800_0000n, 0x4800_1000n, 0x4800_2000n]
const page = fc.constantFrom(...PAGES)
const ipa = fc.constantFrom(0x4000_0000n, 0x4000_1000n)
const vcpu = fc.nat(1)

const ERRORS = [
  { signalled: 'SEA', containment: 'UER', severity: 'recoverable' },
  { signalled: 'SError', containment: 'UEU', severity: 'fatal' },
  { signalled: 'interrupt', containment: 'UEO', severity: 'recoverable' },
  { signalled: 'SEA', containment: 'CE', severity: 'corrected' }
] as const

/** A random message to the hardware. */
const message = fc.oneof(
  fc.record({
    type: fc.constant('memory.access'),
    data: ipa.chain((physical) => vcpu.map((n) => ({ ...GUEST_LOAD, vcpu: n, physical })))
  }),
  fc.record({ type: fc.constant('memory.access'), data: page.map((physical) => ({ ...HOST_LOAD, physical })) }),
  fc.record({ type: fc.constant('exception.return'), data: vcpu.map((n) => ({ vm: 'vm0', vcpu: n })) }),
  fc.record({ type: fc.constant('exception.return'), data: fc.constant({ pid: 119, tid: 119 }) }),
  fc.record({
    type: fc.constant('error.inject'),
    data: fc
      .tuple(page, fc.constantFrom(...ERRORS))
      .map(([hostPhysical, error]) => ({ ...MEMORY_ERROR, ...error, hostPhysical }))
  }),
  fc.record({
    type: fc.constant('stage2.map'),
    data: fc
      .tuple(ipa, page)
      .map(([guestPhysical, hostPhysical]) => ({ vm: 'vm0', guestPhysical, hostPhysical, length: 0x1000n }))
  }),
  fc.record({
    type: fc.constant('stage2.unmap'),
    data: ipa.map((guestPhysical) => ({ vm: 'vm0', guestPhysical, length: 0x1000n }))
  }),
  fc.record({ type: fc.constant('line.repair'), data: page.map((hostPhysical) => ({ hostPhysical })) }),
  fc.record({ type: fc.constant('patrol.scrub'), data: fc.constant({ start: 0x4000_0000n, end: 0x5000_0000n }) }),
  fc.record({
    type: fc.constant('routing.set'),
    data: fc
      .tuple(fc.boolean(), fc.boolean(), fc.boolean())
      .map(([a, b, c]) => ({ scrEl3Ea: a, hcrEl2Tea: b, hcrEl2Amo: c }))
  })
)

void t.test('no access to a poisoned line ever completes', async (t) => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 60 }), (messages) => {
      const m = machine()
      for (const { type, data } of messages) {
        const effects = m.tell(type, data)

        for (const { type: told, data: completed } of sent(effects)) {
          if (told !== 'access.complete') continue
          const access = (completed as { access: Interrupted | string }).access
          const of = typeof access === 'string' ? (completed as Interrupted) : access
          const hostPhysical = of.vm === undefined ? of.physical : walkStage2(m.state, of.vm, of.physical)
          const error = hostPhysical === undefined ? undefined : errorAt(m.state, hostPhysical)
          if (hostPhysical === undefined || (error !== undefined && isPoison(error))) return false
        }
      }
      return true
    }),
    { numRuns: 500 }
  )
  t.pass()
})

void t.test('a context raises the same error once until something changes or it accesses anew', async (t) => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 60 }), (messages) => {
      const m = machine()
      for (const { type, data } of messages) {
        m.tell(type, data)
        // Returning twice to the same context: at most a stage 2 fault may be taken twice.
        m.tell('exception.return', { vm: 'vm0', vcpu: 0 })
        const again = sent(m.tell('exception.return', { vm: 'vm0', vcpu: 0 }))
        if (again.some(({ data }) => (data as { exception?: string }).exception !== 'stage-2-fault')) return false
      }
      return true
    })
  )
  t.pass()
})

void t.test('the count of poisoned lines is the number of poisoned lines', async (t) => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 60 }), (messages) => {
      const m = machine()
      for (const { type, data } of messages) m.tell(type, data)
      const poisoned = PAGES.map((at) => errorAt(m.state, at)).filter((error) => error !== undefined && isPoison(error))
      return poisoned.length === m.state.poisonedLines
    })
  )
  t.pass()
})
