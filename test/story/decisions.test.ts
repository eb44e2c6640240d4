import t from 'tap'
import { Decisions } from '../../shared/story/decisions.ts'
import { Causes } from '../../shared/trace/causes.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { journalOf } from '../web/played.ts'

const isAnswer = ({ kind, type }: WireEntry) => kind === 'answer' && type === 'policy.decide'
const actionAt = (decisions: Decisions, journal: readonly WireEntry[], type: string) => {
  const entry = journal.find((one) => one.kind === 'message' && one.type === type)
  if (entry === undefined) throw new Error(`no ${type}`)
  return decisions.before(entry, new Causes(journal))?.action
}

void t.test('what a VMM does next carries out what was decided, and all that follows comes of it', async (t) => {
  const journal = await journalOf('01-story')
  const decisions = new Decisions(journal)

  t.strictSame(
    decisions.all.map(({ action }) => action),
    ['notify-interrupt', 'inject-sea']
  )
  t.equal(actionAt(decisions, journal, 'kvm.set-vcpu-events'), 'inject-sea')
  t.equal(actionAt(decisions, journal, 'kvm.irq-line'), 'notify-interrupt')
  const carried = decisions.all.flatMap(({ answer }) => decisions.carriersOf(answer))
  t.ok(carried.length > 0)
  for (const at of carried) t.equal(journal[at]?.from, 'vmm')
})

void t.test('journals of several services may tell of an injection before the answer that decided it', async (t) => {
  const journal = await journalOf('02-counter-example')
  const answer = journal.findLastIndex(isAnswer)
  const injected = journal.findLastIndex(({ kind, type }) => kind === 'message' && type === 'kvm.set-vcpu-events')
  t.ok(answer < injected)
  const turned = [
    ...journal.slice(0, answer),
    journal[injected] as WireEntry,
    ...journal.slice(answer, injected),
    ...journal.slice(injected + 1)
  ]

  const decisions = new Decisions(turned)
  t.equal(actionAt(decisions, turned, 'kvm.set-vcpu-events'), 'inject-serror')
  const [last] = decisions.all.slice(-1)
  t.ok(last !== undefined && decisions.carriersOf(last.answer).includes(answer))
})

void t.test('what was sent before anybody decided follows from no decision', async (t) => {
  const journal = await journalOf('01-story')
  const first = journal.findIndex(isAnswer)
  const decisions = new Decisions(journal)

  for (const entry of journal.slice(0, first)) t.equal(decisions.carriedOutBy(entry), undefined)
})
