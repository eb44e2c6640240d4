import { join } from 'node:path'
import t from 'tap'
import { readScenarios, SHIPPED } from '../../cli/scenario/files.ts'
import { runInProcess } from '../../cli/scenario/in-process.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'

async function journalOf(file: string): Promise<readonly WireEntry[]> {
  const read = readScenarios([join(SHIPPED, file)])
  if ('errors' in read) throw new Error(read.errors.map(({ message }) => message).join('\n'))
  const [first] = read.scenarios
  return first === undefined ? [] : (await runInProcess(first.scenario)).journal
}

/** The types of what an entry follows from besides its cause. */
function furtherCauses(journal: readonly WireEntry[], entry: WireEntry | undefined): readonly string[] {
  return (entry?.because ?? []).map((id) => journal.find((other) => other.id === id)?.type ?? `nothing with id ${id}`)
}
const find = (journal: readonly WireEntry[], type: string, fields: object = {}) =>
  journal.find(
    ({ type: is, data }) =>
      is === type && Object.entries(fields).every(([k, v]) => Reflect.get(data as object, k) === v)
  )

void t.test('the exception also follows from the error that was planted', async (t) => {
  const journal = await journalOf('01-story.yaml')

  t.same(furtherCauses(journal, find(journal, 'exception.take', { el: 3 })), ['error.inject'])
  t.same(furtherCauses(journal, find(journal, 'pe.spin')), ['error.inject'])
})

void t.test('what is decided when KVM_RUN is back also follows from the AR signal', async (t) => {
  const journal = await journalOf('01-story.yaml')
  const decision = find(journal, 'policy.answered', { action: 'inject-sea' })
  const signal = journal.find(({ id }) => id === decision?.because?.[0])

  t.match(signal, { type: 'signal.deliver', data: { codeName: 'BUS_MCEERR_AR' } })
  t.equal(journal.find(({ id }) => id === decision?.cause)?.type, 'kvm.exit')
  t.same(furtherCauses(journal, find(journal, 'kvm.set-vcpu-events')), ['signal.deliver'])
})

void t.test('the guest takes the exception because of the ioctl that pended it', async (t) => {
  const journal = await journalOf('01-story.yaml')
  const entry = journal.find(({ type, data }) => type === 'vcpu.enter' && Reflect.has(data as object, 'exception'))

  t.same(furtherCauses(journal, entry), ['kvm.set-vcpu-events'])
})

void t.test(
  'a record that was held back is told because of the error that it reports, not of the acknowledgement',
  async (t) => {
    const journal = await journalOf('07-second-error-before-ack.yaml')
    const held = journal.filter(({ type, because }) => type === 'record.published' && because !== undefined)

    t.ok(held.length > 0)
    for (const entry of held) t.match(furtherCauses(journal, entry)[0], /^(error\.interrupt|exception\.take)$/)
  }
)

void t.test('every further cause is in the journal, before what follows from it', async (t) => {
  const read = readScenarios([SHIPPED])
  if ('errors' in read) throw new Error(read.errors.map(({ message }) => message).join('\n'))
  let links = 0
  for (const { scenario } of read.scenarios) {
    const before = new Set<string>()
    for (const { id, because = [] } of (await runInProcess(scenario)).journal) {
      links += because.length
      for (const cause of because) if (!before.has(cause)) t.fail(`${scenario.title}: ${id} has no ${cause} before it`)
      before.add(id)
    }
  }
  t.ok(links > 100, `${links} links`)
})
