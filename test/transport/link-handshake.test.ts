import { once } from 'node:events'
import t, { type Test } from 'tap'
import { Type } from 'typebox'
import WebSocket from 'ws'
import type { Layer } from '../../shared/contracts/layer.ts'
import type { Problem } from '../../shared/contracts/problem.ts'
import { contractOf, contractOfLayer } from '../../shared/transport/link-contract.ts'
import { helloHeaders, LINK_PROTOCOL, misfit } from '../../shared/transport/link-handshake.ts'
import { linkTransport } from '../../shared/transport/link.ts'
import { guestService, listening, policyService } from '../service/ping-service.ts'
import { seen } from '../support/ping.ts'
import { guestHello, linksByHand, pingContract, toGuest, webSocketServer } from './link-peers.ts'

const SLOW_NS = 15e9

void t.test('two ends of one version fit, whatever their releases are called', async (t) => {
  const expected = { me: 'vmm', other: 'guest', contract: pingContract('guest') } as const

  t.equal(misfit(expected, guestHello), undefined)
  t.equal(misfit(expected, { ...guestHello, 'seabus-version': '9.9.9' }), undefined)
  t.equal(misfit(expected, { ...guestHello, 'seabus-link': '1.7' }), undefined, 'a later one that only adds')
})

void t.test('an end that does not fit is told by what', async (t) => {
  const expected = { me: 'vmm', other: 'guest', contract: pingContract('guest') } as const
  const rows: readonly [string, Record<string, string | undefined>, RegExp][] = [
    ['a stranger', { 'seabus-link': undefined }, /does not say that it is a link of seabus/],
    ['another protocol', { 'seabus-link': '2.0' }, /speaks version 2.0 of the protocol of links, this end 1.0/],
    ['nobody we know', { 'seabus-from': 'bios' }, /does not say which layer it is \(seabus-from: bios\)/],
    ['another layer', { 'seabus-from': 'policy' }, /is the policy layer, not guest/],
    ['one that calls somebody else', { 'seabus-to': 'firmware' }, /takes this for the firmware layer, not vmm/],
    ['other contracts', { 'seabus-contract': 'abc' }, /another contract of what guest accepts .*abc.*seabus 0\./]
  ]
  for (const [name, change, says] of rows) t.match(misfit(expected, { ...guestHello, ...change }), says, name)
})

void t.test('what a stranger says of itself is repeated short and without control characters', async (t) => {
  const why = misfit({ me: 'vmm', contract: '' }, { ...guestHello, 'seabus-link': `2${'\u001b[31m'.repeat(500)}` })

  t.ok((why ?? '').length < 250)
  t.match(why, /^[\x20-\x7e]+$/)
})

void t.test('a contract is what fits the messages, not how they are described', async (t) => {
  const was = contractOf([seen])
  const described = { ...seen, summary: 'Other words', path: '/v1/else', example: { value: '0x9' } }
  const words = { ...described, data: Type.Object({ ...seen.data.properties }, { description: 'Other words' }) }

  t.equal(contractOf([words]), was)
  t.not(contractOf([{ ...seen, type: 'guest.sees' }]), was)
  t.not(
    contractOf([{ ...seen, data: Type.Object({ ...seen.data.properties, more: Type.Optional(Type.String()) }) }]),
    was
  )
  const named = { ...seen, data: Type.Object({ ...seen.data.properties, description: Type.Optional(Type.String()) }) }
  t.not(contractOf([named]), was, 'a field may be called as an annotation is')
  t.not(contractOfLayer('guest'), contractOfLayer('policy'))
})

