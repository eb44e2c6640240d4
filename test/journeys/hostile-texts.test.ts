import t from 'tap'
import { foreign } from '../service/http.ts'
import { HIDDEN, HOSTILE } from '../support/hostile-texts.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'

const ERROR = { kind: 'memory', signalled: 'SEA', containment: 'UER', severity: 'recoverable' }
const [HOST_VIRTUAL, HOST_PHYSICAL] = [0xffff_9a80_1000n, 0x7bf1_5000n]
const PID = 119
/** A name of a process is as long as Linux lets it be. */
const COMM_LENGTH = 15

void t.test('a process may be called anything, and nothing that it leaves behind is an order or a line', async (t) => {
  const { urls } = await services(t)
  const host = `${urls['host-kernel']}/v1/machines/m0`

  for (const [index, text] of HOSTILE.entries()) {
    const [pid, page] = [PID + index, BigInt(index) << 12n]
    const hostVirtual = `0x${(HOST_VIRTUAL + page).toString(16)}`
    const hostPhysical = `0x${(HOST_PHYSICAL + page).toString(16)}`
    const mappings = [{ hostVirtual, hostPhysical, length: '0x1000', backing: 'anonymous' }]
    const body = { pid, comm: text.slice(0, COMM_LENGTH), mceKill: 'early', mappings }
    await request(`${host}/processes`, { body })
    await request(`${urls.hardware}/v1/machines/m0/errors`, { body: { ...ERROR, hostPhysical } })
    const access = { hostVirtual, access: 'load' }
    const told = await request(`${host}/processes/${pid}/accesses?wait=settled`, { body: access })

    t.equal(told.status, 200, `text ${index}`)
    t.notMatch(told.text, HIDDEN, `text ${index}`)
  }
  const log = await request(`${host}/log`)
  const journal = await request(`${urls.console}/v1/journal?machine=m0`)
  const lines = await request(`${urls['host-kernel']}/v1/journal?machine=m0`, { headers: { accept: 'text/plain' } })

  for (const answer of [log, journal, lines]) t.notMatch(answer.text, HIDDEN)
  t.equal(log.text.match(/:\d+ due to hardware memory corruption$/gm)?.length, HOSTILE.length)
  t.notMatch(log.text, /^(?! *\[).+/m, 'every line of the log begins as the kernel begins it')
})

void t.test('a policy and a request may say anything, and the report is one', async (t) => {
  const everything = HOSTILE.join('')
  const policy = await foreign((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ action: 'ignore', because: everything }))
  })
  t.teardown(policy.close)
  const { urls } = await services(t, { replaced: { policy: policy.url } })
  const headers = { accept: 'text/plain' }
  const run = (body: object) => request(`${urls.console}/v1/runs`, { headers, body })

  const report = await run({ story: 'morse' })
  const wrong = await run({ story: 'morse', policy: everything })
  const field = await run({ story: 'morse', [everything]: everything })
  const id = encodeURIComponent(everything.slice(0, 100))
  const message = await request(`${urls.vmm}/v1/machines/m0/messages/${id}`)

  t.match(report, { status: 200, text: 'because ' })
  t.equal(report.text.match(/^THIS IS NOT HOW IT MUST END\.$/gm)?.length, 1)
  t.notMatch(report.text, /^(?: {3}1 {2}outside -> hardware {10}error\.inject: FORGED|over| *A->>B)/m)
  for (const answer of [field, message]) t.match(answer, { contentType: /problem\+json/ })
  for (const answer of [report, wrong, field, message]) t.notMatch(answer.text, HIDDEN)
})
