import t from 'tap'
import { vmCreate } from '../../shared/contracts/vmm.ts'
import { LAYERS, type Layer } from '../../shared/contracts/layer.ts'
import { outcomeOf, type Outcome } from '../../shared/trace/outcome.ts'
import { systemOfServices } from '../../shared/machine-room/over-http.ts'
import type { System } from '../../shared/machine-room/system.ts'
import type { Overrides } from '../../shared/scenario/plan.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { differences } from '../support/effects.ts'
import { follow, isInput, patientFetch, processes } from '../support/processes.ts'
import { MODELLED, type Modelled } from '../support/services.ts'
import { walkStory } from '../support/story.ts'

/** Every moment of every service instead of a few. */
const EVERY = process.env['SEABUS_KILL_EVERY'] === '1'

const STORIES = {
  'the story': { policy: 'morse' },
  'the counter-example': { policy: 'sei' }
} as const satisfies Record<string, Overrides>
type StoryName = keyof typeof STORIES

/** Longer than a policy service is away in these runs: its absence is a test of its own. */
const PATIENT_MS = 60_000

t.setTimeout(EVERY ? 3_600_000 : 110_000)
const services = await processes(t)

/** Drives the services through whatever happens to them. */
function system(machine: string, policyDeadlineMs = PATIENT_MS, urls = services.urls): System {
  const patient = systemOfServices(urls, { fetch: patientFetch(machine) })
  return {
    ...patient,
    tell: (machine, message, data) =>
      patient.tell(machine, message, message.type === vmCreate.type ? { ...data, policyDeadlineMs } : data)
  }
}

let runs = 0

/** Walks a story on a machine of its own, while `meanwhile` does what it likes to the services. */
async function run(story: StoryName, meanwhile: (machine: string) => Promise<unknown> = async () => undefined) {
  const machine = `k${++runs}`
  const driven = system(machine)
  const [, disturbed] = await Promise.all([walkStory(driven, machine, STORIES[story]), meanwhile(machine)])
  await driven.settle()
  const journal = await driven.journal(machine)
  return { machine, disturbed, outcome: outcomeOf(journal), happened: happened(journal, machine), journal }
}

/**
 * Whether an entry is of what the kernel's own timers led to: how often they fire is a matter of how long a run takes.
 */
function ofTimers(journal: readonly WireEntry[]): (id: string) => boolean {
  const timers = new Set(journal.filter(({ from }) => from === 'timer').map(({ id }) => id))
  const isOfTimer = (id: string): boolean =>
    timers.has(id) || (id.includes('.') && isOfTimer(id.slice(0, id.lastIndexOf('.'))))
  return isOfTimer
}

/** All that happened, times aside: of each entry what it is and its id, as on a machine m. */
function happened(journal: readonly WireEntry[], machine: string): readonly string[] {
  const isOfTimer = ofTimers(journal)
  return journal
    .filter(({ id }) => !isOfTimer(id))
    .map(({ id, kind, type, layer }) => `m${id.slice(machine.length)} ${kind} ${type} (${layer})`)
    .toSorted()
}

/** What the guest met first: an interrupt on its way and an access of its own race, on real machines too. */
const order = (journal: readonly WireEntry[]) =>
  journal
    .filter(({ type }) => type === 'guest.flow')
    .map(({ data }) => (data as { flow: string }).flow)
    .join()

