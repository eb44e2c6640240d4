import t from 'tap'
import { listCommand } from '../../cli/actions/list.ts'
import { list } from '../../cli/commands/list.ts'
import { CATALOGUE } from '../../cli/catalogue/catalogue.ts'
import { runCommand } from '../../cli/actions/run.ts'
import { LINUX_VERSIONS } from '../../shared/contracts/common.ts'
import { POLICY_NAMES } from '../../shared/contracts/policy.ts'
import { ACTIONS } from '../../shared/contracts/policy-actions.ts'
import { VMM_PROFILES } from '../../shared/contracts/vmm.ts'
import { EVENTS } from '../../shared/scenario/event-types.ts'
import { Step } from '../../shared/scenario/schema-step.ts'
import { program } from '../support/programs.ts'

const lines = (...words: string[]) => listCommand({}, words).output.split('\n')
const names = (...words: string[]) => lines(...words).map((line) => /^(.*?)(?: {2}|$)/.exec(line)?.[1])

void t.test('everything that can be named is listed, with what it is', (t) => {
  const wanted = {
    policies: POLICY_NAMES,
    actions: ACTIONS,
    profiles: VMM_PROFILES,
    kernels: LINUX_VERSIONS,
    steps: Object.keys(Step.properties)
  }

  t.same(list.registeredArguments[0]?.argChoices, Object.keys(CATALOGUE), 'the kinds that completion offers')
  for (const [kind, all] of Object.entries(wanted)) t.strictSame(new Set(names(kind)), new Set(all), kind)
  for (const kind of Object.keys(CATALOGUE)) {
    t.ok(
      lines(kind).every((line) => /^\S.*?( {2,}|\S{34} {2})\S/.test(line)),
      `${kind}: a name and what it is`
    )
  }
  const events = new Set(names('events').map((name = '') => name.split(' ')[0]))
  for (const { type } of EVENTS) t.ok(type === 'machine.start' || events.has(type), type)
  t.end()
})

void t.test('what is said is from where it is defined', (t) => {
  t.match(lines('policies', 'morse')[0], /^morse +action required becomes an SEA/)
  t.match(
    lines('kernels').join('\n'),
    /^6\.12 +short for 6\.12\.117\n(.*\n)*6\.12\.95 +Linux 6\.12\.95, .*dupSeaClaimed$/m
  )
  t.match(
    lines('events', 'ghes.armed').join('\n'),
    /^guest\.step ghes\.armed .*\nhost\.step ghes\.armed +note of host-kernel/
  )
  t.match(
    lines('events', 'policy.decide')[0],
    /^policy\.decide {2}question to policy: This signal, this VM: what now\?$/
  )
  t.end()
})

void t.test('scenarios are listed by the names that other commands take', async (t) => {
  const all = JSON.parse(listCommand({ format: 'json' }, ['scenarios']).output) as { name: string; tags: string[] }[]
  const below = all.find(({ name }) => name.startsWith('ras-tools/'))?.name ?? ''
  const { output, exitCode } = await runCommand({ format: 'tap' }, ['01-story', below])

  t.ok(all.length > 60)
  t.same(all.find(({ name }) => name === '01-story')?.tags, ['story', 'thread'])
  t.equal(exitCode, 0)
  t.match(output, /^ok 1 - .*01-story\.yaml[^]*^ok 2 - .*ras-tools\//m)
})

void t.test('a kind that there is not, and words that stand nowhere, are one line', async (t) => {
  const refusals = [
    [['polices'], 'seabus: there is no list of polices; did you mean policies?'],
    [['events', 'xyzzy', 'plugh'], 'seabus list: none of the events has xyzzy and plugh in its line']
  ] as const
  for (const [args, says] of refusals) t.throws(() => listCommand({}, args), { message: says })
  t.match(await program('cli/seabus.ts', ['list']).ended, { code: 2, err: /missing required argument 'kind'/ })
})
