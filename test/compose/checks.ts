import type { Test } from 'tap'
import { LAYERS, MODELLED_LAYERS, type Layer } from '../../shared/contracts/layer.ts'
import { command, until } from './command.ts'
import type { Engine } from './engine.ts'
import { isHealthy, readJournal, runStory } from './journey.ts'
import type { Container, Stack } from './stack.ts'

export interface Composed {
  engine: Engine
  stack: Stack
  consoleUrl: string
  /** The console's port on 127.0.0.1, as compose.yaml publishes it. */
  port: string
}

/** What the composed system promises, in the order in which one would find out. */
export async function checks(t: Test, composed: Composed): Promise<void> {
  const { stack, consoleUrl } = composed

  await t.test('all seven services become healthy', async (t) => {
    await Promise.all(LAYERS.map((layer) => healthy(stack, layer)))

    t.ok(await isHealthy(consoleUrl), 'the console answers on its published port')
  })

  await t.test('nothing but the console can be reached from outside, and it only from this machine', (t) =>
    onlyTheConsoleIsPublished(t, composed)
  )

  await t.test('every service runs as a user without rights in a container it cannot write to', async (t) => {
    for (const layer of LAYERS) await isConfined(t, composed, layer)
  })

  await t.test('no container can take the machine down, and each comes back', async (t) => {
    for (const layer of LAYERS) isBounded(t, await stack.inspect(layer), layer)
  })

  await t.test('the network of the layers has no way out', (t) => isInternal(t, composed))

  await t.test('the commands that the console prints, and each layer through it, work as printed', (t) =>
    printedWork(t, composed)
  )

  await t.test('told by an SEA, the guest kills the consumer and lives', async (t) => {
    const { outcome } = await runStory(consoleUrl, 'morse')

    t.match(outcome, { host: 'running', guest: 'running', avoidablePanic: false })
    t.strictSame(outcome.tasks, { redis: 'killed', nginx: 'completed' })
    t.strictSame(outcome.signals, ['BUS_MCEERR_AO', 'BUS_MCEERR_AR'])
  })

  await t.test('told by an SError, the guest panics though it need not', async (t) => {
    const { outcome } = await runStory(consoleUrl, 'sei')

    t.match(outcome, { host: 'running', guest: 'panicked', avoidablePanic: true })
  })

  await t.test('the console merges the journals of all layers', async (t) => {
    const layers = new Set((await readJournal(consoleUrl)).map((entry) => entry.layer))

    for (const layer of LAYERS) if (layer !== 'console') t.ok(layers.has(layer), layer)
  })

  await t.test('firmware killed in its tracks comes back with all it had accepted', (t) =>
    firmwareComesBack(t, composed)
  )

  await t.test('told to stop, a service ends by itself', async (t) => {
    for (const layer of LAYERS) await endsByItself(t, composed, layer)
  })

  await t.test('overrides put a policy in Python and another VMM in place of ours', (t) => overridden(t, composed))
}

async function onlyTheConsoleIsPublished(t: Test, { stack, port }: Composed): Promise<void> {
  for (const layer of LAYERS) {
    const { NetworkSettings } = await stack.inspect(layer)
    const published = Object.values(NetworkSettings.Ports).flatMap((bindings) => bindings ?? [])

    t.strictSame(published, layer === 'console' ? [{ HostIp: '127.0.0.1', HostPort: port }] : [], layer)
  }
}

async function isConfined(t: Test, { engine, stack }: Composed, layer: Layer): Promise<void> {
  const { Id, HostConfig } = await stack.inspect(layer)
  const status = await engine.docker('exec', Id, 'sh', '-c', 'cat /proc/[0-9]*/status')
  const all = (field: string) => new Set([...status.matchAll(new RegExp(`^${field}:\\s*(.*)$`, 'gm'))].map((m) => m[1]))

  t.strictSame(all('Uid'), new Set(['1000\t1000\t1000\t1000']), `${layer}: user node`)
  t.strictSame(all('CapBnd'), new Set(['0000000000000000']), `${layer}: no capability to be had`)
  t.strictSame(all('NoNewPrivs'), new Set(['1']), `${layer}: no new privileges`)
  t.ok(HostConfig.ReadonlyRootfs, `${layer}: read-only root`)
}

async function firmwareComesBack(t: Test, { engine, stack, consoleUrl }: Composed): Promise<void> {
  const before = await stack.inspect('firmware')
  const { machine } = await runStory(consoleUrl, 'morse', { keep: true })
  const accepted = await firmwareEntries(consoleUrl, machine)
  t.ok(accepted.length > 10)

  // Pid -1: every process in the container but its init. The shell that asks may go down with the container.
  await engine.docker('exec', before.Id, 'sh', '-c', 'kill -9 -1').catch(() => '')
  await until('Docker restarts firmware', 30, async () =>
    (await stack.inspect('firmware')).RestartCount > before.RestartCount ? true : undefined
  )
  await healthy(stack, 'firmware')

  const { outcome } = await runStory(consoleUrl, 'morse')
  t.match(outcome, { host: 'running', guest: 'running', tasks: { redis: 'killed' } }, 'the story runs again')
  const kept = new Set(await firmwareEntries(consoleUrl, machine))
  t.strictSame(
    accepted.filter((entry) => !kept.has(entry)),
    [],
    `all ${accepted.length} entries of its journal are still there`
  )
}

