import fc from 'fast-check'
import t from 'tap'
import type { Effect } from '../../shared/model/step.ts'
import { queueOf } from '../../services/firmware/publish.ts'
import { isFree } from '../../services/firmware/shared-memory.ts'
import { ack, block, LINE, machine, RECORD, SEA, seaAt, SERROR, word } from './support.ts'

const line = fc.nat(3).map((n) => LINE + 0x1000n * BigInt(n))
const source = fc.nat(6)
const notify = fc.constantFrom('SEA', 'SEI', 'GSIV', 'EXTERNAL', 'SDEI', 'POLLED')

/** A random message to firmware. */
const message = fc.oneof(
  fc.record({
    type: fc.constant('exception.take'),
    data: fc.tuple(line, fc.nat(2), fc.constantFrom(SEA, SERROR)).map((args) => seaAt(...args))
  }),
  fc.record({
    type: fc.constant('error.interrupt'),
    data: fc
      .tuple(line, fc.constantFrom('recoverable', 'corrected', 'fatal'))
      .map(([hostPhysical, severity]) => ({ record: { ...RECORD, hostPhysical, severity } }))
  }),
  fc.record({
    type: fc.constant('error-record.submit'),
    data: source.map((id) => ({ source: id, verbatim: true, bytes: Uint8Array.of(1, 2, 3, 4) }))
  }),
  fc.record({ type: fc.constant('notification.choose'), data: notify.map((recoverable) => ({ recoverable })) }),
  fc.record({
    type: fc.constant('memory.write'),
    data: source.map((id) => ({ hostPhysical: ack(id), bytes: word(1n) }))
  }),
  fc.record({
    type: fc.constant('memory.write'),
    data: source.map((id) => ({ hostPhysical: block(id), bytes: new Uint8Array(4) }))
  })
)
const messages = fc.array(message, { maxLength: 60 })

const published = (effects: readonly Effect[]) =>
  effects.flatMap((effect) =>
    effect.kind === 'note' && effect.type === 'record.published' ? [(effect.data as { source: number }).source] : []
  )

void t.test('a block is never rewritten before the OS has acknowledged it', async (t) => {
  fc.assert(
    fc.property(messages, (all) => {
      const m = machine()
      for (const { type, data } of all) {
        const before = m.state
        const effects = m.tell(type, data)
        const written = type === 'memory.write' ? undefined : before

        for (const id of published(effects)) {
          const of = before.sources[id]
          // A write that acknowledges frees the source within the same step.
          if (of === undefined || (written !== undefined && !isFree(written, of))) return false
          if (isFree(m.state, of) && of.readAck !== undefined) return false
        }
      }
      return true
    }),
    { numRuns: 300 }
  )
  t.pass()
})

void t.test('no record is lost: what was taken in was told, waits, or was told already', async (t) => {
  fc.assert(
    fc.property(messages, (all) => {
      const m = machine()
      let taken = 0
      let told = 0
      let coalesced = 0
      for (const { type, data } of all) {
        const effects = m.tell(type, data)
        if (type !== 'memory.write' && type !== 'notification.choose') taken++
        told += published(effects).length
        coalesced += effects.filter((effect) => effect.kind === 'note' && effect.type === 'record.coalesced').length
      }
      const waiting = m.state.sources.reduce((sum, of) => sum + queueOf(m.state, of).held.length, 0)
      return taken === told + coalesced + waiting
    }),
    { numRuns: 300 }
  )
  t.pass()
})

void t.test(
  'every exception ends once: by a return, delegated to the OS, or still in EL3 with its record',
  async (t) => {
    fc.assert(
      fc.property(messages, (all) => {
        const m = machine()
        let open = 0
        for (const { type, data } of all) {
          const effects = m.tell(type, data)
          if (type === 'exception.take') open++
          open -= effects.filter(
            (effect) =>
              effect.kind === 'ask' ||
              (effect.kind === 'send' && (effect.data as { interrupted?: unknown }).interrupted !== undefined)
          ).length
        }
        const inEl3 = m.state.sources.flatMap((of) => queueOf(m.state, of).held)
        return open === inEl3.filter(({ cause }) => cause.kind === 'exception').length
      }),
      { numRuns: 300 }
    )
    t.pass()
  }
)
