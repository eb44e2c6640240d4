import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { conformPolicy } from '../../cli/conform/conform-policy.ts'
import { Question } from '../../shared/contracts/policy.ts'
import { ACTIONS } from '../../shared/contracts/policy-actions.ts'
import { post } from '../service/http.ts'
import { ran, served } from '../support/commands.ts'
import { shellBlocks } from '../support/pages.ts'
import { freePortBase } from '../support/ports.ts'
import { program, ROOT } from '../support/programs.ts'

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const PAGE = read('docs/policies.md')
const BLOCKS = shellBlocks(PAGE)
const SEABUS = `${process.execPath} ${join(ROOT, 'cli/seabus.ts')}`
const REMEMBERS = join(ROOT, 'examples/policy-python/remembers.py')

/** Where the page has its policies, and its system, as it is here. */
async function here() {
  const [base, mine, remembers] = [await freePortBase(), await freePortBase(), await freePortBase()]
  const moved = (block: string) =>
    block
      .replaceAll(/127\.0\.0\.1:70(0\d)/g, (_, n) => `127.0.0.1:${base + Number(n)}`)
      .replaceAll('8005', `${mine}`)
      .replaceAll('8006', `${remembers}`)
      .replaceAll(/ (scenarios|examples)\//g, ` ${ROOT}$1/`)
      // A limit of time is no part of what a line shows: the machine may be busy.
      .replaceAll(/seabus conform .*/g, '$& --deadline 3600000')
      .replaceAll('npx seabus', SEABUS)
      .replaceAll('"policyDeadlineMs": 200', '"policyDeadlineMs": 60000')
  return { base, moved }
}

/** Runs a block; a server is left running until the test ends. */
async function run(t: Test, block: string, cwd: string): Promise<string> {
  const [, file = '', port = ''] = /^python3 (\S+) (\d+) &\n$/.exec(block) ?? []
  if (file !== '') return served(t, 'python3', [join(file.startsWith('/') ? '' : cwd, file), port])
  const marked = block.replaceAll('curl -s', `curl -s -w '\\n--- %{http_code}\\n'`)
  const { code, stdout, stderr } = await ran('bash', ['-euo', 'pipefail', '-c', marked], cwd)
  t.strictSame([code, stderr], [0, ''], `${block}${stdout}`)
  return stdout
}

void t.test('docs/policies.md: every block does what the page says, one after the other', async (t) => {
  const { base, moved } = await here()
  const system = program('cli/start.ts', [], { SEABUS_PORT_BASE: `${base}` })
  t.teardown(() => system.stop())
  await system.says('Ctrl-C ends it.')
  const cwd = t.testdir({})
  const told = new Map<string, string>()

  for (const block of BLOCKS) told.set(block, await run(t, moved(block), cwd))

  const about = (words: string) => [...told].find(([block]) => block.includes(words))?.[1] ?? ''
  t.match(about('conform policy http://127.0.0.1:8005'), /keeps the contract/)
  t.match(about('conform policy http://127.0.0.1:8006'), /keeps the contract/)
  t.match(about('seabus matrix'), /process killed[^]*avoidable panic/, 'the policy of the page is a column')
  t.match(about('seabus diff'), /they part/)
  const statuses = [...about('PUT').matchAll(/--- (\d+)/g)].map(([, status]) => status)
  t.strictSame(statuses, ['200', '200'], about('PUT'))
  t.notMatch(about('PUT'), /unreachable/)
})

void t.test('docs/policies.md names every field of a question, and docs/decisions.md every action', (t) => {
  const [, table = ''] = /## The question([^]*?)## /.exec(PAGE) ?? []
  for (const field of Object.keys(Question.properties)) t.match(table, new RegExp(`\`${field}`), field)
  for (const action of ACTIONS) t.match(read('docs/decisions.md'), `| \`${action}\` |`)
  t.end()
})

/** A question about an error at a page of a VM. */
const about = (page: number, more: object = {}) => ({
  vm: 'vm0',
  vmNumber: 1,
  vcpu: 0,
  signal: { code: 'BUS_MCEERR_AR', hostVirtual: '0xffff80001000', addressLsb: 12 },
  guest: { guestPhysical: `0x4000${page}000`, inRam: true },
  sources: [{ source: 0, notify: 'SEA', acknowledged: true }],
  history: { errors: page },
  ...more
})

void t.test('the policy that remembers stops a VM at its fourth lost page, of one machine and one VM', async (t) => {
  const url = await served(t, 'python3', [REMEMBERS, '0'])
  let id = 0
  const ask = async (machine: string, question: object, ceId = `q-${++id}`) => {
    const { json } = await post(`${url}/v1/machines/${machine}/decisions`, question, { 'ce-id': ceId })
    return (json as { action: string }).action
  }

  const pages = [1, 2, 3, 3]
  for (const page of pages) t.equal(await ask('m0', about(page)), 'inject-sea')
  t.equal(await ask('m0', about(4), 'last'), 'stop-vm')
  t.equal(await ask('m0', about(3), 'last'), 'stop-vm', 'a repeat gets the answer of the first')
  t.equal(await ask('m0', about(4, { vmNumber: 2 })), 'inject-sea', 'another VM of that name')
  t.equal(await ask('m1', about(4)), 'inject-sea', 'another machine')
  t.strictSame(
    (await conformPolicy(url, { machine: 'm0', deadlineMs: 3_600_000 })).flatMap(({ broken }) => broken),
    []
  )
})
