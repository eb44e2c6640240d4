import fc from 'fast-check'
import t from 'tap'
import { MODELLED_LAYERS } from '../../shared/contracts/layer.ts'
import type { MessageType } from '../../shared/contracts/message.ts'
import { pathParameters } from '../../shared/contracts/path.ts'
import { ACCEPTS } from '../../shared/contracts/registry.ts'
import { furnished } from '../support/furnished.ts'
import { request, type Answer } from '../support/requests.ts'
import { services, type Services } from '../support/services.ts'
import { validFor } from '../support/valid.ts'

type Fields = Readonly<Record<string, unknown>>

/** Everything that changes something, of all services. */
const ROWS = MODELLED_LAYERS.flatMap((layer) => ACCEPTS[layer].filter(({ method }) => method !== 'GET'))
const junk = fc.oneof(
  fc.constantFrom('', '0x0', 'vm0', 'AAAA', '\u0000', '💥'),
  fc.integer(),
  fc.double(),
  fc.jsonValue({ maxDepth: 2 })
)

/** Requests that the contract allows; what they mean is another matter. */
function valid(row: MessageType): fc.Arbitrary<{ path: string; body: unknown }> {
  const inPath = pathParameters(row.path)
  return validFor(row.data).map((value) => {
    const data = value as Fields
    const filled = (name: string) => (name === 'vm' ? 'vm0' : name === 'vcpu' ? '0' : String(data[name]))
    const path = row.path.replaceAll(/:(\w+)/g, (whole, name: string) =>
      name === 'machine' ? whole : encodeURIComponent(filled(name))
    )
    return { path, body: Object.fromEntries(Object.entries(data).filter(([name]) => !inPath.includes(name))) }
  })
}

/** Requests that the contract nearly allows, and bodies that are none at all. */
function invalid(row: MessageType): fc.Arbitrary<{ path: string; body: unknown }> {
  const names = Object.keys((row.data as unknown as { properties: object }).properties)
  const changes = fc.dictionary(fc.constantFrom(...names, 'x', 'constructor', 'toString'), junk, { maxKeys: 3 })
  const broken = fc.tuple(valid(row), changes).map(([{ path, body }, change]) => ({
    path,
    body: { ...(body as Fields), ...change }
  }))
  const anything = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.uint8Array({ maxLength: 400 }),
    fc.string({ maxLength: 60 })
  )
  return fc.oneof(
    broken,
    fc.tuple(valid(row), anything).map(([{ path }, body]) => ({ path, body }))
  )
}

/** An answer that a client can work with; a 500 would be a defect. */
function isSound({ status, contentType, json }: Answer): boolean {
  if (status < 400) return true
  return status !== 500 && contentType.startsWith('application/problem+json') && typeof json === 'object'
}

async function send({ urls }: Services, { to, method }: MessageType, path: string, body: unknown, machine: string) {
  const isText = typeof body === 'string'
  const payload = isText || body instanceof Uint8Array ? body : JSON.stringify(body)
  return request(urls[to] + path.replace(':machine', machine), {
    method,
    body: payload,
    ...(body instanceof Uint8Array ? {} : { headers: { 'content-type': 'application/json' } })
  })
}

for (const layer of MODELLED_LAYERS) {
  void t.test(`${layer}: whatever is in a request, the answer is sound and the service up`, async (t) => {
    const machine = await services(t, { machines: [] })
    let count = 0

    for (const row of ROWS.filter(({ to }) => to === layer)) {
      const name = `x${++count}`
      await machine.system.createMachine(name)
      await furnished(machine, name)
      const property = fc.asyncProperty(fc.oneof(valid(row), invalid(row)), async ({ path, body }) => {
        const answer = await send(machine, row, path, body, name)
        if (!isSound(answer)) t.comment(`${row.method} ${path} ${answer.text}`)
        return isSound(answer)
      })
      await fc.assert(property, { numRuns: 50 })
    }

    t.equal((await request(`${machine.urls[layer]}/health`)).status, 200)
  })
}

void t.test('whatever one service takes in, no service has a defect, and all come to rest', async (t) => {
  const machine = await services(t, { machines: [] })
  const messages = fc.constantFrom(...ROWS).chain((row) => fc.tuple(fc.constant(row), valid(row)))
  let count = 0

  await fc.assert(
    fc.asyncProperty(fc.array(messages, { minLength: 1, maxLength: 12 }), async (sent) => {
      const name = `x${++count}`
      await machine.system.createMachine(name)
      await furnished(machine, name)

      for (const [row, { path, body }] of sent) await send(machine, row, path, body, name)
      await machine.system.settle()

      const journal = await machine.system.journal(name)
      const faults = journal.filter(({ data }) => (data as { code?: string } | null)?.code === 'model-fault')
      for (const { to, type, data } of faults) t.comment(`${to} ${type}: ${JSON.stringify(data)}`)
      return faults.length === 0
    }),
    { numRuns: 60 }
  )

  for (const layer of MODELLED_LAYERS) t.equal((await request(`${machine.urls[layer]}/health`)).status, 200, layer)
})
