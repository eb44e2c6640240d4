import type { ModelledLayer } from '../../shared/contracts/layer.ts'
import { PORTS } from '../../shared/contracts/layer.ts'
import { text, UsageError, withErrors, type Done, type Values } from '../command.ts'
import { NotALayer, ServiceDown, type RuleResult } from '../conform/check.ts'
import { callsNobody, conformLayer, type LayerRules } from '../conform/conform-layer.ts'
import { conformPolicy } from '../conform/conform-policy.ts'
import { Neighbours } from '../conform/neighbours.ts'
import { FORMATS } from '../conform/report.ts'
import { RULES_OF } from '../conform/rules.ts'
import { untilSignal } from '../until-signal.ts'

const EXIT = { conforms: 0, breaksRules: 1, notALayer: 2, serviceDown: 3 } as const
const DEFAULT_DEADLINE_MS = 500
/** How long something that a layer has to do may take. */
const DEFAULT_PATIENCE_MS = 5000
/** The longest that a timer can wait, ms. */
const LONGEST_MS = 2 ** 31 - 1
/** What numbers may be at most: the ports of all layers follow the first. */
const LARGEST = {
  listen: 65_535 - (Math.max(...Object.values(PORTS)) - PORTS.console),
  patience: LONGEST_MS,
  deadline: LONGEST_MS
} as const
const LAYERS = ['policy', ...Object.keys(RULES_OF)]

/** `seabus conform LAYER URL`: whether a service that replaces a layer keeps its contract. */
export async function conformCommand(values: Values, [layer, url, ...more]: readonly string[]): Promise<Done> {
  if (layer === undefined || !LAYERS.includes(layer)) {
    throw new UsageError(`seabus conform: which layer? ${LAYERS.join(', ')}`)
  }
  if (url === undefined) throw new UsageError(`seabus conform: where is the ${layer}? ${layer} URL`)
  if (!isHttp(url)) throw new UsageError(`seabus conform: ${url} is no http URL${hintOf(url)}`)
  if (more.length > 0) throw new UsageError(`seabus conform: one URL, not also ${more.join(' ')}`)
  const format = FORMATS[text(values['format']) ?? 'text']
  if (format === undefined)
    throw new UsageError(`seabus conform: --format is one of ${Object.keys(FORMATS).join(', ')}`)
  const left: string[] = []
  const done = await untilSignal(async (signal): Promise<Done> => {
    try {
      const rules = RULES_OF[layer as ModelledLayer]
      const results =
        rules === undefined
          ? await policyResults(url, values)
          : await layerResults(rules, url, values, { signal, left })
      const isKept = results.every(({ broken }) => broken.length === 0)
      return { output: format(url, results), exitCode: isKept ? EXIT.conforms : EXIT.breaksRules }
    } catch (error) {
      if (error instanceof NotALayer)
        return { output: '', errors: `${url}: ${error.message}`, exitCode: EXIT.notALayer }
      if (!(error instanceof ServiceDown)) throw error
      return { output: '', errors: error.message, exitCode: EXIT.serviceDown }
    }
  })
  return withErrors('result' in done ? done.result : { output: '', exitCode: done.exitCode }, left)
}

const isHttp = (url: string): boolean => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)

/** An address without its scheme is what is given most often. */
const hintOf = (url: string): string => (isHttp(`http://${url}`) ? `; did you mean http://${url}?` : '')

async function policyResults(url: string, values: Values): Promise<readonly RuleResult[]> {
  const machine = text(values['machine']) ?? 'm0'
  const deadlineMs = wholeNumber(values, 'deadline') ?? DEFAULT_DEADLINE_MS
  return conformPolicy(url, { machine, deadlineMs, policy: text(values['policy']) })
}

async function layerResults(
  rules: LayerRules,
  url: string,
  values: Values,
  { signal, left }: { readonly signal: AbortSignal; readonly left: string[] }
): Promise<readonly RuleResult[]> {
  const base = wholeNumber(values, 'listen') ?? PORTS.console
  const neighbours = await Neighbours.start(rules.layer, base).catch((error: unknown) => {
    const { code, message } = error as NodeJS.ErrnoException
    const reason = code === 'EADDRINUSE' ? 'one of these ports is in use' : message
    throw new UsageError(
      `seabus conform: the neighbours of ${rules.layer} cannot listen from port ${base} on: ${reason}`
    )
  })
  try {
    const patienceMs = wholeNumber(values, 'patience') ?? DEFAULT_PATIENCE_MS
    const results = await conformLayer(rules, {
      url,
      neighbours,
      patienceMs,
      mustCall: true,
      signal,
      left: (machine, why) => left.push(`machine ${machine} may be left at ${url}: ${why}`)
    })
    if (neighbours.wasCalled) return results
    throw new NotALayer(callsNobody(neighbours))
  } finally {
    neighbours.close()
  }
}

function wholeNumber(values: Values, name: keyof typeof LARGEST): number | undefined {
  const given = text(values[name])
  if (given === undefined) return undefined
  const number = Number(given)
  if (Number.isInteger(number) && number > 0 && number <= LARGEST[name]) return number
  throw new UsageError(`seabus conform: --${name} is a whole number from 1 to ${LARGEST[name]}, not ${given}`)
}
