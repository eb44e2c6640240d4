import { joined } from '../../shared/contracts/plain-text.ts'
import { text, type Done, UsageError, type Values } from '../command.ts'
import { conformPolicy, ServiceDown, type ConformOptions, type RuleResult } from '../conform/conform-policy.ts'

const EXIT = { conforms: 0, breaksRules: 1, serviceDown: 3 } as const
const DEFAULT_DEADLINE_MS = 500
const LAYERS = ['policy']

/** `seabus conform policy URL`: whether a service that replaces a layer keeps its contract. */
export async function conformCommand(values: Values, [layer, url, ...more]: readonly string[]): Promise<Done> {
  if (layer === undefined || !LAYERS.includes(layer))
    throw new UsageError(`seabus conform: which layer? ${LAYERS.join()}`)
  if (url === undefined || !URL.canParse(url)) throw new UsageError('seabus conform: policy URL')
  if (more.length > 0) throw new UsageError(`seabus conform: one URL, not also ${more.join(' ')}`)
  return conform(
    url,
    {
      machine: text(values['machine']) ?? 'm0',
      deadlineMs: deadlineOf(text(values['deadline'])),
      policy: text(values['policy'])
    },
    values['json'] === true
  )
}

function deadlineOf(given: string | undefined): number {
  const deadline = given === undefined ? DEFAULT_DEADLINE_MS : Number(given)
  if (Number.isInteger(deadline) && deadline > 0) return deadline
  throw new UsageError(`seabus conform: --deadline is a number of milliseconds, not ${given}`)
}

async function conform(url: string, options: ConformOptions, json: boolean): Promise<Done> {
  try {
    const results = await conformPolicy(url, options)
    const exitCode = results.every(({ broken }) => broken.length === 0) ? EXIT.conforms : EXIT.breaksRules
    return { output: json ? JSON.stringify({ url, results }, null, 2) : report(url, results), exitCode }
  } catch (error) {
    if (!(error instanceof ServiceDown)) throw error
    return { output: '', errors: error.message, exitCode: EXIT.serviceDown }
  }
}

function report(url: string, results: readonly RuleResult[]): string {
  const failed = results.filter(({ broken }) => broken.length > 0).length
  return joined([
    ...results.flatMap(({ rule, about, broken }) => [
      `${broken.length === 0 ? 'pass' : 'FAIL'}  ${rule}: ${about}`,
      ...broken.map((what) => `        ${what}`)
    ]),
    '',
    failed === 0 ? `${url} keeps the contract` : `${url} breaks ${failed} of ${results.length} rules`
  ])
}
