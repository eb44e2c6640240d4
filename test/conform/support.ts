import type { FastifyInstance } from 'fastify'
import type { LayerRules } from '../../cli/conform/conform-layer.ts'
import { conformLayer } from '../../cli/conform/conform-layer.ts'
import type { RuleResult } from '../../cli/conform/check.ts'
import { Neighbours } from '../../cli/conform/neighbours.ts'
import { LAYER_TABLE } from '../../services/layers.ts'
import type { Effect, AnyModel } from '../../shared/model/step.ts'
import { buildService, type ServicePorts } from '../../shared/service/service.ts'
import { postTransport } from '../../shared/transport/post.ts'
import type { Transport } from '../../shared/transport/transport.ts'

/** Our own service with one fault, and the rules that find it. */
export interface Mutant {
  readonly what: string
  /** Rules that break, all of them. */
  readonly breaks: readonly string[]
  readonly model?: (model: AnyModel) => AnyModel
  readonly transport?: (transport: Transport) => Transport
  /** Before its routes are there. */
  readonly app?: (app: FastifyInstance) => void
}

interface Teardown {
  teardown(close: () => Promise<unknown>): unknown
}

/** Longer than anything takes where nothing is missing. */
export const PATIENT_MS = 600_000
/** Where a mutant never does what is waited for: whatever else is late then only breaks more rules. */
export const IMPATIENT_MS = 700

/** What the rules say of a layer of ours, by HTTP as of anybody's. */
export async function resultsOf(
  t: Teardown,
  rules: LayerRules,
  { model = (one) => one, transport = (one) => one, app: change }: Partial<Mutant>,
  options: { readonly patienceMs: number; readonly only?: readonly string[] }
): Promise<readonly RuleResult[]> {
  const { layer } = rules
  const neighbours = await Neighbours.start(layer)
  const ports: ServicePorts = {
    machines: [],
    transport: transport(postTransport({ from: layer, urls: neighbours.urls }))
  }
  const row = LAYER_TABLE[layer]
  const app = buildService({ ...row, model: model(row.model), ...ports })
  change?.(app)
  t.teardown(async () => {
    neighbours.close()
    await app.close()
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return conformLayer(rules, { url, neighbours, ...options })
}

/** The model with each of its effects changed, or left out where nothing is given. */
export const effects =
  (change: (effect: Effect, all: readonly Effect[]) => readonly Effect[]) =>
  (model: AnyModel): AnyModel => ({
    ...model,
    step(state, input, live) {
      const [next, given] = model.step(state, input, live)
      return [next, given.flatMap((effect) => change(effect, given))]
    }
  })

/** The model with other data in what it sends, or asks, of a type. */
export const sends = <Data>(type: string, change: (data: Data) => object | undefined) =>
  effects((effect) => {
    if ((effect.kind !== 'send' && effect.kind !== 'ask') || effect.type !== type) return [effect]
    const data = change(effect.data as Data)
    return data === undefined ? [] : [{ ...effect, data }]
  })

/** The model with other data in what it is told of a type. */
export const hears =
  <Data>(type: string, change: (data: Data) => object) =>
  (model: AnyModel): AnyModel => ({
    ...model,
    step: (state, input, live) =>
      model.step(state, input.type === type ? { ...input, data: change(input.data as Data) } : input, live)
  })
