import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { buildLayer } from '../../services/build-layer.ts'
import { Decision } from '../../shared/contracts/policy.ts'
import { wire } from '../../shared/contracts/validate.ts'
import { conformPolicy } from '../../cli/conform/conform-policy.ts'
import { outcomeOf } from '../../shared/trace/outcome.ts'
import { ran, served } from '../support/commands.ts'
import { guarded } from '../support/guarded.ts'
import { services } from '../support/services.ts'
import { walkStory } from '../support/story.ts'

const EXAMPLES = join(import.meta.dirname, '../../examples')
const PYTHON = [join(EXAMPLES, 'policy-python/policy.py'), '0']
const ASK = join(EXAMPLES, 'policy-shell/ask.sh')
const decision = wire(Decision)
/** Longer than anything may take here. */
const OPTIONS = { machine: 'm0', deadlineMs: 3_600_000 }
const TIMES = 10

void t.test('the policy in Python keeps the contract, however often it is asked', async (t) => {
  const url = await served(t, 'python3', PYTHON)

  for (let time = 1; time <= TIMES; time++) {
    const results = await conformPolicy(url, OPTIONS)

    const broken = results.filter((result) => result.broken.length > 0)
    t.same(broken, [], `time ${time}`)
  }
})

void t.test('the policy in Python keeps the contract also where others keep every core busy', async (t) => {
  const busy = Array.from({ length: availableParallelism() }, () => guarded(process.execPath, ['-e', 'for (;;);']))
  t.teardown(() => Promise.all(busy.map((each) => each.kill())))
  const url = await served(t, 'python3', PYTHON)

  const results = await conformPolicy(url, OPTIONS)

  t.strictSame(
    results.filter(({ broken, skipped }) => broken.length > 0 || skipped !== undefined),
    []
  )
})

void t.test(
  'the question with curl: the built-in policies and the one in Python answer it with a decision',
  async (t) => {
    const policy = buildLayer('policy')
    t.teardown(() => policy.close())
    const builtIn = await policy.listen({ host: '127.0.0.1', port: 0 })
    const python = await served(t, 'python3', PYTHON)

    for (const [url, name, action] of [
      [builtIn, 'morse', 'inject-sea'],
      [builtIn, 'sei', 'inject-serror'],
      [python, 'any', 'inject-sea']
    ] as const) {
      const { code, stdout } = await ran('sh', [ASK, url, name])

      t.equal(code, 0)
      t.match(decision.parse(JSON.parse(stdout)), { value: { action } }, `${name}: ${stdout}`)
    }
  }
)

void t.test('the policy in Python decides in a whole system: the story ends as with morse', async (t) => {
  const url = await served(t, 'python3', PYTHON)
  const { system } = await services(t, { machines: [], replaced: { policy: url } })

  const journal = await walkStory(system, 'm0', { policy: 'morse' })

  t.match(outcomeOf(journal), {
    guest: 'running',
    vm: 'running',
    tasks: { redis: 'killed', nginx: 'completed' },
    signals: ['BUS_MCEERR_AO', 'BUS_MCEERR_AR']
  })
})
