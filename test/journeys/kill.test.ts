import t from 'tap'
import { LAYERS, MODELLED_LAYERS, type Layer, type ModelledLayer } from '../../shared/contracts/layer.ts'
import { outcomeOf, type Outcome } from '../../shared/trace/outcome.ts'
import { systemOfServices } from '../../shared/machine-room/over-http.ts'
import type { System } from '../../shared/machine-room/system.ts'
import type { Overrides } from '../../shared/scenario/plan.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { differences } from '../support/effects.ts'
import { follow, GOING_CLOCK, isInput, patientFetch, processes } from '../support/processes.ts'
import { happened, messages, order, retakes } from '../support/same-run.ts'
import { walkStory } from '../support/story.ts'

/**
 * Every moment of every service instead of a few. What is left out then is tried in virtual time, where an instance that
 * crashes costs microseconds; here it is real processes, sockets and files that must hold.
 */
const EVERY = process.env['SEABUS_KILL_EVERY'] === '1'

const STORIES = {
  'the story': { policy: 'morse' },
  'the counter-example': { policy: 'sei' }
} as const satisfies Record<string, Overrides>
type StoryName = keyof typeof STORIES

// Whether a service comes back is no question of time; what hangs for ever ends by the limit of .taprc.
t.setTimeout(0)
const services = await processes(t)

/** Drives the services through whatever happens to them. */
const system = (machine: string, urls = services.urls): System =>
  systemOfServices(urls, { fetch: patientFetch(machine, services) })

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

type IsInput = (entry: WireEntry) => boolean

/** Whether an entry is the nth of those that fit. */
function nth(n: number, fits: IsInput): () => IsInput {
  return () => {
    let seen = 0
    return (entry) => fits(entry) && ++seen === n
  }
}

/** Crashes a service, and others with it, as soon as its journal has this input of the machine. */
async function crashAt(layer: ModelledLayer, moment: () => IsInput, machine: string, others: readonly Layer[] = []) {
  await reached(layer, moment, machine)
  await services.crash(layer, ...others)
}

async function reached(layer: ModelledLayer, moment: () => IsInput, machine: string): Promise<void> {
  while (!(await follow(services.urls[layer], machine, moment()))) services.check()
}

const undisturbed = Object.fromEntries(
  await Promise.all(Object.keys(STORIES).map(async (name) => [name, await run(name as StoryName)] as const))
) as Record<StoryName, Awaited<ReturnType<typeof run>>>

interface Kill {
  readonly story: StoryName
  readonly layer: ModelledLayer
  readonly moment: () => IsInput
  readonly name: string
  /** Killed at the same time. */
  readonly others?: readonly Layer[]
}

/** When the layer has taken in the nth message, or answer, of a type. */
const at = (story: StoryName, layer: ModelledLayer, n: number, type: string, others: readonly Layer[] = []): Kill => ({
  story,
  layer,
  moment: nth(n, (entry) => isInput(entry) && entry.type === type),
  name: `its ${type} ${n}`,
  others
})

/** Each service once, in the middle of what it does about the error. */
const SOME: readonly Kill[] = [
  // The guest's load from the poisoned line.
  at('the story', 'hardware', 2, 'memory.access'),
  // The SError has come to EL3, and no record is written yet.
  at('the story', 'firmware', 1, 'exception.take'),
  // The status block is cleared, and not acknowledged yet.
  at('the story', 'host-kernel', 1, 'memory.write'),
  // Asked about BUS_MCEERR_AR, and not heard.
  at('the story', 'policy', 2, 'policy.decide'),
  // It is decided that the guest gets an SEA, which is not injected yet.
  at('the story', 'vmm', 2, 'policy.decide'),
  // The guest takes the SEA.
  at('the story', 'guest', 2, 'vcpu.enter'),
  // Who asks and who answers at once.
  at('the story', 'host-kernel', 1, 'apei.notify', ['firmware']),
  // The guest takes the SError that panics it.
  at('the counter-example', 'guest', 2, 'vcpu.enter')
]

/** After each input that a layer takes in, and several services at once. */
const all = (): readonly Kill[] => [
  ...(Object.keys(STORIES) as StoryName[]).flatMap((story) =>
    MODELLED_LAYERS.flatMap((layer) => {
      const count = undisturbed[story].journal.filter((entry) => entry.layer === layer && isInput(entry)).length
      return Array.from({ length: count }, (_, i) => after(story, layer, i + 1))
    })
  ),
  after('the story', 'host-kernel', 29, ['hardware']),
  after('the story', 'vmm', 22, ['guest']),
  after(
    'the story',
    'firmware',
    17,
    LAYERS.filter((layer) => layer !== 'firmware')
  )
]

