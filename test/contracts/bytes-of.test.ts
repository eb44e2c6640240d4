import t from 'tap'
import { basename } from 'node:path'
import { readScenarios, SHIPPED } from '../../cli/scenario/files.ts'
import { runInProcess } from '../../cli/scenario/in-process.ts'
import { NOTES } from '../../shared/contracts/notes/registry.ts'
import type { Layer } from '../../shared/contracts/layer.ts'
import { KERNEL_STEPS } from '../../shared/contracts/notes/steps.ts'
import { ACCEPTS, messageType } from '../../shared/contracts/registry.ts'
import { bytesOf, type CarriedBytes } from '../../shared/contracts/structures/bytes-of.ts'
import { STRUCTURES } from '../../shared/contracts/structures/rows.ts'
import { viewOf } from '../../shared/formats/bytes.ts'
import { decodeKvmRunArmSea } from '../../shared/formats/kvm-run-arm-sea.ts'
import { decodeKvmVcpuEvents } from '../../shared/formats/kvm-vcpu-events.ts'
import { fieldsOf } from '../../shared/formats/fields/fields-of.ts'
import { decodeSiginfo } from '../../shared/formats/siginfo.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { coverageFaults } from '../formats/fields/coverage.ts'

type Loose = Readonly<Record<string, unknown>>

/** The journals of a story by SError and SEA, of one by a KVM exit, and of boot. */
async function journalOf(file: string): Promise<readonly WireEntry[]> {
  const read = readScenarios([SHIPPED])
  if ('errors' in read) throw new Error('a shipped scenario is wrong')
  const found = read.scenarios.find((one) => basename(one.file) === file)
  if (found === undefined) throw new Error(`no scenario ${file}`)
  return (await runInProcess(found.scenario)).journal
}

const journals = await Promise.all(
  ['01-story.yaml', '02-counter-example.yaml', '20-host-cannot-claim-sea-exit.yaml'].map(journalOf)
)
const carried = journals.flat().flatMap((entry) => bytesOf(entry).map((one) => ({ entry, one })))

void t.test('every structure of a run is bytes without a fault, and all of them have their fields', (t) => {
  const kinds = new Set(carried.map(({ one }) => one.kind))
  for (const { entry, one } of carried) {
    const { root, problems } = fieldsOf(one.kind, one.bytes)
    t.notOk(one.fault, `${entry.type} ${one.at}`)
    t.same(coverageFaults(root, one.bytes.length), [], `${entry.type} ${one.at}`)
    t.same(problems, [], `${entry.type} ${one.at}`)
  }
  t.same([...kinds].toSorted(), [
    'err-status',
    'error-status-block',
    'error-status-header',
    'esr',
    'hest',
    'kvm-run-arm-sea',
    'kvm-vcpu-events',
    'memory',
    'serror-iss',
    'siginfo'
  ])
  t.end()
})

const dataOf = (entry: WireEntry): Loose => entry.data as Loose
const ofKind = (kind: string) => carried.filter(({ one }) => one.kind === kind)

void t.test('the bytes are what the fields of the entry say', (t) => {
  for (const { entry, one } of ofKind('siginfo')) {
    const data = dataOf(entry)
    const said = (data['info'] ?? data) as Loose
    const { signo, code, address } = decodeSiginfo(one.bytes)
    t.same([signo, code], [said['signo'], said['code']])
    t.equal(address === undefined ? undefined : `0x${address.toString(16)}`, said['address'] ?? said['hostVirtual'])
  }
  for (const { entry, one } of ofKind('kvm-vcpu-events')) {
    const data = (one.at === 'question' ? entry.question : entry.data) as Loose
    const events = decodeKvmVcpuEvents(one.bytes)
    t.same(
      [events.serrorPending, events.serrorHasEsr, events.extDabtPending, `0x${events.serrorEsr.toString(16)}`],
      [data['serror_pending'], data['serror_has_esr'], data['ext_dabt_pending'], data['serror_esr']]
    )
  }
  for (const { entry, one } of ofKind('kvm-run-arm-sea')) {
    const sea = dataOf(entry)['armSea'] as Loose
    t.equal(`0x${decodeKvmRunArmSea(one.bytes).esr.toString(16)}`, sea['esr'])
  }
  for (const { entry, one } of ofKind('esr')) {
    const path = one.at.split('.')
    const said = path.reduce<unknown>((value, name) => (value as Loose)[name], entry)
    t.equal(`0x${viewOf(one.bytes).getBigUint64(0).toString(16)}`, said)
  }
  t.end()
})

void t.test('what somebody reads or writes in memory is what its bytes say it is', (t) => {
  const reads = carried.filter(({ entry }) => entry.type === 'memory.read' && entry.kind === 'answer')
  const writes = carried.filter(({ entry }) => entry.type === 'memory.write' && entry.to === 'guest')

  t.same(new Set(reads.map(({ one }) => one.kind)), new Set(['memory', 'error-status-header', 'error-status-block']))
  t.same(new Set(writes.map(({ one }) => one.kind)), new Set(['memory', 'hest', 'error-status-block']))
  t.end()
})

