import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { WebSocket } from 'ws'
import { contractOfLayer } from '../../shared/transport/link-contract.ts'
import { helloHeaders } from '../../shared/transport/link-handshake.ts'
import { furnished } from '../support/furnished.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'

interface AsyncApi {
  readonly servers: { readonly here: { readonly host: string; readonly protocol: string; readonly pathname?: string } }
  readonly channels: Readonly<Record<string, { readonly address: string; readonly messages: object }>>
}

const documentAt = async (url: string) => (await request(`${url}/asyncapi.json`)).json as AsyncApi

/** Where a channel is, as its document says. */
function addressOf({ servers, channels }: AsyncApi, channel: string): string {
  const { protocol, host, pathname = '' } = servers.here
  return `${protocol}://${host}${pathname}${channels[channel]?.address ?? ''}`
}

/** Which messages of a channel a value is. */
function messagesLike(document: AsyncApi, channel: string, value: unknown): readonly string[] {
  const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema(document, 'api')
  return Object.keys(document.channels[channel]?.messages ?? {}).filter((name) =>
    ajv.validate({ $ref: `api#/channels/${channel}/messages/${name}/payload` }, value)
  )
}

/** Sends text over a WebSocket and takes so many messages, or all until it closes; then it is closed. */
function exchange(url: string, { headers = {}, sends = [], wants = Infinity }: Exchange): Promise<readonly string[]> {
  const socket = new WebSocket(url, { headers })
  const got: string[] = []
  socket.on('open', () => sends.forEach((text) => socket.send(text)))
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('close', () => resolve(got))
    socket.on('message', (data: Buffer) => {
      got.push(...data.toString().split('\n'))
      if (got.length >= wants) socket.close()
    })
  })
}
interface Exchange {
  readonly headers?: Readonly<Record<string, string>>
  readonly sends?: readonly string[]
  readonly wants?: number
}

void t.test('frames of a link are as the document says, and so are the replies to them', async (t) => {
  const all = await services(t)
  const document = await documentAt(all.urls.hardware)
  const event = (type: string, data: object) => ({ specversion: '1.0', source: '/firmware', subject: 'm0', type, data })
  const decode = { seq: 1, event: { ...event('address.decode', { hostPhysical: '0x48001000' }), id: 'f-1' } }
  const repair = { seq: 2, event: { ...event('line.repair', { hostPhysical: '0x48001000' }), id: 'f-2' } }
  const wrong = { seq: 3, event: { ...event('line.repair', { hostPhysical: 'x' }), id: 'f-3' } }

  t.strictSame(messagesLike(document, 'link', decode), ['decodeAddress'])
  t.strictSame(messagesLike(document, 'link', repair), ['repairLine'])
  t.strictSame(messagesLike(document, 'link', wrong), [])

  const headers = helloHeaders({ from: 'firmware', to: 'hardware', contract: contractOfLayer('hardware') })
  const sends = [[decode, repair, wrong].map((frame) => JSON.stringify(frame)).join('\n')]
  const replies = await exchange(addressOf(document, 'link'), { headers, sends, wants: 3 })

  const kinds = replies.map((reply) => messagesLike(document, 'link', JSON.parse(reply))[0])
  t.strictSame(kinds.toSorted(), ['ack', 'decodeAddressAnswer', 'problem'], replies.join('\n'))
})

for (const layer of ['guest', 'console'] as const) {
  void t.test(`the journal of ${layer} is sent as the document says`, async (t) => {
    const all = await services(t)
    await furnished(all)
    const document = await documentAt(all.urls[layer])

    const entries = await exchange(addressOf(document, 'journal'), {})

    t.ok(entries.length > 5)
    for (const entry of entries) t.strictSame(messagesLike(document, 'journal', JSON.parse(entry)), ['entry'], entry)
  })
}

void t.test('behind the front door the document leads through it', async (t) => {
  const all = await services(t)

  const document = await documentAt(`${all.urls.console}/services/guest`)

  t.equal(addressOf(document, 'journal'), `${all.urls.console.replace('http', 'ws')}/services/guest/v1/journal`)
})
