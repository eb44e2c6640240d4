import type { FastifyInstance } from 'fastify'
import { LINUX_VERSIONS } from '../../shared/contracts/common.ts'
import { POLICY_NAMES } from '../../shared/contracts/policy.ts'
import { vmCreate, VMM_PROFILES } from '../../shared/contracts/vmm.ts'
import { ProblemError } from '../../shared/contracts/problem.ts'
import { json, operation } from '../../shared/service/describing/operation.ts'
import { reach } from '../../shared/machine-room/read-journals.ts'
import { ALLOW_RULE } from '../../shared/transport/allowed-addresses.ts'
import { NOT_OFFERED } from '../../shared/transport/headers.ts'
import type { LayerUrls } from './layer-urls.ts'
import { OfferedPolicies, OfferedProfiles } from './replies.ts'

interface Named {
  readonly name: string
}
type Fetch = typeof globalThis.fetch

const ADDRESSES = `a policy may be given by address too: SEABUS_POLICY_ALLOW of the VMM says where, which is ${ALLOW_RULE}`
const ELSEWHERE = 'someone else serves this layer, and does not say'

const tags = ['console']
const POLICIES = operation({
  id: 'listPolicies',
  summary: 'The policies that these services have',
  tags,
  answers: { 200: json(OfferedPolicies, 'The policies') },
  refuses: ['neighbour-unreachable', 'neighbour-refused']
})
const PROFILES = operation({
  id: 'listProfiles',
  summary: 'The VMMs and kernels that these services can be',
  tags,
  answers: { 200: json(OfferedProfiles, 'The VMMs and kernels') },
  refuses: ['neighbour-unreachable', 'neighbour-refused']
})

/** `GET /v1/policies` and `GET /v1/profiles`: what the services that are there can be asked to do. */
export function offerRoutes(app: FastifyInstance, layers: LayerUrls, fetch: Fetch): void {
  app.get('/v1/policies', { schema: POLICIES }, async () => ({
    ...(await offered('policies', { url: layers.policy, read: 'policies', names: POLICY_NAMES }, fetch)),
    addresses: ADDRESSES
  }))

  app.get('/v1/profiles', { schema: PROFILES }, async () => {
    const vmm = await offered('profiles', { url: layers.vmm, read: 'vmm-profiles', names: VMM_PROFILES }, fetch)
    const usual = await usualProfile(layers.vmm, fetch)
    return {
      vmm: { ...(usual === undefined ? {} : { default: usual }), ...vmm },
      linux: { default: LINUX_VERSIONS[0], versions: LINUX_VERSIONS }
    }
  })
}

/** What a service has, as it says for any of its machines; the names alone where it has no machine. */
async function offered(
  field: string,
  { url, read, names }: { readonly url: string; readonly read: string; readonly names: readonly string[] },
  fetch: Fetch
): Promise<Readonly<Record<string, unknown>>> {
  const machines = (await told(url, '/v1/machines', fetch)) as { readonly machines?: readonly string[] } | undefined
  if (machines === undefined) return { [field]: [], because: ELSEWHERE }
  const [machine] = machines.machines ?? []
  const all = machine === undefined ? undefined : await told(url, `/v1/machines/${machine}/${read}`, fetch)
  const plain: readonly Named[] = names.map((name) => ({ name }))
  return { [field]: (all as Readonly<Record<string, unknown>> | undefined)?.[field] ?? plain }
}

/** A service that does not say by then what it can be is found out when it is asked to be it. */
const LOOK_MS = 2000

/** The names of the VMMs that the VMM there says it can be; undefined where it does not say, or not now. */
export async function offeredVmms({ vmm: url }: LayerUrls, fetch: Fetch): Promise<readonly string[] | undefined> {
  const inTime: Fetch = (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(LOOK_MS) })
  const asked = { url, read: 'vmm-profiles', names: VMM_PROFILES }
  const { profiles } = await offered('profiles', asked, inTime).catch(() => ({ profiles: [] }))
  const names = (profiles as readonly Named[]).map(({ name }) => name)
  return names.length === 0 ? undefined : names
}

const VMS = vmCreate.path.replaceAll(/:(\w+)/g, '{$1}')

/** The profile of VMs that are made without one, as the VMM describes itself. */
async function usualProfile(url: string, fetch: Fetch): Promise<string | undefined> {
  const api = (await told(url, '/openapi.json', fetch)) as { paths?: Readonly<Record<string, unknown>> } | undefined
  const schema = at(api?.paths?.[VMS], ['post', 'requestBody', 'content', 'application/json', 'schema'])
  const reference = at(schema, ['$ref'])
  const body = typeof reference === 'string' ? at(api, reference.split('/').slice(1)) : schema
  const usual = at(body, ['properties', 'profile', 'default'])
  return typeof usual === 'string' ? usual : undefined
}

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce((part, name) => (part as Readonly<Record<string, unknown>> | undefined)?.[name], value)

/** What a service says; undefined where it does not offer that. Throws ProblemError when nobody answers there. */
async function told(url: string, path: string, fetch: Fetch): Promise<unknown> {
  const response = await reach(url, path, {}, fetch)
  if (response.ok) return response.json()
  await response.body?.cancel()
  // A machine that has gone meanwhile says nothing either.
  if (!NOT_OFFERED.has(response.status))
    throw new ProblemError('neighbour-refused', `${url}${path} answers ${response.status}`)
  return undefined
}
