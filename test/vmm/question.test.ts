import t from 'tap'
import { inProcess } from '../../cli/scenario/run-file.ts'
import { readStory } from '../../services/console/stories.ts'
import { foreign } from '../service/http.ts'
import { ar, ao, eintr, HVA, PC, withVm } from './runner.ts'
import { PAGE_OF, scene, type Scene } from './scene.ts'

const PAGE = 0x1000n
const questions = (s: Scene) => s.messages('policy.decide')

void t.test(
  'with an access of the guest the policy is told where the guest was: PC, PSTATE and exception level',
  (t) => {
    for (const [more, el] of [
      [{}, 0],
      [{ via: 'syscall' }, 1]
    ] as const) {
      const s = scene()
      s.poison(PAGE_OF.redis, { signalled: 'SEA', notify: 'SEA' })

      s.touch('redis', { pc: '0x400c10', ...more })

      t.match(questions(s).at(-1), { vcpu: 0, interrupted: { pc: 0x40_0c10n, el } }, `EL${el}`)
      t.match(s.messages('kvm.exit').at(-1), { pc: 0x40_0c10n })
    }
    t.end()
  }
)

void t.test(
  'where the guest was is absent when no vCPU made the access, and when its thread was not in KVM_RUN',
  (t) => {
    const s = scene()
    s.poison(PAGE_OF.redis)
    t.match(questions(s), [{ signal: { code: 'BUS_MCEERR_AO' }, interrupted: undefined, hardwareException: undefined }])

    const outside = withVm()
    outside.post('signal.deliver', ar(HVA + PAGE))
    outside.post('kvm.exit', eintr({ pstate: 0x3c5n }))
    outside.post('signal.deliver', ao(HVA + PAGE))
    t.match(outside.questions, [
      { vcpu: 0, interrupted: { pc: PC, pstate: 0x3c5n, el: 1 } },
      { interrupted: undefined }
    ])
    t.end()
  }
)

void t.test('a host kernel that tells no PSTATE leaves the exception level open', (t) => {
  const runner = withVm()
  runner.post('signal.deliver', ar(HVA + PAGE))
  runner.post('kvm.exit', eintr())

  t.strictSame(runner.questions[0]?.interrupted, { pc: PC })
  t.end()
})

void t.test(
  'the class of the syndrome comes with KVM_EXIT_ARM_SEA and where the host exposes it, and is that of ESR',
  (t) => {
    const classes = [0x9200_0010n, 0x8200_0010n, 0xbe00_0c11n, 0n].map((esr) => {
      const runner = withVm({}, { exposeException: true })
      runner.post('exception.tell', { vm: 'vm0', kind: 'SEA', esr })
      runner.post('signal.deliver', ao(HVA + PAGE))
      return runner.questions[0]?.hardwareException?.syndromeClass
    })
    t.strictSame(classes, ['data-abort', 'instruction-abort', 'serror', 'other'])

    const s = scene({ vm: { profile: 'sea-exit' }, linux: '7.3', kernelFirst: true })
    s.poison(PAGE_OF.redis, { signalled: 'SEA' })
    s.touch('redis')
    t.match(questions(s), [
      {
        profile: 'sea-exit',
        signal: { code: 'KVM_EXIT_ARM_SEA' },
        interrupted: { el: 0 },
        hardwareException: { kind: 'SEA', syndromeClass: 'data-abort' }
      }
    ])
    t.end()
  }
)

void t.test('a VM that gets the name of one that was deleted has another number', (t) => {
  const s = scene()
  s.poison(PAGE_OF.redis)
  s.ask('vm.delete')
  s.ask('vm.create')
  s.poison(PAGE_OF.nginx)

  t.strictSame(
    questions(s).map(({ vm, vmNumber }) => [vm, vmNumber]),
    [
      ['vm0', 1],
      ['vm0', 2]
    ]
  )
  t.end()
})

void t.test(
  'a policy that is a service sees another machine in every run, also in this process; a repeat has its id',
  async (t) => {
    const seen: string[] = []
    let isFirst = true
    const policy = await foreign(({ url, headers }, response) => {
      seen.push(`${url} ${String(headers['ce-subject'])} ${String(headers['ce-id'])}`)
      // The first question is not taken now: it comes again.
      if (isFirst) response.writeHead(503).end()
      else response.writeHead(200, { 'content-type': 'application/json' }).end('{"action":"ignore","because":"mine"}')
      isFirst = false
    })
    t.teardown(() => policy.close())

    for (const story of [readStory('morse'), readStory('morse')]) await inProcess(story, { policy: policy.url })

    const [first, repeat, ...others] = seen
    t.equal(first, repeat, 'the machine and the id are those of the first')
    const asked = [repeat, ...others].map((line = '') => line.split(' '))
    const machines = [
      ...new Set(
        asked.map(([path, machine = '']) => {
          t.equal(path, `/v1/machines/${machine}/decisions`)
          return machine
        })
      )
    ]
    t.equal(machines.length, 2, machines.join(', '))
    for (const machine of machines) t.match(machine, /^run-/)
    t.equal(new Set(asked.map(([, , id]) => id)).size, asked.length, 'each question has an id of its own')
  }
)

void t.test('a run that asks nobody outside is the same whenever it is played, and so is its machine', async (t) => {
  const { machine } = await inProcess(readStory('morse'), { policy: 'morse' })
  t.equal(machine, 'm0')
})
