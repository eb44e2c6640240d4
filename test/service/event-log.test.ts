import { Writable } from 'node:stream'
import { pino } from 'pino'
import t from 'tap'
import { ask, journalOf } from './http.ts'
import { listening, policyService, transportOf, vmmService } from './ping-service.ts'

const M = '/v1/machines/m0'
type Line = Readonly<Record<string, unknown>>

/** A logger whose lines a test can read. */
function logging(level: string) {
  const lines: Line[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString().trim().split('\n')) lines.push(JSON.parse(line) as Line)
      done()
    }
  })
  return { lines, logger: pino({ level, base: { service: 'vmm' } }, stream) }
}

void t.test('at info, each message and answer is a line with its trace, machine, parties and type', async (t) => {
  const policy = policyService()
  const { lines, logger } = logging('info')
  const vmm = vmmService({ transport: transportOf('vmm', { policy: await listening(policy) }), logger })
  t.teardown(() => Promise.all([vmm.close(), policy.close()]))

  await ask(vmm, 'POST', `${M}/doubles`, { value: '0x15' }, { 'idempotency-key': 'mine' })

  const entries = (await journalOf(vmm)).filter(({ kind, id }) => kind !== 'note' && id.startsWith('mine'))
  const told = lines.filter(({ id }) => String(id).startsWith('mine'))
  t.ok(entries.length >= 3)
  t.strictSame(
    told.map(({ trace, machine, from, to, type, id, msg }) => ({ trace, machine, from, to, type, id, kind: msg })),
    entries.map(({ trace, machine, from, to, type, id, kind }) => ({ trace, machine, from, to, type, id, kind }))
  )
  t.ok(told.every(({ level }) => level === pino.levels.values['info']))
})

void t.test('at warn, nothing but what nobody must miss is told: a refusal, a fallback', async (t) => {
  const { lines, logger } = logging('warn')
  const limit = { deadlineMs: 0, fallback: { value: 7n } }
  const vmm = vmmService({ logger, limit })
  t.teardown(() => vmm.close())

  await ask(vmm, 'POST', `${M}/sums/a`, { value: '0x3' })
  t.strictSame(lines, [])
  await ask(vmm, 'POST', `${M}/sums/a`, { value: '0x0' })
  await ask(vmm, 'POST', `${M}/doubles`, { value: '0x15' })

  t.match(lines, [
    { loud: 'refused', type: 'sum.add', from: 'outside', to: 'vmm', code: String, machine: 'm0' },
    { loud: 'fallback', type: 'policy.twice', from: 'policy', to: 'vmm', machine: 'm0' }
  ])
  t.equal(lines.length, 2)
})

void t.test('what came from outside as free text, and a token, are in no line', async (t) => {
  const { lines, logger } = logging('trace')
  const vmm = vmmService({ logger })
  t.teardown(() => vmm.close())
  const bad = 'red\u001b[31m\u202e'

  await ask(vmm, 'POST', `${M}/sums/${encodeURIComponent(bad)}`, { value: '0x3' }, { authorization: 'Bearer s3cret' })
  await ask(vmm, 'POST', `${M}/sums/${encodeURIComponent(bad)}`, { value: '0x0' })

  const text = JSON.stringify(lines)
  t.ok(lines.length >= 2)
  t.notMatch(text, /s3cret|red|\\u001b|\u202e/)
})
