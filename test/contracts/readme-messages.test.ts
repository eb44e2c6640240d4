import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readScenarios, SHIPPED } from '../../cli/scenario/files.ts'
import { runInProcess } from '../../cli/scenario/in-process.ts'
import { MODELS } from '../../services/layers.ts'
import type { Layer } from '../../shared/contracts/layer.ts'
import { ACCEPTS } from '../../shared/contracts/registry.ts'

const ROOT = join(import.meta.dirname, '../..')
const LAYERS = MODELS.map(({ layer }) => layer)
const readmeOf = (layer: Layer) => readFileSync(join(ROOT, 'services', layer, 'README.md'), 'utf8')
/** What a README says of messages: the prose and the tables under that heading, up to the examples. */
const sectionOf = (layer: Layer) => /## Messages\n(.*?)\n(?:```|## )/s.exec(readmeOf(layer))?.[1] ?? ''
const namesIn = (text: string) => [...text.matchAll(/`([a-z][a-z0-9-]*\.[a-z0-9*-]+)`/g)].map(([, name = '']) => name)
/** Whether a name of a README, such as `kvm.*`, stands for a type of message. */
const standsFor = (name: string) => (type: string) =>
  name.endsWith('*') ? type.startsWith(name.slice(0, -1)) : type === name
const ALL_TYPES = Object.values(ACCEPTS).flatMap((accepts) => accepts.map(({ type }) => type))

/** The types that each layer sends in the shipped scenarios. */
async function sentTypes(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const read = readScenarios([SHIPPED])
  if ('errors' in read) throw new Error(read.errors.map(({ message }) => message).join('\n'))
  const sent = new Map(LAYERS.map((layer) => [layer as string, new Set<string>()]))
  for (const { scenario } of read.scenarios) {
    for (const { kind, from, to, type } of (await runInProcess(scenario)).journal) {
      if (kind === 'message' && from !== to) sent.get(from ?? '')?.add(type)
    }
  }
  return sent
}

for (const layer of LAYERS) {
  void t.test(
    `the README of ${layer} names every message that it accepts, and the tables give its route`,
    async (t) => {
      const section = sectionOf(layer)
      const names = namesIn(section)
      const routes = new Map(ACCEPTS[layer].map(({ type, method, path }) => [type, `${method} ${path}`]))
      const rows = [...section.matchAll(/^\| `([a-z.-]+)` +\| `([A-Z]+ [^`]+)`/gm)]

      for (const type of routes.keys())
        t.ok(
          names.some((name) => standsFor(name)(type)),
          `${type} is accepted`
        )
      for (const name of names) t.ok(ALL_TYPES.some(standsFor(name)), `${name} is a message`)
      for (const [, type = '', route = ''] of rows) {
        t.equal(route.replace('/m0/', '/:machine/').replace(/\?.*/, ''), routes.get(type), `the route of ${type}`)
      }
    }
  )

  void t.test(`the README of ${layer} names only files that exist`, async (t) => {
    const paths = [...readmeOf(layer).matchAll(/`([\w./-]+\.ts)`/g)].map(([, path = '']) => path)
    const own = globSync('**/*.ts', { cwd: join(ROOT, 'services', layer) })
    const isThere = (path: string) =>
      existsSync(join(ROOT, path)) || own.some((file) => `/${file}`.endsWith(`/${path}`))

    for (const path of paths) t.ok(isThere(path), path)
  })
}

void t.test('the README of each layer names every message that the layer sends in a shipped scenario', async (t) => {
  for (const [layer, types] of await sentTypes()) {
    const names = namesIn(sectionOf(layer as Layer))
    for (const type of types)
      t.ok(
        names.some((name) => standsFor(name)(type)),
        `${layer} sends ${type}`
      )
  }
})
