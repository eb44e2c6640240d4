import t from 'tap'
import type { GhesSource } from '../../shared/formats/ghes-source.ts'
import { decodeHest, encodeHest, isGhes } from '../../shared/formats/hest.ts'
import { ALTRA_HEST, ALTRA_HEST_2P, REFINFRA_HEST } from '../formats/real-hests.ts'
import { QEMU_MEMORY_BLOCK } from '../formats/worked-examples.ts'
import { machine, trace, word } from './support.ts'

/** A machine with a real table moved into its memory, and its sources by id. */
function machineWith(table: Uint8Array) {
  const m = machine()
  m.tell('hest.install', { table, relocate: true })
  const [answer] = m.tell('hest.read', {})
  const sources = decodeHest((answer as { data: { table: Uint8Array } }).data.table).sources.filter(isGhes)
  const submit = (source: number) => trace(m.tell('error-record.submit', { source, bytes: QEMU_MEMORY_BLOCK }))
  /** What ghes_ack_error() writes for a source. */
  const acknowledge = (id: number) => {
    const readAck = sources.find(({ sourceId }) => sourceId === id)?.readAck
    if (readAck === undefined) throw new Error(`no read-ack register of source ${id}`)
    const { register, preserve, write } = readAck
    const before = m.readWord(register.address)
    return m.tell('memory.write', { hostPhysical: register.address, bytes: word((before & preserve) | write) })
  }
  return { m, submit, acknowledge, register: sources[0]?.readAck?.register.address ?? 0n }
}

const PUBLISHED = ['record.published', 'apei.notify']

void t.test('sources that share a doorbell wait for their own message each, in any order', async (t) => {
  const { submit, acknowledge, m } = machineWith(ALTRA_HEST)

  t.strictSame(submit(0), PUBLISHED)
  t.strictSame(submit(2), PUBLISHED, 'the record of source 0 does not hold it')
  t.strictSame(submit(0), ['record.held'])
  t.strictSame(submit(2), ['record.held'])

  t.strictSame(trace(acknowledge(0)), ['read-ack.doorbell', ...PUBLISHED], 'only source 0 goes on')
  t.match(m.state.queues[2]?.held.length, 1)
  t.strictSame(trace(acknowledge(2)), ['read-ack.doorbell', ...PUBLISHED])
  t.strictSame(trace(acknowledge(0)), ['read-ack.doorbell'])
  t.strictSame(submit(0), PUBLISHED, 'though the register holds what acknowledges it, and source 2 has rung before')
})

void t.test('a hundred records through eight sources of two sockets, each acknowledged, and none waits', async (t) => {
  const { submit, acknowledge, m } = machineWith(ALTRA_HEST_2P)
  for (let round = 0; round < 13; round++) {
    for (const id of [0, 3, 1, 4, 2, 5, 6, 7]) t.equal(submit(id)[0], 'record.published', `source ${id}`)
    for (const id of [7, 3, 6, 0, 1, 4, 5, 2]) acknowledge(id)
  }
  t.strictSame(m.state.unanswered, [])
})

void t.test('the same message at the other socket’s doorbell is not for this one', async (t) => {
  const { submit, acknowledge } = machineWith(ALTRA_HEST_2P)
  submit(0)
  submit(3)

  acknowledge(3)

  t.strictSame(submit(0), ['record.held'])
  t.strictSame(submit(3), PUBLISHED)
})

void t.test('a message that no source has acknowledges nobody, and says so', async (t) => {
  const { submit, m, register } = machineWith(ALTRA_HEST)
  submit(0)

  const effects = m.tell('memory.write', { hostPhysical: register, bytes: word(0xb1e0_0000n) })

  t.match(
    effects.find(({ kind }) => kind === 'note'),
    { type: 'read-ack.doorbell', data: { value: 0xb1e0_0000n, sources: [] } }
  )
  t.strictSame(submit(0), ['record.held'])
})

void t.test('a register that all sources acknowledge alike is one flag: one record at a time', async (t) => {
  const altra = decodeHest(ALTRA_HEST)
  const [first, second] = altra.sources.filter(isGhes) as [GhesSource, GhesSource]
  const flag = { ...first.readAck, preserve: 0xffff_ffff_ffff_fffen, write: 1n }
  const sources = [first, second].map((one) => ({ ...one, readAck: flag })) as GhesSource[]
  const { submit, acknowledge } = machineWith(encodeHest({ ...altra, sources }))

  t.strictSame(submit(0), PUBLISHED)
  t.strictSame(submit(1), ['record.held'])
  t.strictSame(trace(acknowledge(0)), ['record.published'], 'a polled source, and no doorbell')
})

void t.test('an acknowledgement of 0 is one: the register has other bits while a record waits', async (t) => {
  const { submit, acknowledge, m, register } = machineWith(REFINFRA_HEST)

  t.strictSame(submit(10), PUBLISHED)
  t.not(m.readWord(register), 0n)
  t.strictSame(submit(10), ['record.held'])
  t.strictSame(trace(acknowledge(10)), PUBLISHED)
})
