import t from 'tap'
import { ALLOWED_BY_DEFAULT, AllowedAddresses } from '../../shared/transport/allowed-addresses.ts'
import { postTransport } from '../../shared/transport/post.ts'
import type { Problem } from '../../shared/contracts/problem.ts'
import type { Outgoing, Reply } from '../../shared/transport/transport.ts'
import { foreign } from '../service/http.ts'
import { toPolicy } from './link-peers.ts'

/** A VMM's way to policies whose address comes with the question; a name leads where the test says. */
function asking(t: { teardown(close: () => Promise<void>): unknown }, leads: () => string = () => '127.0.0.1') {
  const changes: (Problem | undefined)[] = []
  const addresses = new AllowedAddresses(ALLOWED_BY_DEFAULT, () => [], {
    resolve: async () => [{ address: leads(), family: 4 }],
    networks: () => ['127.0.0.1/8'],
    nowMs: () => 0
  })
  const transport = postTransport({
    from: 'vmm',
    urls: {},
    token: 'secret',
    addresses,
    onChange: (_layer, problem) => changes.push(problem)
  })
  t.teardown(() => transport.close())
  const ask = (at: string, id = 'q'): Promise<Reply> =>
    new Promise((resolve) => void transport.deliver({ ...toPolicy(id), at } satisfies Outgoing, resolve))
  return { ask, changes }
}

void t.test('a policy at an address that is not allowed is not connected to, and the question is over', async (t) => {
  const { ask, changes } = asking(t, () => '203.0.113.9')

  for (const at of ['http://203.0.113.9', 'http://far.example:8000', 'http://169.254.169.254/latest', 'http://0:1']) {
    t.match(await ask(at), { kind: 'refused', journalled: false, problem: { code: 'address-refused' } }, at)
  }
  t.match(changes[0], { code: 'address-refused', detail: /203.0.113.9/ })
})

void t.test('a name that leads somewhere else at the next connection is not followed there', async (t) => {
  let leads = '127.0.0.1'
  const policy = await foreign((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end('{"value":"0x4"}')
  })
  t.teardown(policy.close)
  const { ask } = asking(t, () => leads)
  const at = `http://rebinds.example:${new URL(policy.url).port}`

  t.match(await ask(at, 'first'), { kind: 'answered', answer: { value: '0x4' } })
  leads = '169.254.169.254'
  t.match(await ask(at, 'second'), { kind: 'refused', problem: { code: 'address-refused' } })
})

void t.test('a redirect is not followed', async (t) => {
  let isAsked = false
  const there = await foreign((_request, response) => {
    isAsked = true
    response.writeHead(200).end('{"value":"0x4"}')
  })
  const policy = await foreign((_request, response) => {
    response.writeHead(307, { location: `${there.url}/v1/machines/m0/twice` }).end()
  })
  t.teardown(policy.close)
  t.teardown(there.close)
  const { ask } = asking(t)

  t.match(await ask(policy.url), { kind: 'refused', problem: { code: 'neighbour-refused' } })
  t.notOk(isAsked)
})

void t.test('an answer without an end is not read to its end, nor asked for again', async (t) => {
  let count = 0
  const policy = await foreign((_request, response) => {
    count++
    response.writeHead(200, { 'content-type': 'application/json' })
    const more = () => {
      if (response.destroyed) return
      if (response.write('x'.repeat(65_536))) setImmediate(more)
      else response.once('drain', more)
    }
    more()
  })
  t.teardown(policy.close)
  const { ask } = asking(t)

  t.match(await ask(policy.url), { kind: 'refused', problem: { code: 'answer-invalid', detail: /over the limit/ } })
  t.equal(count, 1)
})