/** The answer to a handshake with these headers. */
async function answerTo(url: string, headers: Readonly<Record<string, string>>) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/link`, { headers })
  const [, response] = (await once(socket, 'unexpected-response')) as [
    unknown,
    AsyncIterable<Buffer> & { statusCode: number; headers: Record<string, string> }
  ]
  let text = ''
  for await (const part of response) text += part.toString()
  return { status: response.statusCode, headers: response.headers, problem: JSON.parse(text) as Problem }
}

void t.test('whoever opens a link and does not fit is refused with a problem, and told who is here', async (t) => {
  const guest = guestService()
  const url = await listening(guest)
  t.teardown(() => guest.close())
  const hello = (change: Record<string, string>) => ({
    ...helloHeaders({ from: 'vmm', to: 'guest', contract: pingContract('guest') }),
    ...change
  })

  const stranger = await answerTo(url, {})
  t.match(stranger, {
    status: 409,
    headers: { 'content-type': /problem\+json/, 'seabus-from': 'guest', 'seabus-link': LINK_PROTOCOL },
    problem: { code: 'neighbour-incompatible', detail: /does not fit guest: it does not say that it is a link/ }
  })
  t.match((await answerTo(url, hello({ 'seabus-link': '2.0' }))).problem, { detail: /speaks version 2.0/ })
  t.match((await answerTo(url, hello({ 'seabus-to': 'policy' }))).problem, {
    detail: /for the policy layer, not guest/
  })
  t.match((await answerTo(url, hello({ 'seabus-contract': 'f00' }))).problem, { detail: /another contract/ })
})

/** Sends one message to the guest at an address, and gives what is said of the guest first. */
async function firstTrouble(t: Test, url: string, contract: (layer: Layer) => string = pingContract) {
  const told = Promise.withResolvers<Problem | undefined>()
  const transport = linkTransport({
    from: 'vmm',
    urls: { guest: url },
    contractOf: contract,
    onChange: (_layer, problem) => told.resolve(problem)
  })
  t.teardown(() => transport.close())
  transport.deliver(toGuest('a'), () => t.fail('it was delivered'))
  const problem = await told.promise
  return { problem, neighbours: transport.neighbours?.() }
}

void t.test(
  'a WebSocket that says nothing of itself is no neighbour: nothing is sent to it, nor by POST',
  async (t) => {
    const there = await webSocketServer(t)

    const { problem, neighbours } = await firstTrouble(t, there.url)

    t.match(problem, { code: 'neighbour-incompatible', detail: /no link: it does not say that it is a link of seabus/ })
    t.match(neighbours, [{ layer: 'guest', way: 'link', trouble: { code: 'neighbour-incompatible' }, messages: 1 }])
    t.strictSame([there.requests, there.texts], [[], []])
  }
)

void t.test('another layer behind the address is found out at the handshake', async (t) => {
  const policy = policyService()
  const url = await listening(policy)
  t.teardown(() => policy.close())

  const { problem } = await firstTrouble(t, url)

  t.match(problem, { code: 'neighbour-incompatible', detail: /takes this for the guest layer, not policy/ })
})

void t.test('other contracts are found out at the handshake', async (t) => {
  const guest = guestService()
  const url = await listening(guest)
  t.teardown(() => guest.close())

  const { problem } = await firstTrouble(t, url, () => contractOf([]))

  t.match(problem, { code: 'neighbour-incompatible', detail: /another contract of what guest accepts/ })
})

void t.test(
  'a neighbour that does not fit is asked again every 15 s, told of once, and gets what was kept',
  async (t) => {
    const { send, last, clock, sockets, changes, posted, replies } = linksByHand()
    send(toGuest('a'))

    for (let i = 0; i < 3; i++) {
      last().events.opened({ ...guestHello, 'seabus-link': '2.0' })
      t.ok(last().isEnded)
      clock.advance(SLOW_NS - 1)
      t.equal(sockets.length, i + 1)
      clock.advance(1)
    }
    last().events.opened(guestHello)
    last().events.received('{"ack":1}')

    t.match(changes, [{ code: 'neighbour-incompatible' }, undefined])
    t.match(replies, [['a', { kind: 'accepted' }]])
    t.strictSame(posted, [])
  }
)

void t.test('who cannot be reached and then does not fit is told of twice', async (t) => {
  const { send, last, clock, changes } = linksByHand()
  send(toGuest('a'))

  last().events.failed({ code: 'ECONNREFUSED', message: '' })
  clock.advance(1e9)
  last().events.answered({ status: 409, text: '{"code":"neighbour-incompatible","detail":"it is the policy layer"}' })

  t.match(changes, [
    { code: 'neighbour-unreachable', detail: /connection refused/ },
    { code: 'neighbour-incompatible', detail: /it is the policy layer/ }
  ])
})

void t.test('however often a handshake fails, a link stays a link', async (t) => {
  const { send, last, clock, posted, replies } = linksByHand()
  send(toGuest('a'))

  for (const code of ['ECONNRESET', 'ECONNRESET', 'EPIPE', 'ECONNRESET', 'ETIMEDOUT', 'ECONNRESET']) {
    last().events.failed({ code, message: code })
    clock.advance(1e9)
  }
  for (const status of [500, 503, 429, 408]) {
    last().events.answered({ status, text: '' })
    clock.advance(1e9)
  }
  last().events.opened(guestHello)
  last().events.received('{"ack":1}')

  t.strictSame(posted, [])
  t.match(replies, [['a', { kind: 'accepted' }]])
})

void t.test('a service that offers no link is served by POST, however it says so', async (t) => {
  const says = [
    { status: 404, text: '' },
    { status: 405, text: '{"code":"method-not-allowed","detail":"no"}' },
    { status: 501, text: 'not implemented' },
    { status: 400, text: 'Bad Request' },
    { status: 403, text: '' },
    { status: 200, text: '<html>' }
  ]
  for (const answer of says) {
    const { send, last, posted } = linksByHand()
    send(toGuest('a'))
    last().events.answered(answer)
    t.match(posted, [{ id: 'a' }], `${answer.status}`)
  }
})

void t.test('who wants to know us first is not gone round by POST', async (t) => {
  for (const answer of [
    { status: 401, text: '' },
    { status: 403, text: '{"code":"neighbour-incompatible","detail":"not you"}' }
  ]) {
    const { send, last, posted, changes } = linksByHand()
    send(toGuest('a'))
    last().events.answered(answer)
    t.strictSame(posted, [])
    t.match(changes, [{ code: 'neighbour-incompatible' }])
  }
})

void t.test('a link shows the token of its neighbours, and says who it is', async (t) => {
  const { send, last } = linksByHand({ token: 'let-me-in' })
  send(toGuest('a'))

  t.match(last().hello, {
    authorization: 'Bearer let-me-in',
    'seabus-link': LINK_PROTOCOL,
    'seabus-from': 'vmm',
    'seabus-to': 'guest',
    'seabus-contract': pingContract('guest')
  })
})
