import { join } from 'node:path'
import t from 'tap'
import { SHIPPED } from '../../cli/scenario/files.ts'
import { runInProcess } from '../../cli/scenario/in-process.ts'
import { readScenarioFile } from '../../cli/scenario/run-file.ts'
import { shownCell } from '../../shared/rows/cells.ts'
import { readScenario } from '../../shared/scenario/read-scenario.ts'
import { verdictSentence } from '../../shared/story/verdict-sentence.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'

async function journalOf(yaml: string): Promise<readonly WireEntry[]> {
  const read = readScenario(`seabus: 1\ntitle: t\n${yaml}`, 'test')
  if (read.errors !== undefined) throw new Error(read.errors.map(({ message }) => message).join('\n'))
  return (await runInProcess(read.scenario)).journal
}

async function shipped(name: string): Promise<readonly WireEntry[]> {
  const read = readScenarioFile(join(SHIPPED, name))
  if (read.errors !== undefined) throw new Error(`${name} has mistakes`)
  return (await runInProcess(read.scenario)).journal
}

void t.test('the parts of a sentence name the entries that they come from', async (t) => {
  const journal = await shipped('01-story.yaml')
  const { text, victims, cause, survivors, better } = verdictSentence(journal)
  const typeOf = (order: number | undefined) => journal[(order ?? 0) - 1]?.type

  t.equal(text, 'redis was killed by BUS_MCEERR_AR; nginx, the guest and the host go on')
  t.match(victims, [{ text: 'redis', party: 'task/vm0/redis', role: 'victim' }])
  t.equal(typeOf(victims[0]?.entry?.order), 'guest.signal')
  t.match(cause, { text: 'BUS_MCEERR_AR', role: 'cause', entry: victims[0]?.entry })
  t.same(
    survivors.map(({ text: name }) => name),
    ['nginx', 'the guest', 'the host']
  )
  t.equal(better, undefined)
})

void t.test('a panic that was avoidable comes with what would have been better, and with the choice', async (t) => {
  const journal = await shipped('02-counter-example.yaml')
  const { better } = verdictSentence(journal)

  t.equal(
    better?.text,
    'the policy chose inject-serror; told by an SEA, with a record of the error, the guest would have lost no more than redis'
  )
  t.match(journal[(better?.entry?.order ?? 0) - 1], {
    kind: 'answer',
    type: 'policy.decide',
    data: { action: 'inject-serror' }
  })
})

void t.test('while nothing has ended, a run is told as far as it is', async (t) => {
  const journal = await shipped('01-story.yaml')
  const until = (type: string, n = 1) => {
    const all = journal.flatMap((entry, at) => (entry.kind === 'message' && entry.type === type ? [at] : []))
    return verdictSentence(journal.slice(0, (all[n - 1] ?? 0) + 1), { isRunning: true }).text
  }

  t.equal(verdictSentence([], { isRunning: true }).text, 'nothing has happened yet; nothing has ended yet')
  t.equal(until('error.inject'), 'the hardware has met a recoverable memory error; nothing has ended yet')
  t.equal(until('apei.notify'), 'the host kernel has been told by GSIV; nothing has ended yet')
  t.equal(until('signal.deliver', 2), 'the VMM has been told by BUS_MCEERR_AR; nothing has ended yet')
  const { text, survivors } = verdictSentence(journal, { isRunning: true })
  t.match(text, /^redis was killed by BUS_MCEERR_AR; /)
  t.equal(survivors.length, 3)
})

void t.test('a task that reads zeroes in place of its data is named, though it goes on', async (t) => {
  const journal = await journalOf(`
vms:
  - tasks: [redis, nginx]
steps:
  - touch: redis
  - touch: redis`)
  const at = journal.findIndex(({ type }) => type === 'guest.access')
  const first = journal[at]
  if (first === undefined) return t.fail('redis has not touched its page')
  const data = { vm: 'vm0', guestPhysical: '0x40000000', length: '0x4000000' }
  const replaced: WireEntry = {
    ...first,
    id: 'replaced',
    layer: 'vmm',
    from: 'vmm',
    to: 'vmm',
    type: 'memory.replaced',
    data
  }
  const sentence = verdictSentence([...journal.slice(0, at + 1), replaced, ...journal.slice(at + 1)])

  t.equal(sentence.verdict, 'silent corruption')
  t.equal(sentence.text, 'redis got zeroes in place of data, and nobody knows; nginx, the guest and the host go on')
  t.match(sentence.victims, [{ text: 'redis', party: 'task/vm0/redis' }])
})

void t.test('with two VMs each guest is called by the name of its VM', async (t) => {
  const journal = await journalOf(`
vms:
  - name: a
    tasks: [redis]
  - name: b
    policy: sei
    tasks: [nginx]
steps:
  - poison: { task: nginx }
  - touch: nginx`)

  t.equal(
    verdictSentence(journal).text,
    'the guest kernel of b panicked on an SError that it could have survived; nginx is lost with it; redis, the guest of a and the host go on'
  )
})

void t.test('names are what the journal has: a hostile one changes nothing but itself', async (t) => {
  const journal = await shipped('01-story.yaml')
  const renamed = journal.map((entry) =>
    entry.type === 'task.create' && entry.kind === 'message' && (entry.data as { comm: string }).comm === 'redis'
      ? { ...entry, data: { ...(entry.data as object), comm: '__proto__' } }
      : entry
  )

  t.equal(verdictSentence(renamed).text, '__proto__ was killed by BUS_MCEERR_AR; nginx, the guest and the host go on')
})

void t.test('a record that nobody is told of is no recovery, and the sentence says why', async (t) => {
  const journal = await journalOf(
    "vms: []\nsteps: [{ report: { source: 0, hostPhysical: '0x48001000', severity: corrected } }, { wait: 2s }]"
  )
  const sentence = verdictSentence(journal)

  t.equal(
    sentence.text,
    'nobody was told of the error: nothing was accessed, so there is no exception to tell it by; the host goes on'
  )
  t.equal(shownCell(sentence, false), 'nobody told')
  t.equal(shownCell(sentence, true), undefined, 'somebody may hear of it yet')
  t.equal(shownCell(verdictSentence(await shipped('01-story.yaml')), false), 'process killed')
})
