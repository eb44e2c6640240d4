import fc from 'fast-check'
import t from 'tap'
import {
  contextOf,
  isSampled,
  onward,
  ownContext,
  spanIdOf,
  spanOf,
  traceIdOf,
  traceparentOf,
  tracestateOf
} from '../../shared/contracts/trace-context.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`

void t.test('what the recommendation allows is taken, and anything else counts as no trace', async (t) => {
  t.equal(contextOf(PARENT), PARENT)
  t.equal(contextOf(`01${PARENT.slice(2)}-what-later-versions-add`), PARENT)
  const refused = [
    '',
    '00-abc-def-01',
    PARENT.toUpperCase(),
    `${PARENT}-more`,
    `${PARENT}0`,
    `ff${PARENT.slice(2)}`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    ` ${PARENT}`
  ]
  for (const text of refused) t.equal(contextOf(text), undefined, text)
  t.equal(contextOf(undefined, 'a=1'), undefined)
})

void t.test('a tracestate travels behind it; one that is not what it should be is left out', async (t) => {
  const both = contextOf(PARENT, 'congo=t61rcWkgMzE , rojo@x=00f0 67')
  t.equal(traceparentOf(both ?? ''), PARENT)
  t.equal(tracestateOf(both ?? ''), 'congo=t61rcWkgMzE,rojo@x=00f0 67')
  for (const state of ['', 'no value', 'a=1,,b=2', 'A=1', `a=${'x'.repeat(600)}`, 'a=\u0085']) {
    t.equal(contextOf(PARENT, state), PARENT, JSON.stringify(state))
  }
})

void t.test(
  'what leaves is in the same trace, with the flags and the state, and has the span of its own id',
  async (t) => {
    const next = onward(contextOf(`${PARENT.slice(0, -2)}00`, 'a=1') ?? '', 'm0', 'x.1')
    t.equal(traceIdOf(next), TRACE)
    t.equal(spanIdOf(next), spanOf('m0', 'x.1'))
    t.equal(isSampled(next), false)
    t.equal(tracestateOf(next), 'a=1')
  }
)

void t.test('a trace that nobody gave is that of the message which began it, on its machine', async (t) => {
  const first = ownContext('m0', 'm0-hardware-1')
  t.equal(contextOf(first), first)
  t.equal(spanIdOf(first), spanOf('m0', 'm0-hardware-1'))
  t.equal(isSampled(first), true)
  t.equal(traceIdOf(ownContext('m0', 'm0-hardware-1.2.3')), traceIdOf(first))
  t.not(traceIdOf(ownContext('m1', 'm0-hardware-1')), traceIdOf(first))
  t.not(traceIdOf(ownContext('m0', 'm0-hardware-2')), traceIdOf(first))
})

void t.test('whatever the id, a context that is made can be read', async () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (machine, id) => {
      const context = onward(ownContext(machine, id), machine, id)
      return contextOf(context) === context
    })
  )
})

void t.test('ids that differ a little have spans of their own', async (t) => {
  const spans = new Set<string>()
  for (let i = 0; i < 100_000; i++) spans.add(spanOf('m0', `m0-hardware-${i % 1000}.${Math.trunc(i / 1000)}`))
  t.equal(spans.size, 100_000)
})
