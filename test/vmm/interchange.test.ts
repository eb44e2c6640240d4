import t from 'tap'
import { walk, type Walk } from '../support/story.ts'
import { MODELS } from '../../services/layers.ts'
import { PAGE_OF, scene, TASKS, type Scene } from './scene.ts'

/** S27: QEMU and kvmtool are interchangeable. */

const HOST_SIDE = ['apei.notify', 'stage2.unmap', 'exception.take']
const PROFILES = [
  'reference',
  'qemu-10.0',
  'qemu-10.2',
  'qemu-11.0',
  'kvmtool',
  'cloud-hypervisor',
  'firecracker',
  'crosvm'
]

/** What became of the task beside the one that consumes the error; a guest that is gone takes no access. */
function told(s: Scene): string | undefined {
  s.poison(PAGE_OF.redis)
  s.touch('redis')
  try {
    s.touch('nginx')
  } catch (error) {
    return /vm-state/.exec((error as Error).message)?.[0]
  }
  return s.outcome().tasks[TASKS.nginx.comm]
}

void t.test('S27 the same scenario runs on every VMM, with the same contracts of host and guest', (t) => {
  const runs = PROFILES.map((profile) => {
    const s = scene({ vm: { profile, policy: 'morse' } })
    return { profile, s, nginx: told(s) }
  })

  const ofHost = ({ s }: (typeof runs)[number]) => HOST_SIDE.map((type) => s.messages(type)[0])
  for (const run of runs) {
    t.same(ofHost(run), ofHost(runs[0] as (typeof runs)[number]), `${run.profile}: what leads to the VMM is the same`)
    t.equal(run.s.outcome().host, 'running', run.profile)
  }
  t.same(
    runs.map(({ profile, s, nginx }) => [profile, s.vm().run, nginx]),
    PROFILES.map((profile) => {
      const handles = profile.startsWith('qemu') || profile === 'reference'
      return [profile, handles ? 'running' : 'killed', handles ? 'completed' : 'vm-state']
    })
  )
  t.end()
})

void t.test('S27 the VMM is one field of the scenario: nothing else of the story changes', async (t) => {
  const runs: Walk[] = []
  for (const policy of ['morse', 'qemu', 'kvmtool']) runs.push(await walk({ policy }, MODELS))

  t.same(
    runs.map(({ outcome }) => outcome.tasks['redis']),
    ['killed', 'killed', 'gone']
  )
  t.same(
    runs.map(({ outcome }) => [outcome.host, outcome.signals[0]]),
    runs.map(() => ['running', 'BUS_MCEERR_AO'])
  )
})

void t.test('any policy may answer for any VMM that asks one', (t) => {
  const asking = ['reference', 'qemu-10.0', 'qemu-10.2', 'qemu-11.0', 'sea-exit']
  const policies = [
    'morse',
    'mirror',
    'sei',
    'qemu',
    'kvmtool',
    'cloud-hypervisor',
    'crosvm',
    'firecracker',
    'sea-exit'
  ]
  for (const profile of asking) {
    for (const policy of policies) {
      const s = scene({ vm: { profile, policy } })

      s.poison(PAGE_OF.redis)
      // Some end the VM at the first signal.
      if (s.vm().run === 'running') s.touch('redis')

      t.ok(s.notes('policy.answered').length > 0, `${policy} is asked for ${profile}`)
      t.same(s.notes('decision.refused'), [], `${policy} on ${profile}`)
    }
  }
  t.end()
})

void t.test('a VMM that asks nobody says so, and answers for itself', (t) => {
  for (const profile of ['kvmtool', 'cloud-hypervisor', 'firecracker', 'crosvm']) {
    const s = scene({ vm: { profile, policy: 'morse' } })

    told(s)

    t.match(s.notes('policy.not-asked'), [{ profile, because: new RegExp(`^${profile} asks nobody`) }])
    t.same(s.messages('policy.decide'), [])
    t.match(s.ask('vm.policy', { policy: 'sei' }), /request-unsupported: .* asks nobody/)
  }
  t.end()
})
