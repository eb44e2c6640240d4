import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { parse } from 'yaml'
import { LAYERS } from '../../shared/contracts/layer.ts'
import { SpanExport } from '../../shared/service/watching/span-export.ts'
import { needs, ran } from '../support/commands.ts'
import { metricNamesOf } from '../support/metrics.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'

const DIRECTORY = new URL('../../examples/observability/', import.meta.url)
const pathOf = (file: string) => fileURLToPath(new URL(file, DIRECTORY))
const read = (file: string) => readFileSync(pathOf(file), 'utf8')

const withPromtool = await needs('promtool', 'Debian: prometheus')

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly expr: string; readonly alert?: string }[] }[]
}
interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[]
}

const spans = (service: string) =>
  new SpanExport({ endpoint: 'http://127.0.0.1:1', service, release: '0', epochMs: 0, trouble: () => undefined })
const { urls } = await services(t, { data: t.testdir(), spans })
await request(`${urls.console}/v1/runs`, { body: { story: 'morse' } })
await request(`${urls.console}/v1/runs`, { body: { story: 'sei' } })
await request(`${urls.hardware}/v1/machines/m0/errors`, { body: { kind: 'no such kind' } })
const pages = await Promise.all(
  LAYERS.map(async (layer) => ({ layer, text: (await request(`${urls[layer]}/metrics`)).text }))
)

/** Lets promtool look at a page of metrics. */
async function checked(directory: string, name: string, text: string) {
  const file = join(directory, name)
  writeFileSync(file, text)
  const { code, stdout, stderr } = await ran('bash', ['-c', 'promtool check metrics < "$0"', file], directory)
  return { code, said: stdout + stderr }
}

void t.test('what every service says at /metrics is what promtool takes', withPromtool, async (t) => {
  const directory = t.testdir({})
  for (const { layer, text } of pages) {
    const own = text
      .split('\n')
      .filter((line) => /^(# (HELP|TYPE) )?seabus_/.test(line))
      .join('\n')
    t.strictSame(await checked(directory, `${layer}.own`, `${own}\n`), { code: 0, said: '' }, `${layer}, its own`)
    const { code, said } = await checked(directory, layer, text)
    // Names that prom-client gives to what it measures of the process are its own: 3 is a matter of style.
    t.ok(code === 0 || code === 3, `${layer}: ${said}`)
  }
})

void t.test('the rules and the configuration are what promtool takes', withPromtool, async (t) => {
  for (const args of [
    ['check', 'rules', pathOf('rules.yml')],
    ['check', 'config', pathOf('prometheus.yml')]
  ]) {
    const { code, stdout, stderr } = await ran('promtool', args, fileURLToPath(DIRECTORY))
    t.equal(code, 0, stdout + stderr)
  }
})

void t.test('every metric of the rules and the dashboard is one that a running system has', async (t) => {
  const names = new Set(pages.flatMap(({ text }) => [...metricNamesOf(text)]))
  // Counters of what did not happen have no sample yet, but they have a type.
  for (const { text } of pages) for (const [, name] of text.matchAll(/^# TYPE (\S+) /gm)) names.add(name ?? '')
  const rules = (parse(read('rules.yml')) as Rules).groups.flatMap(({ rules: each }) => each)
  const dashboard = JSON.parse(read('grafana/dashboards/seabus.json')) as Dashboard
  const expressions = [...rules, ...dashboard.panels.flatMap(({ targets }) => targets)].map(({ expr }) => expr)
  t.ok(rules.length >= 10 && dashboard.panels.length >= 20)

  const used = new Set(expressions.flatMap((expr) => expr.match(/\b(seabus|process|nodejs)_\w+/g) ?? []))
  for (const name of used) t.ok(names.has(name), name)
  for (const expr of expressions) t.match(expr, /\b(seabus|process|nodejs)_\w+|\bup\{/)
})

void t.test(
  'every metric of a service is on the dashboard or in the rules, but for what is only information',
  async (t) => {
    const used = read('rules.yml') + read('grafana/dashboards/seabus.json')
    const names = pages.flatMap(({ text }) =>
      [...text.matchAll(/^# TYPE (seabus_\S+) /gm)].map(([, name]) => name ?? '')
    )
    const unused = [...new Set(names)].filter((name) => !used.includes(name))
    t.strictSame(unused.toSorted(), ['seabus_build_info', 'seabus_journal_kept_entries'])
  }
)

void t.test('each of the seven services is scraped, by the name and port that compose.yaml gives it', async (t) => {
  const { scrape_configs: jobs } = parse(read('prometheus.yml')) as {
    readonly scrape_configs: readonly { readonly static_configs: readonly { readonly targets: readonly string[] }[] }[]
  }
  const targets = jobs.flatMap(({ static_configs: each }) => each.flatMap((one) => one.targets))
  const { services: composed } = parse(readFileSync(new URL('../../compose.yaml', DIRECTORY), 'utf8'), {
    merge: true
  }) as {
    readonly services: Readonly<Record<string, { readonly environment: { readonly SEABUS_PORT: number } }>>
  }
  const served = Object.entries(composed).map(([name, { environment }]) => `${name}:${environment.SEABUS_PORT}`)
  t.strictSame(targets.toSorted(), served.toSorted())
})