const RECORD = 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='
const entry = (type: string, to: string, data: unknown, more: Loose = {}) => ({
  kind: 'message',
  type,
  from: 'outside',
  to,
  data,
  ...more
})

void t.test('an answer has the structures of its question too', (t) => {
  const answer = entry(
    'policy.decide',
    'vmm',
    { action: 'inject-serror', esr: '0xc11', because: '' },
    {
      kind: 'answer',
      from: 'policy',
      question: { hardwareException: { kind: 'SError', esr: '0xbe000c11' } }
    }
  )

  t.match(bytesOf(answer), [
    { kind: 'serror-iss', at: 'data.esr' },
    { kind: 'esr', at: 'question.hardwareException.esr' }
  ])
  t.end()
})

void t.test('EINJ with flags is the data of SET_ERROR_TYPE_WITH_ADDRESS', (t) => {
  const data = { type: 16, flags: 2, param1: '0x48001000', param2: '0xfffffffffffff000' }
  const [one] = bytesOf(entry('einj.inject', 'firmware', data))

  t.match(one, { kind: 'set-error-type', at: 'data' })
  t.equal(viewOf(one?.bytes ?? new Uint8Array()).getBigUint64(16), 0x4800_1000n)
  t.same(bytesOf(entry('einj.inject', 'firmware', { type: 16 })), [])
  t.end()
})

void t.test('data that do not keep their contract are a fault, or nothing; never a throw', (t) => {
  const faults = (type: string, to: string, data: unknown): readonly CarriedBytes[] => bytesOf(entry(type, to, data))

  t.match(faults('signal.deliver', 'vmm', { siginfo: 'no base64!' }), [{ fault: { rule: /base64/ } }])
  t.match(faults('exception.take', 'firmware', { esr: 12 }), [{ fault: { rule: /64-bit value/ } }])
  t.match(faults('error.interrupt', 'firmware', {}), [{ at: 'data', fault: { rule: /contract/ } }])
  t.match(faults('kvm.set-vcpu-events', 'host-kernel', { serror_pending: 'x' }), [
    { bytes: new Uint8Array(), fault: {} }
  ])
  for (const data of [null, 'text', 7, [], [RECORD]]) t.same(faults('signal.deliver', 'vmm', data), [])
  t.same(faults('no.such-message', 'vmm', {}), [])
  for (const row of STRUCTURES) {
    for (const value of [null, 1, 'x', {}, [], { esr: null }]) {
      const fields = [
        'bytes',
        'record',
        'info',
        'armSea',
        'exception',
        'injected',
        'data',
        'table',
        'name',
        'hardwareException'
      ]
      const data = { ...Object.fromEntries(fields.map((name) => [name, value])), name: row.step }
      t.doesNotThrow(() =>
        bytesOf({ kind: row.part, type: row.type, from: row.layer ?? 'guest', to: row.layer ?? 'guest', data })
      )
    }
  }
  t.end()
})

void t.test('every row is of a message, question, note or step that there is', (t) => {
  const notes = Object.entries(NOTES).flatMap(([layer, rows]) => rows.map(({ type }) => `${layer} ${type}`))
  const steps = KERNEL_STEPS.map(({ name }) => name)
  const wrong = STRUCTURES.filter(({ part, layer, type, step }) => {
    if (step !== undefined) return !steps.includes(step)
    if (part === 'note') return !notes.includes(`${layer} ${type}`)
    const message = messageType(layer as Layer, type)
    return message === undefined || (part === 'answer' && message.reply === undefined)
  })

  t.same(wrong, [])
  t.end()
})

/** Whether a schema has raw bytes, or a number that is a syndrome. */
function carries(schema: unknown, name = ''): boolean {
  if (typeof schema !== 'object' || schema === null) return false
  const fields = schema as Loose
  if (fields['x-seabus'] === 'bytes') return true
  if (fields['x-seabus'] === 'u64' && /^(?:esr|iss|serror_esr|esr_el1|status)$/.test(name)) return true
  return Object.entries(fields).some(([key, inner]) =>
    key === 'properties'
      ? Object.entries(inner as Loose).some(([field, part]) => carries(part, field))
      : carries(inner, name)
  )
}

void t.test('every message, answer and note that carries bytes or a syndrome has its row', (t) => {
  const messages = Object.values(ACCEPTS).flat()
  const wanted = [
    ...messages.filter(({ data }) => carries(data)).map(({ to, type }) => `message ${to} ${type}`),
    ...messages.filter(({ reply }) => carries(reply)).map(({ to, type }) => `answer ${to} ${type}`),
    ...Object.values(NOTES)
      .flat()
      .filter(({ data }) => carries(data))
      .map(({ layer, type }) => `note ${layer} ${type}`)
  ]
  const rows = STRUCTURES.flatMap(({ part, layer, type }) =>
    (layer === undefined ? ['host-kernel', 'guest'] : [layer]).map((one) => `${part} ${one} ${type}`)
  )

  t.ok(wanted.length > 15)
  t.same(
    wanted.filter((one) => !rows.includes(one)),
    []
  )
  t.end()
})
