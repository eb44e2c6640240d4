import t from 'tap'
import { runInProcess } from '../../cli/scenario/in-process.ts'
import { planOf } from '../../shared/scenario/plan.ts'
import type { ScenarioFile } from '../../shared/scenario/schema.ts'

const file = (parts: Omit<ScenarioFile, 'seabus' | 'title'>): ScenarioFile => ({ seabus: 1, title: 't', ...parts })

const CLEAN = file({
  processes: [
    { name: 'pa', backing: 'file', dirty: false },
    { name: 'pb', shares: 'pa' }
  ],
  steps: [{ poison: { task: 'pa', exception: 'SEA' } }, { touch: ['pa', 'pb'] }]
})

void t.test('who shares pages that were never written shares that as well, and both live', async (t) => {
  t.same(
    planOf(CLEAN).processes.map(({ setup }) => setup.mappings.map(({ dirty }) => dirty)),
    [[false], [false]]
  )

  const { outcome } = await runInProcess(CLEAN)

  t.same(outcome.processes, { pa: 'completed', pb: 'completed' })
  t.same(outcome.processSignals, { pa: [], pb: [] })
})

void t.test('a task that shares clean pages of a guest shares that as well', (t) => {
  const { tasks } = planOf(
    file({
      vms: [
        {
          tasks: [
            { name: 'a', backing: 'file', dirty: false },
            { name: 'b', shares: 'a' }
          ]
        }
      ],
      steps: []
    })
  )

  t.same(
    tasks.map(({ mappings }) => mappings.map(({ dirty }) => dirty)),
    [[false], [false]]
  )
  t.end()
})

void t.test('page tables lie where no memory of a task is, however much that is', (t) => {
  const { actors } = planOf(file({ vms: [{ tasks: [{ name: 'big', size: '16M' }, 'small'] }], steps: [] }))
  const all = [...actors.values()].flatMap((actor) => (actor.kind === 'task' ? [actor] : []))

  for (const { pageTable } of all) {
    t.notOk(all.some(({ physical, length }) => pageTable >= physical && pageTable < physical + length))
  }
  t.end()
})

void t.test('threads have numbers of their own, however many there are', (t) => {
  const { processes } = planOf(file({ processes: [{ name: 'a', threads: 250 }, 'b'], steps: [] }))
  const tids = processes.flatMap(({ setup }) => (setup.threads ?? []).map(({ tid }) => tid))

  t.equal(new Set(tids).size, 251)
  t.end()
})
