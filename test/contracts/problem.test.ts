import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { ID_MAX_LENGTH, ID_RULE, isId } from '../../shared/contracts/event-id.ts'
import { isProblemCode, problem, PROBLEMS } from '../../shared/contracts/problem.ts'

const DOC = readFileSync(new URL('../../docs/problems.md', import.meta.url), 'utf8')

void t.test('docs/problems.md has an entry for each code, in order, with its status and title', async (t) => {
  const entries = [...DOC.matchAll(/^## (\S+)\n\nStatus (\d+)\. (.*)\.$/gm)].map(([, code, status, title]) => ({
    code,
    status: Number(status),
    title
  }))

  t.strictSame(
    entries,
    Object.entries(PROBLEMS).map(([code, { status, title }]) => ({ code, status, title }))
  )
})

void t.test('the entry on ids says the rule that is checked', async (t) => {
  const [, entry] = DOC.split('## idempotency-key-invalid')

  t.match(entry, ID_RULE)
  t.ok(isId('x'.repeat(ID_MAX_LENGTH)), 'the longest')
  for (const not of ['', 'two words', 'x'.repeat(ID_MAX_LENGTH + 1), 'é', 'a\n'])
    t.notOk(isId(not), JSON.stringify(not))
})

void t.test('every entry says more than its title', async (t) => {
  for (const entry of DOC.split(/^## /m).slice(1)) {
    t.ok(entry.split('\n\n')[2], entry.split('\n')[0] ?? '')
  }
})

void t.test('a problem has the members of RFC 9457 and says which field is to blame', async (t) => {
  const body = problem('field-invalid', '/address must be hex', {
    field: '/address',
    instance: '/v1/machines/m0/errors'
  })

  t.strictSame(body, {
    type: '/docs/problems#field-invalid',
    code: 'field-invalid',
    title: 'A field has a value that it cannot have',
    status: 422,
    detail: '/address must be hex',
    instance: '/v1/machines/m0/errors',
    field: '/address'
  })
})

void t.test('every code that a model refuses with is in the table', async (t) => {
  const services = new URL('../../services/', import.meta.url)
  const files = readdirSync(services, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))

  for (const file of files) {
    const text = readFileSync(new URL(file, services), 'utf8')
    for (const [, code = ''] of text.matchAll(/\.refuse\('([a-z-]+)'/g)) t.ok(isProblemCode(code), `${file}: ${code}`)
  }
})
