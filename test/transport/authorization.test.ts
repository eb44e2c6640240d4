import t from 'tap'
import { authorization, fetchWith } from '../../shared/transport/authorization.ts'
import { foreign } from '../service/http.ts'
import { twice } from '../support/ping.ts'
import { postTransport } from '../../shared/transport/post.ts'

const TOKEN = 'open-sesame'

void t.test('a token is shown as a bearer, and without one nothing is', async (t) => {
  t.strictSame(authorization(TOKEN), { authorization: `Bearer ${TOKEN}` })
  t.strictSame(authorization(undefined), {})
  t.equal(fetchWith(undefined), fetch)
})

void t.test('a request that shows the token keeps its other headers', async (t) => {
  const seen: (string | undefined)[] = []
  const there = await foreign(({ headers }, response) => {
    seen.push(headers.authorization, headers.accept)
    response.end()
  })
  t.teardown(there.close)

  await fetchWith(TOKEN)(there.url, { headers: { accept: 'text/plain' } })

  t.strictSame(seen, [`Bearer ${TOKEN}`, 'text/plain'])
})

void t.test('the token goes to a neighbour, and not to an address that came with a message', async (t) => {
  const seen: unknown[] = []
  const there = await foreign(({ headers }, response) => {
    seen.push(headers.authorization)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"value":"0x4"}')
  })
  const transport = postTransport({ from: 'vmm', urls: { policy: there.url }, token: TOKEN })
  t.teardown(async () => {
    await transport.close()
    there.close()
  })
  const question = { message: twice, machine: 'm0', from: 'vmm', data: { value: '0x2' }, cause: undefined } as const
  const asked = (id: string, at: string | undefined) =>
    new Promise((done) => void transport.deliver({ ...question, id, at, timeMs: 0, traceparent: undefined }, done))

  await asked('a', undefined)
  await asked('b', there.url)

  t.strictSame(seen, [`Bearer ${TOKEN}`, undefined])
})