/** How many messages of each type went from whom to whom. */
function messages(journal: readonly WireEntry[]): Readonly<Record<string, number>> {
  const isOfTimer = ofTimers(journal)
  const counts: Record<string, number> = {}
  for (const { id, kind, from, to, type } of journal) {
    if (kind !== 'message' || isOfTimer(id)) continue
    const name = `${from} ${to} ${type}`
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

/** Crashes a service, and others with it, as soon as its journal has so many inputs of this machine. */
async function crashAfter(layer: Modelled, inputs: number, machine: string, others: readonly Layer[] = []) {
  await after(layer, inputs, machine)
  await services.crash(layer, ...others)
}

async function after(layer: Modelled, inputs: number, machine: string): Promise<void> {
  let seen = 0
  while (!(await follow(services.urls[layer], machine, (entry) => isInput(entry) && ++seen === inputs))) seen = 0
}

const undisturbed = Object.fromEntries(
  await Promise.all(Object.keys(STORIES).map(async (name) => [name, await run(name as StoryName)] as const))
) as Record<StoryName, Awaited<ReturnType<typeof run>>>

/** Of these the two stories differ in nothing. */
const ASKED: ReadonlySet<Modelled> = new Set(['hardware', 'firmware', 'policy'])

/** After how many inputs to kill a service: all, or a few from the beginning to the end of what it does in a story. */
function moments(story: StoryName, layer: Modelled): readonly number[] {
  const { journal } = undisturbed[story]
  const count = journal.filter((entry) => entry.layer === layer && isInput(entry)).length
  if (EVERY) return Array.from({ length: count }, (_, i) => i + 1)
  const parts = story === 'the story' ? [0.65, 0.85] : ASKED.has(layer) ? [] : [0.8]
  return [...new Set(parts.map((part) => Math.max(1, Math.round(count * part))))]
}

function same(t: Asserts, ended: Awaited<ReturnType<typeof run>>, story: StoryName): void {
  const before = undisturbed[story]
  t.strictSame(ended.outcome, before.outcome, 'the same outcome')
  t.strictSame(differences(ended.journal, ofTimers(ended.journal)), NONE, 'nothing lost, nothing twice')
  if (order(ended.journal) === order(before.journal)) {
    t.strictSame(ended.happened, before.happened, 'everything happened, and happened once')
  } else {
    t.strictSame(messages(ended.journal), messages(before.journal), 'the same messages, in another order')
  }
}
interface Asserts {
  strictSame(found: unknown, wanted: unknown, message: string): unknown
}
const NONE = { lost: [], madeUp: [], twice: [] }

void t.test('undisturbed', async (t) => {
  t.match(undisturbed['the story'].outcome, {
    signals: ['BUS_MCEERR_AO', 'BUS_MCEERR_AR'],
    poisonedPages: { host: 1, guest: 1 },
    tasks: { redis: 'killed', nginx: 'completed' },
    guest: 'running'
  } satisfies Partial<Outcome>)
  for (const { journal } of Object.values(undisturbed)) t.strictSame(differences(journal, ofTimers(journal)), NONE)
  t.match(undisturbed['the counter-example'].outcome, { guest: 'panicked', avoidablePanic: true })
})

for (const story of Object.keys(STORIES) as StoryName[]) {
  for (const layer of MODELLED) {
    for (const inputs of moments(story, layer)) {
      void t.test(`${story}: ${layer} is killed after its input ${inputs}`, async (t) => {
        const ended = await run(story, (machine) => crashAfter(layer, inputs, machine))

        same(t, ended, story)
      })
    }
  }
}

const TOGETHER: readonly (readonly [Modelled, number, readonly Layer[]])[] = [
  ['host-kernel', 29, ['hardware']],
  ['vmm', 22, ['guest']],
  ['firmware', 17, LAYERS.filter((layer) => layer !== 'firmware')]
]
for (const [layer, inputs, others] of TOGETHER) {
  void t.test(`the story: ${layer} is killed after its input ${inputs}, together with ${others.join()}`, async (t) => {
    const ended = await run('the story', (machine) => crashAfter(layer, inputs, machine, others))

    same(t, ended, 'the story')
  })
}

void t.test('the story: a service is killed over and over', async (t) => {
  const ended = await run('the story', async (machine) => {
    for (const inputs of [20, 28, 32]) await crashAfter('host-kernel', inputs, machine)
  })

  same(t, ended, 'the story')
})

void t.test('a policy that is down is replaced by the fallback, and the journal says so', async (t) => {
  await services.kill('policy')
  // Whoever drives a story waits for every service to be at rest, which this one cannot say.
  const driven = system('alone', 200, { ...services.urls, policy: `${services.urls.console}/nothing` })
  const journal = await walkStory(driven, 'alone', STORIES['the story'])
  await services.start('policy')

  t.match(outcomeOf(journal), { guest: 'running', tasks: { redis: 'killed', nginx: 'completed' } })
  const decisions = journal.filter(({ type }) => type === 'policy.decide')
  t.match(
    decisions.filter(({ kind }) => kind === 'answer'),
    [{ fallback: true }, { fallback: true }]
  )
  t.match(
    decisions.filter(({ kind }) => kind === 'message'),
    [{ layer: 'vmm' }, { layer: 'vmm' }],
    'the VMM keeps the questions that nobody took in'
  )
})

void t.test('a console that is killed takes nothing with it but the run it was driving', async (t) => {
  const machine = 'told'
  const post = (body: object) =>
    fetch(`${services.urls.console}/v1/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body)
    })
  const told = post({ story: 'morse', machine }).then(
    () => 'told',
    () => 'cut off'
  )
  await after('hardware', 2, machine)
  await services.crash('console')
  await system(machine).settle()
  const journal = await (await fetch(`${services.urls.console}/v1/journal?machine=${machine}`)).text()
  const entries = journal
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as WireEntry)

  t.equal(await told, 'cut off')
  t.strictSame(differences(entries, ofTimers(entries)), NONE)
  t.match(await (await post({ story: 'morse' })).json(), { asExpected: true })
})

void t.test('after all of this every journal survives once more', async (t) => {
  const text = async (layer: Modelled) => (await fetch(`${services.urls[layer]}/v1/journal`)).text()
  const all = async () =>
    Object.fromEntries(await Promise.all(MODELLED.map(async (layer) => [layer, await text(layer)] as const)))
  const before = await all()

  await services.crash(...LAYERS)

  const kept = await all()
  for (const layer of MODELLED) t.ok(kept[layer]?.startsWith(before[layer] ?? '?'), layer)
})
