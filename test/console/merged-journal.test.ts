import { once } from 'node:events'
import t from 'tap'
import { WebSocket } from 'ws'
import { systemOfServices } from '../../shared/machine-room/over-http.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { Under } from '../../shared/trace/under.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'
import { walkStory } from '../support/story.ts'

type Line = WireEntry & { readonly order: number; readonly cursor: string }

const { urls, system } = await services(t, { machines: [] })
const story = await walkStory(system, 'm0')
await walkStory(system, 'm1')

const linesIn = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)

async function read(query: string): Promise<readonly Line[]> {
  const response = await fetch(`${urls.console}/v1/journal?${query}`)
  return linesIn(await response.text())
}

/** Entries without what depends on where reading began. */
const bare = (lines: readonly WireEntry[]) =>
  lines.map(({ layer, seq, id, kind, type }) => `${layer} ${seq} ${kind} ${type} ${id}`)

void t.test('of a machine the merged journal says what a run of it says', async (t) => {
  const lines = await read('machine=m0')

  t.strictSame(bare(lines), bare(story))
  t.strictSame(
    lines.map(({ order }) => order),
    story.map((_, index) => index + 1)
  )
})

void t.test('a filter takes out of the merged journal what fits, in the same order', async (t) => {
  const all = await read('machine=m0')
  const fits = async (query: string, wanted: (entry: WireEntry) => boolean) => {
    const expected = all.filter(wanted)
    t.not(expected.length, 0, `${query} is about something`)
    t.not(expected.length, all.length, `${query} is not about all`)
    t.strictSame(bare(await read(`machine=m0&${query}`)), bare(expected), query)
  }

  await fits('type=exception.take,apei.notify', ({ type }) => type === 'exception.take' || type === 'apei.notify')
  await fits('from=firmware&to=host-kernel', ({ from, to }) => from === 'firmware' && to === 'host-kernel')
  await fits('from=hardware,guest', ({ from }) => from === 'hardware' || from === 'guest')
  const both = await read('to=guest')
  t.strictSame(new Set(both.map(({ machine }) => machine)), new Set(['m0', 'm1']), 'of no machine it is all machines')
})

void t.test('from the cursor of any line reading goes on behind it', async (t) => {
  const all = await read('')
  const step = Math.ceil(all.length / 12)

  for (let at = 0; at < all.length; at += step) {
    const rest = await read(`after=${all[at]?.cursor}`)
    // What is read first after a pause may lack its cause, so two that are not each other's cause may change places.
    t.strictSame(bare(rest).toSorted(), bare(all.slice(at + 1)).toSorted(), `behind ${at + 1} of ${all.length}`)
    t.equal(rest[0]?.order, rest.length === 0 ? undefined : at + 2)
  }
  t.strictSame(await read(`after=${all.at(-1)?.cursor}`), [])
})

void t.test('so many lines are given, and the next ones from the last one’s cursor', async (t) => {
  const all = await read('machine=m1&to=host-kernel')
  const pages: Line[] = []
  for (let cursor = ''; pages.length < all.length;) {
    const page = await read(`machine=m1&to=host-kernel&limit=3${cursor === '' ? '' : `&after=${cursor}`}`)
    if (page.length === 0) break
    pages.push(...page)
    cursor = page.at(-1)?.cursor ?? ''
  }

  t.ok(all.length > 6)
  t.strictSame(bare(pages), bare(all))
})

void t.test('a trace is a message and all that follows from it, over all layers', async (t) => {
  const all = await read('machine=m0')
  const root = all.find(({ type, from }) => type === 'error.inject' && from === 'outside')
  const under = new Under([root?.id ?? ''])
  const expected = all.filter((entry) => under.take(entry))

  const lines = await read(`trace=${root?.id}`)

  t.strictSame(bare(lines), bare(expected))
  t.ok(new Set(lines.map(({ layer }) => layer)).size >= 4)
  t.strictSame(await read('trace=nobody-sent-this'), [])
})

void t.test('people are told the story in lines', async (t) => {
  const response = await fetch(`${urls.console}/v1/journal?machine=m0`, { headers: { accept: 'text/plain' } })
  const text = await response.text()

  t.match(response.headers.get('content-type'), /^text\/plain/)
  t.match(text, /^ +\d+\.\d{6}  m0 +firmware -> host-kernel +\S/m)
  t.notMatch(text, /m1|"seq"/)
})

void t.test('the same query over a WebSocket gives a line a frame', async (t) => {
  const frames: Line[] = []
  const socket = new WebSocket(`${urls.console.replace('http', 'ws')}/v1/journal?machine=m0`)
  socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString()) as Line))

  const [code] = (await once(socket, 'close')) as [number]

  t.equal(code, 1000)
  t.strictSame(frames, await read('machine=m0'))
})

void t.test('a reader over a WebSocket is told of what happens later', async (t) => {
  const last = (await read('')).at(-1)?.cursor
  const socket = new WebSocket(`${urls.console.replace('http', 'ws')}/v1/journal?follow=true&after=${last}`)
  await once(socket, 'open')
  const first = once(socket, 'message') as Promise<[Buffer]>

  await system.createMachine('m2')

  t.match(JSON.parse((await first)[0].toString()), { machine: 'm2', type: 'machine.start' })
  socket.close()
})

void t.test('a query that does not fit is refused by name', async (t) => {
  const refused = async (query: string, field: string, status = 422) =>
    t.match(await request(`${urls.console}/v1/journal?${query}`), { status, json: { field } }, query)

  await refused('mashine=m0', '/mashine')
  await refused('machine=M0', '/machine/0')
  await refused('to=nobody', '/to/0')
  await refused('after=17', '/after')
  await refused('follow=true&follow=true', '/follow', 400)
})

void t.test('what a run reads of journals does not depend on what else has run', async (t) => {
  const readBy = async (machine: string) => {
    let bytes = 0
    const counting: typeof fetch = async (input, init) => {
      const response = await fetch(input, init)
      const text = await response.text()
      if ((input as string).includes('/v1/journal')) bytes += text.length
      return new Response(text === '' ? null : text, response)
    }
    const counted = systemOfServices(urls, { fetch: counting })
    await walkStory({ ...system, journal: (of) => counted.journal(of) }, machine)
    return bytes
  }

  const before = await readBy('a0')
  for (let n = 1; n < 9; n++) await walkStory(system, `b${n}`)
  const after = await readBy('a1')

  t.ok(before > 0)
  // Times and positions have more digits later on.
  t.ok(Math.abs(after - before) < before / 50, `${before} and then ${after} bytes`)
})
