import { Type } from 'typebox'
import type { FastifyInstance } from 'fastify'
import { ProblemError, type ProblemCode } from '../../shared/contracts/problem.ts'
import { json, operation } from '../../shared/service/describing/operation.ts'
import { NOT_OFFERED } from '../../shared/transport/headers.ts'
import { whyUnreached } from '../../shared/transport/why-unreached.ts'
import type { LayerUrls } from './layer-urls.ts'
import { MachineEverywhere } from './replies.ts'
import { isMachineName, MachineName } from './requests.ts'

/** What became of a machine in each layer: `deleted`, `had none`, or why it may still be there. */
export type Deleted = Readonly<Record<string, string>>

const DELETED = 'deleted'
const HAD_NONE = 'had none'
const ANSWERS = 'answers'
/** Someone else's service need not keep machines apart. */
const NOT_THERE = 'does not delete machines'
const PATIENCE_MS = 10_000

/** Deletes a machine in all layers at once. Says what each has answered; asked again it deletes what is left. */
export async function deleteEverywhere(
  layers: LayerUrls,
  machine: string,
  fetch: typeof globalThis.fetch
): Promise<Deleted> {
  const told = Object.entries(layers).map(
    async ([layer, url]) => [layer, await deleteAt(`${url}/v1/machines/${machine}`, fetch)] as const
  )
  return Object.fromEntries(await Promise.all(told))
}

/** The layers that may still have the machine. */
export function stillThere(deleted: Deleted): readonly string[] {
  return Object.keys(deleted).filter((layer) => ![DELETED, HAD_NONE, NOT_THERE].includes(deleted[layer] ?? ''))
}

async function deleteAt(url: string, fetch: typeof globalThis.fetch): Promise<string> {
  try {
    const response = await fetch(url, { method: 'DELETE', signal: AbortSignal.timeout(PATIENCE_MS) })
    if (!response.ok) {
      if (NOT_OFFERED.has(response.status)) {
        await response.body?.cancel()
        return NOT_THERE
      }
      const told = (await response.json().catch(() => undefined)) as { readonly code?: unknown } | undefined
      return `${ANSWERS} ${response.status}${typeof told?.code === 'string' ? ` ${told.code}` : ''}`
    }
    const { existed } = (await response.json()) as { readonly existed?: boolean }
    return existed === false ? HAD_NONE : DELETED
  } catch (error) {
    return `unreachable: ${whyUnreached(error)}`
  }
}

/** What the layers that may still have a machine have said, in one code: the worst of them decides. */
function codeOf(said: readonly string[]): ProblemCode {
  if (said.some((each) => !each.startsWith(ANSWERS))) return 'neighbour-unreachable'
  const codes = new Set(said.map((each) => each.split(' ')[2] ?? ''))
  const [only = ''] = codes
  // What cannot be kept there is nothing that anybody has refused: it passes when there is room again.
  return codes.size === 1 && (only === 'storage-full' || only === 'storage-failed') ? only : 'neighbour-refused'
}

/** `DELETE /v1/machines/:machine` of the console: the machine ends in every service. */
export function machineRoutes(app: FastifyInstance, layers: LayerUrls, fetch: typeof globalThis.fetch): void {
  const schema = operation({
    id: 'deleteMachine',
    summary: 'Deletes a machine in every service, and says what each has answered',
    tags: ['console'],
    params: Type.Object({ machine: MachineName }),
    answers: { 200: json(MachineEverywhere, 'It is no longer there') },
    refuses: ['machine-unknown', 'neighbour-unreachable', 'neighbour-refused', 'storage-full', 'storage-failed']
  })
  app.delete<{ Params: { machine: string } }>('/v1/machines/:machine', { schema }, async (request) => {
    const { machine } = request.params
    if (!isMachineName(machine)) {
      throw new ProblemError('machine-unknown', `no machine can have the name ${JSON.stringify(machine.slice(0, 80))}`)
    }
    const services = await deleteEverywhere(layers, machine, fetch)
    const left = stillThere(services)
    if (left.length === 0) return { machine, services }
    const detail = Object.entries(services).map(([layer, said]) => `${layer} ${said}`)
    throw new ProblemError(
      codeOf(left.map((layer) => services[layer] ?? '')),
      `${machine} may still be there: ${detail.join(', ')}; ask again`
    )
  })
}
