import { isFields, type Schema } from '../../shared/scenario/check-schema.ts'
import { ACTION_WORDS } from '../../shared/scenario/action-words.ts'
import { Scenario } from '../../shared/scenario/schema.ts'

/** A schema with the names that the scenario format gives to the forms of a text. */
interface Named extends Schema {
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, Named>>
  readonly anyOf?: readonly Named[]
  readonly items?: Named
  readonly patternProperties?: Readonly<Record<string, Named>>
}

const HEAD = `# Scenario reference

Every key that a scenario file can have. Written by \`node cli/docs/write.ts\` from the schema that files are held against
([scenario.schema.json](scenario.schema.json)); how to write one is told in [scenarios/README.md](../scenarios/README.md). What
stands in bold must be there. A name is the text that \`tasks\`, \`vms\` or \`processes\` give to somebody.
`

const ROOT = JSON.parse(JSON.stringify(Scenario)) as Named

/** The page, in Markdown. */
export function scenarioReference(): string {
  const { machine, vms, processes, steps, expect } = ROOT.properties ?? {}
  const vm = vms?.items
  const task = mapOf(vm?.properties?.['tasks']?.items)
  const parts = [
    section('The file', ROOT),
    section('machine', machine),
    section('vms[]', vm),
    section('vms[].guest', vm?.properties?.['guest']),
    section('vms[].tasks[]', task, 'A name alone is a task with one page of anonymous memory.'),
    section('processes[]', mapOf(processes?.items), 'A name alone is a process with one page of anonymous memory.'),
    section(
      'A place',
      mapOf(steps?.items?.properties?.['repair']),
      'Where memory is, for a step. A name alone is the first page of whoever has that name.'
    ),
    stepsOf(steps?.items),
    section('expect', expect, 'What is left out is not looked at.')
  ]
  return [HEAD, ...parts].join('\n')
}

/** Keys whose value has a table of its own, by the names of the sections. */
const TABLES: Readonly<Record<string, string>> = {
  machine: '[map](#machine)',
  vms: '[list of maps](#vms)',
  guest: '[map](#vmsguest)',
  tasks: '[list of maps](#vmstasks), or of names',
  processes: '[list of maps](#processes), or of names',
  steps: '[list of maps](#steps)',
  expect: '[map](#expect)'
}

function section(title: string, schema: Named | undefined, words = ''): string {
  if (schema?.properties === undefined) throw new TypeError(`${title} is no map in the schema`)
  const said = [schema.description, words].filter((text) => text !== undefined && text !== '').join('. ')
  return `## ${title}\n\n${said === '' ? '' : `${said}\n\n`}${table(schema)}`
}

function table({ properties = {}, required = [] }: Named, without: ReadonlySet<string> = new Set()): string {
  const rows = Object.entries(properties)
    .filter(([name]) => !without.has(name))
    .map(([name, of]) => {
      const key = required.includes(name) ? `**\`${name}\`**` : `\`${name}\``
      const isMap = of.properties !== undefined || of.items !== undefined
      return `| ${key} | ${(isMap ? TABLES[name] : undefined) ?? formOf(of)} | ${of.description ?? ''} |`
    })
  return rows.length === 0 ? '' : `| key | value | |\n|---|---|---|\n${rows.join('\n')}\n`
}

function stepsOf(step: Named | undefined): string {
  const { repair, ...others } = step?.properties ?? {}
  const place = mapOf(repair)?.properties ?? {}
  const placed = new Set(Object.keys(place))
  const actions = Object.entries({ ...others, repair }).map(([name, of]) => {
    const words = ACTION_WORDS[name as keyof typeof ACTION_WORDS]
    return `### ${name}\n\n\`${name}\`: ${words}.\n\n${actionOf(of ?? {}, placed)}`
  })
  return `## steps[]\n\nEach step is a map with one of these keys.\n\n${actions.join('\n')}`
}

function actionOf(of: Named, placed: ReadonlySet<string>): string {
  const map = of.properties === undefined ? mapOf(of) : of
  if (map === undefined) return `${capital(formOf(of))}${of.description === undefined ? '' : `: ${of.description}`}.\n`
  const isPlaced = [...placed].every((name) => Object.hasOwn(map.properties ?? {}, name))
  const shorts = (of.anyOf ?? [])
    .filter((one) => one !== map)
    .map((one) => (one.items === undefined ? 'a name' : 'a list'))
  const said = [...shorts, isPlaced ? 'a [place](#a-place)' : 'a map'].join(', or ')
  const more = table(map, isPlaced ? placed : new Set())
  return more === '' ? `${capital(said)}.\n` : `${capital(said)}, with\n\n${more}`
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** Of a union the branch that is a map of named keys. */
const mapOf = (schema: Named | undefined): Named | undefined =>
  schema?.anyOf?.find(({ properties }) => properties !== undefined) ??
  schema?.anyOf?.map(({ items }) => mapOf(items)).find((map) => map !== undefined)

/** One of several forms: of a text that is written in a certain way, what says so. */
const branchOf = (branch: Named): string =>
  branch.pattern !== undefined && branch.description !== undefined ? branch.description : formOf(branch)

/** What a value looks like, in a cell. */
function formOf(schema: Named): string {
  const { type, const: one, anyOf, properties, items, patternProperties } = schema
  const values = schema.enum ?? (one === undefined ? undefined : [one])
  if (values !== undefined) return [...new Set(values.map((value) => `\`${String(value)}\``))].join(', ')
  if (anyOf !== undefined) return [...new Set(anyOf.map(branchOf))].join(' or ')
  if (items !== undefined) return `list of ${formOf(items)}`
  if (properties !== undefined)
    return `{ ${Object.entries(properties)
      .map(([name, of]) => `\`${name}\`: ${formOf(of)}`)
      .join('; ')} }`
  const [each] = Object.values(patternProperties ?? {})
  if (each !== undefined) return `{ name: ${formOf(each)} }`
  if (isFields(schema.additionalProperties)) return `{ name: ${formOf(schema.additionalProperties)} }`
  switch (type) {
    case 'integer':
      return range(schema, 'whole number')
    case 'number':
      return range(schema, 'number')
    case 'boolean':
      return '`true` or `false`'
    case 'object':
      return 'map'
    case undefined:
      return 'any value'
    default:
      return 'text'
  }
}

function range({ minimum, maximum }: Named, what: string): string {
  if (minimum !== undefined && maximum !== undefined) return `${what}, ${minimum} to ${maximum}`
  return minimum === undefined ? what : `${what} from ${minimum}`
}