function after(story: StoryName, layer: ModelledLayer, inputs: number, others: readonly Layer[] = []): Kill {
  return { story, layer, moment: nth(inputs, isInput), name: `its input ${inputs}`, others }
}

function same(t: Asserts, ended: Awaited<ReturnType<typeof run>>, story: StoryName): void {
  const before = undisturbed[story]
  t.strictSame(ended.outcome, before.outcome, 'the same outcome')
  t.strictSame(differences(ended.journal, NOTHING_LEFT_OUT), NONE, 'nothing lost, nothing twice')
  if (retakes(ended.journal) !== retakes(before.journal)) return
  if (order(ended.journal) === order(before.journal)) {
    t.strictSame(ended.happened, before.happened, 'everything happened, and happened once')
  } else {
    t.strictSame(messages(ended.journal), messages(before.journal), 'the same messages, in another order')
  }
}
interface Asserts {
  strictSame(found: unknown, wanted: unknown, message: string): unknown
}
const NOTHING_LEFT_OUT = () => false
const NONE = { lost: [], madeUp: [], twice: [] }

void t.test('undisturbed', async (t) => {
  t.match(undisturbed['the story'].outcome, {
    signals: ['BUS_MCEERR_AO', 'BUS_MCEERR_AR'],
    poisonedPages: { host: 1, guest: 1 },
    tasks: { redis: 'killed', nginx: 'completed' },
    guest: 'running'
  } satisfies Partial<Outcome>)
  for (const { journal } of Object.values(undisturbed)) t.strictSame(differences(journal, NOTHING_LEFT_OUT), NONE)
  t.match(undisturbed['the counter-example'].outcome, { guest: 'panicked', avoidablePanic: true })
  const timers = undisturbed['the story'].journal.filter(({ from }) => from === 'timer')
  t.strictSame(timers, [], 'the clocks stand still: how long a run takes changes nothing')
})

for (const { story, layer, moment, name, others = [] } of EVERY ? [...SOME, ...all()] : SOME) {
  void t.test(`${story}: ${[layer, ...others].join(' and ')} killed after ${layer} got ${name}`, async (t) => {
    const ended = await run(story, (machine) => crashAt(layer, moment, machine, others))

    same(t, ended, story)
  })
}

if (EVERY) {
  void t.test('the story: a service is killed over and over', async (t) => {
    const ended = await run('the story', async (machine) => {
      for (const inputs of [20, 28, 32]) await crashAt('host-kernel', nth(inputs, isInput), machine)
    })

    same(t, ended, 'the story')
  })
}

void t.test('a policy that is down is replaced by the fallback, and the journal says so', async (t) => {
  await Promise.all([services.kill('policy'), services.kill('vmm')])
  // Its deadline has to pass.
  await services.start('vmm', GOING_CLOCK)
  // Whoever drives a story waits for every service to be at rest, which this one cannot say.
  const driven = system('alone', { ...services.urls, policy: `${services.urls.console}/nothing` })
  const journal = await walkStory(driven, 'alone', STORIES['the story'])
  await Promise.all([services.start('policy'), services.crash('vmm')])

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
  await reached('hardware', nth(2, isInput), machine)
  await services.crash('console')
  await system(machine).settle()
  const journal = await (await fetch(`${services.urls.console}/v1/journal?machine=${machine}`)).text()
  const entries = journal
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as WireEntry)

  t.equal(await told, 'cut off')
  t.strictSame(differences(entries, NOTHING_LEFT_OUT), NONE)
  t.match(await (await post({ story: 'morse' })).json(), { asExpected: true })
})

void t.test('after all of this the journal of every machine that is there survives once more', async (t) => {
  const machinesOf = async (layer: ModelledLayer) =>
    ((await (await fetch(`${services.urls[layer]}/v1/machines`)).json()) as { machines: readonly string[] }).machines
  const text = async (layer: ModelledLayer) => {
    const machines = await machinesOf(layer)
    t.ok(machines.length > 1, layer)
    const read = async (one: string) => (await fetch(`${services.urls[layer]}/v1/journal?machine=${one}`)).text()
    return (await Promise.all(machines.toSorted().map(read))).join('')
  }
  const all = async () =>
    Object.fromEntries(await Promise.all(MODELLED_LAYERS.map(async (layer) => [layer, await text(layer)] as const)))
  const before = await all()

  await services.crash(...LAYERS)

  const kept = await all()
  for (const layer of MODELLED_LAYERS) t.equal(kept[layer], before[layer], layer)
})
