import { MODELLED_LAYERS, type Layer, type ModelledLayer } from '../shared/contracts/layer.ts'
import { servicesBehind, systemOfServices } from '../shared/machine-room/over-http.ts'
import type { System } from '../shared/machine-room/system.ts'
import type { Overrides } from '../shared/scenario/plan.ts'
import { runScenario as runOn } from '../shared/scenario/run-scenario.ts'
import { fetchWith } from '../shared/transport/authorization.ts'
import { NOT_OFFERED } from '../shared/transport/headers.ts'
import { machineNames } from '../services/console/machine-names.ts'
import { scenarioOf } from './given.ts'
import { Guard } from './guard.ts'
import { Machine } from './machine.ts'
import { servePolicy, type PolicyServer } from './policy-server.ts'
import { addressOf, type PolicyChoice } from './policy.ts'
import { runOf, type Changes } from './run.ts'
import type { Seabus } from './system.ts'

/** Where a system is: the address of its console, or of each of its layers. */
export type Where = string | URL | Readonly<Record<ModelledLayer, string | URL>>

export interface ConnectOptions {
  /** Who decides for every VM, unless a run says otherwise. A function is served on the loopback of this machine. */
  readonly policy?: PolicyChoice
  /** What the services ask for (`SEABUS_TOKEN`). */
  readonly token?: string
}

/** How long services have to delete a machine. */
const DELETE_MS = 15_000

/**
 * A system that runs already, over HTTP. Each run and each machine has a name of its own and is deleted by `stop`. Time is real
 * there, so `wait` waits.
 */
export async function connect(where: Where, { policy, token }: ConnectOptions = {}): Promise<Seabus> {
  const urls = urlsOf(where)
  const fetch = fetchWith(token)
  const newMachine = machineNames()
  const used = new Set<Used>()

  async function use({ policy: changed, ...others }: Changes): Promise<Used> {
    const chosen = changed ?? policy
    const guard = new Guard()
    const system = guard.guarded(systemOfServices(urls, { fetch }))
    const common = { name: newMachine(), system }
    const one: Used =
      typeof chosen === 'function'
        ? await servePolicy(chosen, guard.fail).then((server) => {
            return { ...common, server, overrides: { ...others, policy: server.url } }
          })
        : {
            ...common,
            server: undefined,
            overrides: chosen === undefined ? others : { ...others, policy: addressOf(chosen) }
          }
    used.add(one)
    return one
  }
  async function leave(one: Used): Promise<void> {
    const { name, server } = one
    if (!used.delete(one)) return
    try {
      await Promise.all(MODELLED_LAYERS.map((layer) => deleteAt(fetch, urls[layer] as string, name)))
    } finally {
      await server?.close()
    }
  }

  return {
    async run(source, changes = {}) {
      const scenario = await scenarioOf(source)
      const one = await use(changes)
      try {
        return runOf(await runOn(one.system, scenario, one.name, one.overrides), one.server?.url)
      } finally {
        await leave(one)
      }
    },
    async machine(setting = {}, changes = {}) {
      const { system, name, overrides } = await use(changes)
      return Machine.make(system, name, setting, overrides)
    },
    async stop() {
      await Promise.all([...used].map(leave))
    }
  }
}

/** A machine over there, and what is here for it. */
interface Used {
  readonly name: string
  readonly system: System
  readonly overrides: Overrides
  /** Serves the policy, where that is a function. */
  readonly server: PolicyServer | undefined
}

function urlsOf(where: Where): Readonly<Partial<Record<Layer, string>>> {
  if (typeof where === 'string' || where instanceof URL) return servicesBehind(addressOf(where))
  return Object.fromEntries(MODELLED_LAYERS.map((layer) => [layer, addressOf(where[layer])]))
}

/** Deletes a machine in one layer. Somebody else's may have no such thing. Throws when it is still there. */
async function deleteAt(fetch: typeof globalThis.fetch, url: string, machine: string): Promise<void> {
  const path = `${url}/v1/machines/${machine}`
  const response = await fetch(path, { method: 'DELETE', signal: AbortSignal.timeout(DELETE_MS) })
  const answer = await response.text()
  if (response.ok || NOT_OFFERED.has(response.status)) return
  throw new Error(`${machine} could not be deleted: DELETE ${path} answers ${response.status}: ${answer}`)
}
