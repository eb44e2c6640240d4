import t from 'tap'
import type { ModelledLayer } from '../../shared/contracts/layer.ts'
import { PROBLEM_MEDIA_TYPE, PROBLEMS, type ProblemCode } from '../../shared/contracts/problem.ts'
import { readJournal } from '../../shared/machine-room/read-journals.ts'
import { furnished } from '../support/furnished.ts'
import { readAll } from '../support/reads.ts'
import { request } from '../support/requests.ts'
import { services } from '../support/services.ts'
import type { BadInput } from './bad-input/bad-input.ts'
import { FIRMWARE } from './bad-input/firmware.ts'
import { GUEST } from './bad-input/guest.ts'
import { HARDWARE } from './bad-input/hardware.ts'
import { HOST_KERNEL } from './bad-input/host-kernel.ts'
import { POLICY } from './bad-input/policy.ts'
import { VMM } from './bad-input/vmm.ts'

const M = '/v1/machines/m0'
const CASES: Readonly<Record<ModelledLayer, readonly BadInput[]>> = {
  hardware: HARDWARE,
  firmware: FIRMWARE,
  'host-kernel': HOST_KERNEL,
  vmm: VMM,
  policy: POLICY,
  guest: GUEST
}

for (const [layer, cases] of Object.entries(CASES) as [ModelledLayer, readonly BadInput[]][]) {
  void t.test(`${layer}: what makes no sense is a problem that names it, and nothing changes`, async (t) => {
    const machine = await services(t)
    await furnished(machine)
    const url = machine.urls[layer]
    const before = await readAll(machine, layer)
    const journalled = (await readJournal(url)).length

    for (const [name, asked, body, expected, detail] of cases) {
      const [method = '', path = ''] = asked.split(' ')
      const [code = '', field] = expected.split(' ')
      const { status, title } = PROBLEMS[code as ProblemCode]
      const answer = await request(url + M + path, { method, body })

      t.equal(answer.status, status, `${name}: ${answer.text}`)
      t.ok(answer.contentType.startsWith(PROBLEM_MEDIA_TYPE), `${name}: ${answer.contentType}`)
      const instance = `${M}${path}`.split('?')[0]
      const told = { type: `/docs/problems#${code}`, code, title, status, instance }
      const { detail: said, ...rest } = answer.json as { detail: string }
      t.strictSame(rest, field === undefined ? told : { ...told, field }, name)
      t.match(said, detail, name)
    }

    await machine.system.settle()
    t.strictSame(await readAll(machine, layer), before, 'nothing has changed')
    const since = (await readJournal(url)).slice(journalled)
    t.ok(
      since.every(({ kind }) => kind === 'refusal'),
      'the journal has refusals at most'
    )
    t.equal((await request(`${url}/health`)).status, 200, 'and it is well')
  })
}