async function firmwareEntries(consoleUrl: string, machine: string): Promise<string[]> {
  const journal = await readJournal(consoleUrl, machine)
  return journal.filter((entry) => entry.layer === 'firmware').map(({ id, type }) => `${id} ${type}`)
}

async function healthy(stack: Stack, layer: Layer): Promise<void> {
  await until(`${layer} is healthy`, 90, async () =>
    (await stack.inspect(layer)).State.Health.Status === 'healthy' ? true : undefined
  )
}

const MIB = 1_048_576

function isBounded(t: Test, { HostConfig }: Container, layer: Layer): void {
  t.match(
    HostConfig,
    {
      Memory: 512 * MIB,
      PidsLimit: 128,
      Init: true,
      RestartPolicy: { Name: 'unless-stopped' },
      LogConfig: { Config: { 'max-size': '10m', 'max-file': '3' } }
    },
    layer
  )
}

async function isInternal(t: Test, { engine, stack }: Composed): Promise<void> {
  for (const layer of LAYERS) {
    const { NetworkSettings } = await stack.inspect(layer)
    const ids = Object.values(NetworkSettings.Networks).map(({ NetworkID }) => NetworkID)
    const networks = JSON.parse(await engine.docker('network', 'inspect', ...ids)) as readonly { Internal: boolean }[]

    t.strictSame(
      networks.map(({ Internal }) => Internal).toSorted(),
      layer === 'console' ? [false, true] : [true],
      layer
    )
  }
}

/** The console's own lines do not say theirs. */
const methodOf = (curl: string) => (/ -(?:X|d|-data-binary) /.test(curl) ? 'other' : 'GET')

/** Every command that only reads and ends, as a newcomer would paste it. */
async function printedWork(t: Test, { consoleUrl }: Composed): Promise<void> {
  const doors = ['', ...MODELLED_LAYERS.map((layer) => `/services/${layer}`)]
  for (const door of doors) {
    const response = await fetch(`${consoleUrl}${door}/`)
    const { links } = (await response.json()) as { links: { method?: string; href: string; curl: string }[] }
    for (const { method, href, curl } of links) {
      if ((method ?? methodOf(curl)) !== 'GET' || href.includes('follow=true')) continue
      t.ok(curl.includes(`${consoleUrl}${door}/`), curl)
      const status = await command('sh', ['-c', `${curl} -o /dev/null -w '%{http_code}'`], process.env)
      // What a machine has none of is a problem, from the layer all the same.
      t.match(status, /^(200|404|409)$/, curl)
    }
  }
}

/** The time it took is told, not judged: that is the machine's as well. */
async function endsByItself(t: Test, { engine, stack }: Composed, layer: Layer): Promise<void> {
  const { Id } = await stack.inspect(layer)
  const start = performance.now()
  await engine.docker('stop', Id)
  t.comment(`${layer} stopped within ${((performance.now() - start) / 1000).toFixed(1)} s`)

  t.equal((await stack.inspect(layer)).State.ExitCode, 0, layer)
  await engine.docker('start', Id)
  await healthy(stack, layer)
}

const OVERRIDES = ['examples/compose/policy-python.yaml', 'examples/compose/vmm-qemu.yaml']

async function overridden(t: Test, { stack, consoleUrl }: Composed): Promise<void> {
  const policyEntries = async () => (await readJournal(consoleUrl)).filter(({ layer }) => layer === 'policy').length
  const ours = await stack.inspect('policy')
  await stack.up(...OVERRIDES)
  await Promise.all(LAYERS.map((layer) => healthy(stack, layer)))
  t.not((await stack.inspect('policy')).Config.Image, ours.Config.Image)

  const { outcome } = await runStory(consoleUrl, 'morse')
  t.match(outcome, { host: 'running', guest: 'running', tasks: { redis: 'killed', nginx: 'completed' } })
  t.equal(await policyEntries(), 0, 'the policy in Python keeps no journal, and ours is gone')

  const vms = `${consoleUrl}/services/vmm/v1/machines/m0/vms`
  const headers = { 'content-type': 'application/json' }
  const made = await fetch(`${vms}?wait=settled`, { method: 'POST', headers, body: '{"vm":"of-qemu"}' })
  t.equal(made.status, 200, await made.text())
  t.match(await (await fetch(vms)).json(), { vms: [{ vm: 'of-qemu', profile: 'qemu-10.2' }] })
}
