import { text } from 'node:stream/consumers'
import t from 'tap'
import { readScenario } from '../../shared/scenario/read-scenario.ts'
import { curlOf, runCurl } from '../../web/model/curl.ts'
import { stepOf } from '../../web/model/scenario-step.ts'
import { guarded } from '../support/guarded.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'
import { journalOf } from './played.ts'

void t.test('every message is copied as a step that a scenario file takes, and nothing else is', async (t) => {
  for (const entry of await journalOf('01-story')) {
    const step = stepOf(entry)
    t.equal(
      step !== undefined,
      entry.kind === 'message' && entry.type !== 'machine.start',
      `${entry.kind} ${entry.type}`
    )
    if (step === undefined) continue
    const read = readScenario(`seabus: 1\ntitle: t\nsteps:\n${step}`, 'copied')
    t.equal(read.errors, undefined, `${step}\n${JSON.stringify(read.errors)}`)
  }
})

void t.test('a message is copied as a command that sends it again, as often as it is pasted', async (t) => {
  const { urls } = await services(t)
  const entry = (await journalOf('01-story')).find(({ type }) => type === 'error.inject')
  const command = curlOf(entry as never, { origin: urls.console, asksToken: false })
  const sent = () => {
    const [, event = ''] = /-d (.*)$/s.exec(command) ?? []
    return text(guarded('bash', ['-c', `printf %s ${event}`]).stdout)
  }

  for (const body of [await sent(), await sent()]) {
    const answer = await request(`${urls.console}/services/hardware/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents+json' },
      body
    })
    t.match(answer, { status: 202 }, answer.text)
  }
  const { text: lines } = await request(`${urls.hardware}/v1/journal?machine=m0&type=error.inject`)
  t.equal(lines.trim().split('\n').length, 2)
})

void t.test('what is no message is copied as a command that reads it, and a token is asked of the shell', async (t) => {
  const note = (await journalOf('01-story')).find(({ type }) => type === 'record.published')

  t.equal(
    curlOf(note as never, { origin: 'http://here', asksToken: true }),
    `curl -s -H "authorization: Bearer $SEABUS_TOKEN" 'http://here/services/firmware/v1/journal?machine=m0&after=${
      (note?.seq ?? 0) - 1
    }&limit=1'`
  )
})

void t.test('a run is copied with the token where one is asked for, and a scenario keeps its lines', (t) => {
  const begin = `curl -s -H "authorization: Bearer $SEABUS_TOKEN" http://here/v1/runs -H 'content-type: application`
  const at = { origin: 'http://here', asksToken: true }

  t.equal(runCurl('json', '{"story":"morse"}', at), `${begin}/json' -d '{"story":"morse"}'`)
  t.equal(runCurl('yaml', "title: it's\n", at), `${begin}/yaml' --data-binary 'title: it'\\''s\n'`)
  t.end()
})
