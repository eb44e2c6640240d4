import { URL_VARIABLE, type ModelledLayer } from '../../shared/contracts/layer.ts'
import { ACCEPTS } from '../../shared/contracts/registry.ts'
import { NOT_OFFERED } from '../../shared/transport/headers.ts'
import { whyUnreached } from '../../shared/transport/why-unreached.ts'
import { fetch } from '../fetch.ts'
import { NotALayer, ServiceDown, type Check, type RuleResult } from './check.ts'
import { generalChecks, type Effective } from './general.ts'
import { isLayer } from './is-layer.ts'
import type { Neighbours } from './neighbours.ts'
import { Broken, Scene, shown, Skipped, Unheard } from './scene.ts'

/** What a layer's contract asks of whoever serves it. */
export interface LayerRules {
  readonly layer: ModelledLayer
  /** What it does for the layers around it. */
  readonly checks: readonly Check[]
  readonly effective: Effective
  /** What the neighbours answer from the start, before the machine is made. */
  readonly surroundings?: (scene: Scene) => void
}

export interface LayerOptions {
  readonly url: string
  readonly neighbours: Neighbours
  /** How long something that has to come may take, ms. */
  readonly patienceMs: number
  /** Only these rules; all by default. */
  readonly only?: readonly string[] | undefined
  /** The first rule that waits for a call ends it all when until then no neighbour was called: NotALayer is thrown. */
  readonly mustCall?: boolean
  /** Ends the rule that is under way, with its reason; the machines go all the same. */
  readonly signal?: AbortSignal
  /** Told of a machine that could not be deleted, and why. */
  readonly left?: (machine: string, why: string) => void
}

/** How long the service has to delete a machine. */
const DELETE_MS = 15_000

/** A name for a machine that no earlier run against the same service has used. */
let runs = 0
const machineName = () => `conform-${process.pid}-${Date.now().toString(36)}-${++runs}`

/**
 * Checks a service rule by rule, each on a machine of its own. Throws ServiceDown when nobody is at that address, NotALayer
 * when it is something else.
 */
export async function conformLayer(rules: LayerRules, options: LayerOptions): Promise<readonly RuleResult[]> {
  const { only } = options
  await reach(options)
  await onMachine(rules, options, (scene) => isLayer(rules.layer, scene))
  const all = [...generalChecks(ACCEPTS[rules.layer], rules.effective), ...rules.checks]
  const results: RuleResult[] = []
  for (const { name, about, run } of all) {
    if (only !== undefined && !only.includes(name)) continue
    const result = await tried(onMachine(rules, options, run))
    if (result.isUnheard === true && options.mustCall === true && !options.neighbours.wasCalled) {
      throw new NotALayer(`${name} waits for a call of a neighbour, and ${callsNobody(options.neighbours)}`)
    }
    results.push({ rule: name, about, ...told(result) })
  }
  return results
}

/** Says of a service that nobody has heard from how it is made to call the neighbours that are played. */
export function callsNobody({ urls }: Neighbours): string {
  const variables = Object.entries(urls).map(([to, at]) => `${URL_VARIABLE[to as ModelledLayer]}=${at}`)
  return `it has called none of those that are played here. Start it with ${variables.join(' ')}`
}

type Outcome = Pick<RuleResult, 'broken' | 'skipped'> & { readonly isUnheard?: boolean }

const told = ({ broken, skipped }: Outcome) => (skipped === undefined ? { broken } : { broken, skipped })

/** What a rule comes to. A mistake of ours is no matter of the service, and thrown. */
async function tried(run: Promise<void>): Promise<Outcome> {
  try {
    await run
    return { broken: [] }
  } catch (error) {
    if (error instanceof Skipped) return { broken: [], skipped: error.message }
    if (error instanceof Unheard) return { broken: [error.message], isUnheard: true }
    if (error instanceof Broken || isOfNetwork(error)) return { broken: [whyUnreached(error)] }
    throw error
  }
}

/** It did not answer in time, or ended the connection. */
const isOfNetwork = (error: unknown) =>
  (error instanceof DOMException && error.name === 'TimeoutError') ||
  (error instanceof TypeError && error.message === 'fetch failed')

async function reach({ url, patienceMs }: LayerOptions): Promise<void> {
  await fetch(url, { signal: AbortSignal.timeout(patienceMs) }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'TimeoutError') return
    throw new ServiceDown(`${url} cannot be reached: ${whyUnreached(error)}`)
  })
}

async function onMachine(
  rules: LayerRules,
  options: LayerOptions,
  work: (scene: Scene) => Promise<void>
): Promise<void> {
  const scenes: Scene[] = []
  // A machine that was asked for is there even when the answer was not waited for.
  const asked = new Set<Scene>()
  const make = async (): Promise<Scene> => {
    const scene = new Scene({ ...options, machine: machineName(), another: make })
    scenes.push(scene)
    rules.surroundings?.(scene)
    asked.add(scene)
    const made = await scene.request('PUT', machinePath(scene), '{}')
    scene.wasMade = made.status < 300
    if (!scene.wasMade) asked.delete(scene)
    if (!scene.wasMade && !NOT_OFFERED.has(made.status)) {
      throw new NotALayer(`it is no ${rules.layer}, or cannot make a machine: ${shown(made)}`)
    }
    return scene
  }
  try {
    await work(await make())
  } finally {
    for (const scene of scenes) {
      options.neighbours.forget(scene.machine)
      const why = asked.has(scene) ? await deleted(options.url, scene) : undefined
      if (why !== undefined) options.left?.(scene.machine, why)
    }
  }
}

/** Why a machine may still be there. */
async function deleted(url: string, scene: Scene): Promise<string | undefined> {
  try {
    const at = url.replace(/\/$/, '') + machinePath(scene)
    const { status, body } = await fetch(at, { method: 'DELETE', signal: AbortSignal.timeout(DELETE_MS) })
    await body?.cancel()
    // It may have no such route; what it keeps of its machines is its own affair then.
    return status < 300 || NOT_OFFERED.has(status) ? undefined : `it answers ${status}`
  } catch (error) {
    return whyUnreached(error)
  }
}

const machinePath = ({ machine }: Scene) => `/v1/machines/${machine}`
