import { join } from 'node:path'
import t, { type Test } from 'tap'
import { conformCommand } from '../../cli/actions/conform.ts'
import type { RuleResult } from '../../cli/conform/check.ts'
import { conformPolicy } from '../../cli/conform/conform-policy.ts'
import { buildLayer } from '../../services/build-layer.ts'
import { POLICIES } from '../../services/policy/policies.ts'
import { Question } from '../../shared/contracts/policy.ts'
import { wire } from '../../shared/contracts/validate.ts'
import { foreign } from '../service/http.ts'
import { ran } from '../support/commands.ts'
import { parsed } from '../support/requests.ts'

/** Longer than anything may take here: whether an answer comes in time is a test of its own. */
const DEADLINE_MS = 3_600_000
const OPTIONS = { machine: 'm0', deadlineMs: DEADLINE_MS }
const SEABUS = join(import.meta.dirname, '../../cli/seabus.ts')
const failed = (results: readonly RuleResult[]) => results.filter(({ broken }) => broken.length > 0)
const broken = (results: readonly RuleResult[]) => failed(results).map(({ rule }) => rule)

/** A service that answers every question alike, whatever was asked. */
const always = (status: number, type: string, body: (n: number) => string) => {
  let count = 0
  return foreign((request, response) => {
    if (request.url?.endsWith('/decisions') !== true) return void response.writeHead(404).end()
    response.writeHead(status, { 'content-type': type }).end(body(++count))
  })
}

void t.test('every built-in policy keeps the contract', async (t) => {
  const policy = buildLayer('policy')
  t.teardown(() => policy.close())
  const url = await policy.listen({ host: '127.0.0.1', port: 0 })

  for (const name of POLICIES.keys()) {
    t.same(failed(await conformPolicy(url, { ...OPTIONS, policy: name })), [], name)
  }
})

void t.test('each way to be wrong breaks the rule that is about it', async (t) => {
  const json = 'application/json'
  const ignoring = JSON.stringify({ action: 'ignore', because: 'always' })
  const cases: readonly (readonly [string, Awaited<ReturnType<typeof always>>, readonly string[]])[] = [
    [
      'an SEA for everything',
      await always(200, json, () => '{"action":"inject-sea","because":"always"}'),
      ['no-forbidden-answer', 'malformed-is-a-problem']
    ],
    ['no decision', await always(200, json, () => '{"action":"pray"}'), ['answers-are-decisions', 'still-there']],
    [
      'another answer each time, also to the same question',
      await always(200, json, (n) => JSON.stringify({ action: 'ignore', because: `${n}` })),
      ['same-question-same-answer']
    ],
    ['answers what is no question', await always(200, json, () => ignoring), ['malformed-is-a-problem']],
    [
      'crashes',
      await always(500, 'text/plain', () => 'Traceback'),
      ['answers-are-decisions', 'malformed-is-a-problem', 'unknown-fields']
    ],
    ['refuses without a problem', await always(400, json, () => '{}'), ['malformed-is-a-problem', 'unknown-fields']]
  ]
  for (const [what, { url, close }, rules] of cases) {
    const found = broken(await conformPolicy(url, OPTIONS))
    close()

    for (const rule of rules) t.ok(found.includes(rule), `${what}: ${found.join(', ')}`)
  }
})

void t.test('the command prints pass or FAIL for each rule, and exits 0, 1 and 3', async (t) => {
  const policy = buildLayer('policy')
  const bad = await always(200, 'application/json', () => '{"action":"inject-sea","because":"always"}')
  t.teardown(() => {
    bad.close()
    return policy.close()
  })
  const good = await policy.listen({ host: '127.0.0.1', port: 0 })
  const values = { deadline: `${DEADLINE_MS}` }

  const pass = await ran(process.execPath, [SEABUS, 'conform', 'policy', good, '--deadline', values.deadline])
  const fail = await conformCommand(values, ['policy', bad.url])
  const down = await conformCommand(values, ['policy', 'http://127.0.0.1:9'])
  const json = await conformCommand({ ...values, format: 'json' }, ['policy', good])

  t.match(pass, { code: 0, stdout: /pass {2}answers-are-decisions: [\s\S]*keeps the contract/ })
  t.match(fail, { exitCode: 1, output: /FAIL {2}no-forbidden-answer: [\s\S]*sea-needs-a-faulting-vcpu-access/ })
  t.match(down, { exitCode: 3, errors: /cannot be reached/ })
  t.match(JSON.parse(json.output), { url: good, results: [{ rule: 'answers-are-decisions', broken: [] }] })
})

/** A policy that counts what it was asked; `remembers`: a question that comes again gets the answer that it got. */
async function counting(t: Test, remembers: boolean) {
  const answers = new Map<string, string>()
  let count = 0
  const { url, close } = await foreign((request, response, body) => {
    if (request.url?.endsWith('/decisions') !== true) return void response.writeHead(404).end()
    const asked = wire(Question).parse(parsed(body))
    if ('error' in asked) {
      response.writeHead(422, { 'content-type': 'application/problem+json' }).end('{"title":"no question"}')
      return
    }
    const id = String(request.headers['ce-id'])
    const answer = (remembers ? answers.get(id) : undefined) ?? `{"action":"ignore","because":"question ${++count}"}`
    answers.set(id, answer)
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
  })
  t.teardown(close)
  return url
}

void t.test('a policy may remember what it was asked, as long as a repeat gets the answer of the first', async (t) => {
  t.strictSame(failed(await conformPolicy(await counting(t, true), OPTIONS)), [])
  const [forgets, ...others] = failed(await conformPolicy(await counting(t, false), OPTIONS))

  t.match(forgets, { rule: 'same-question-same-answer', broken: /under ce-id conform-.* first .*, then / })
  t.strictSame(others, [])
})

void t.test('of a service that answers nothing only that is said, after three questions', async (t) => {
  let asked = 0
  const { url, close } = await foreign(({ method }) => void (method === 'POST' && asked++))
  t.teardown(close)

  const results = await conformPolicy(url, { machine: 'm0', deadlineMs: 20 })

  t.strictSame(broken(results), ['answers-in-time'])
  t.match(
    failed(results)[0]?.broken,
    ['AR in guest RAM: no answer: ', '', ''].map((words) => new RegExp(words))
  )
  t.strictSame(
    results.filter(({ skipped }) => skipped === undefined).map(({ rule }) => rule),
    ['answers-in-time']
  )
  t.equal(asked, 3)
})

void t.test('an address without http:// is told with the one that was probably meant', async (t) => {
  for (const url of ['127.0.0.1:7005', 'localhost:7005']) {
    await t.rejects(async () => conformCommand({}, ['policy', url]), {
      message: `seabus conform: ${url} is no http URL; did you mean http://${url}?`
    })
  }
})

void t.test('what the command does not understand is a usage error', async (t) => {
  const cases: readonly (readonly [readonly string[], object])[] = [
    [['weather', 'http://127.0.0.1:9'], {}],
    [['policy'], {}],
    [['policy', 'nowhere'], {}],
    [['policy', 'http://127.0.0.1:9', 'http://127.0.0.1:8'], {}],
    [['policy', 'http://127.0.0.1:9'], { deadline: 'soon' }]
  ]
  for (const [positionals, values] of cases) {
    await t.rejects(async () => conformCommand({ ...values }, positionals), { message: /^seabus conform: / })
  }
})
