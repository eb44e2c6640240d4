import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { injectCommand } from '../../cli/actions/inject.ts'
import { inject } from '../../cli/commands/inject.ts'
import { readScenario } from '../../shared/scenario/read-scenario.ts'
import { PRESET_NAMES, PRESETS, scenarioText } from '../../shared/scenario/presets.ts'
import { QEMU_MEMORY_BLOCK } from '../formats/worked-examples.ts'
import { freePortBase } from '../support/ports.ts'
import { get } from '../service/http.ts'
import { services } from '../support/services.ts'

const told = async (values: object, file?: string) =>
  (await injectCommand({ ...values }, file === undefined ? [] : [file])).output
const json = async (values: object, file?: string): Promise<unknown> =>
  JSON.parse(await told({ ...values, format: 'json' }, file))

void t.test(
  '--like runs what is often asked for; without --wait it says where, with it what became of it',
  async (t) => {
    const { urls } = await services(t)
    const waited = await told({ url: urls.console, like: 'single', wait: true })
    const changed = (await json({ url: urls.console, like: 'single', policy: 'sei', wait: true })) as {
      sentence: { text: string }
    }
    const begun = (await json({ url: urls.console, like: 'no-address' })) as { id: string }

    t.match(
      waited,
      /^run (\S+) on machine \1, to look at: http:\S+\/#\/run\/\1\n\nredis was killed by BUS_MCEERR_AR; .*\nprocess killed: /
    )
    t.match(changed.sentence.text, /the guest kernel panicked/)
    t.match(await get(`${urls.console}/v1/runs/${begun.id}`), { name: 'No address' })
  }
)

void t.test('every preset of the page is offered by its name, and is a scenario', (t) => {
  const offered = inject.options.find(({ long }) => long === '--like')?.argChoices

  t.same(offered, PRESET_NAMES)
  t.same(
    PRESETS.map(({ name }) => name),
    PRESET_NAMES
  )
  for (const preset of PRESETS) t.ok('scenario' in readScenario(scenarioText(preset), preset.name), preset.name)
  t.end()
})

void t.test("--einj has EINJ's numbers, as the kernel's driver takes them", async (t) => {
  const { urls, system } = await services(t)
  const planted = await told({ url: urls.console, einj: '0x10', address: '0x48001000', notrigger: true, wait: true })
  const triggered = (await json({ url: urls.console, einj: '16', address: '0x48002000', wait: true })) as { id: string }
  const journal = await system.journal('m0')

  t.match(
    planted,
    /^inject-\w+, taken by host-kernel on machine m0\n +hardware: the line at 0x48001000 is poisoned\n\nthe hardware has met/
  )
  t.match(triggered, {
    to: 'host-kernel',
    became: 'settled',
    sentence: { text: /the host kernel has been told by GSIV/ }
  })
  t.match(
    journal.find(({ id, kind }) => kind === 'message' && id === triggered.id),
    {
      type: 'einj.inject',
      data: { type: 16, flags: 2, param1: '0x48002000', param2: '0xfffffffffffff000', notrigger: 0 }
    }
  )
})

void t.test(
  '--address poisons a line, and a file is a record for firmware; --wait goes on until the kernel has polled it',
  async (t) => {
    const { urls, system, clock } = await services(t, { machines: ['m0', 'other'] })
    const file = join(t.testdir(), 'record.bin')
    writeFileSync(file, QEMU_MEMORY_BLOCK)
    const line = (await json({ url: urls.console, address: '0x48001000', signalled: 'SEA', machine: 'other' })) as {
      id: string
    }
    let isTold = false
    const telling = told({ url: urls.console, wait: true }, file).finally(() => (isTold = true))
    // The kernel polls when its time has come, and no deadline of what is asked meanwhile.
    while (!isTold) {
      const polls = (await system.timers('m0')).filter(({ type }) => type === 'ghes.poll')
      const isPublished = (await system.journal('m0')).some(({ type }) => type === 'record.published')
      if (isPublished && polls[0] !== undefined)
        await system.settle('m0').then(() => clock.advance(polls[0]?.dueInNs ?? 0))
    }
    const record = await telling
    await system.settle('other')

    t.match(line, { to: 'hardware', machine: 'other' })
    t.match(
      (await system.journal('other')).find(({ id }) => id === line.id),
      {
        type: 'error.inject',
        data: { hostPhysical: '0x48001000', signalled: 'SEA', containment: 'UER', severity: 'recoverable' }
      }
    )
    t.match(
      record,
      /^inject-\w+, taken by firmware on machine m0\n +firmware: record for source 1 published: notify POLLED.*\n +host-kernel: .*memory_failure_event/
    )
  }
)

void t.test('what a layer refuses is one line with its problem, and nobody there is exit 3', async (t) => {
  const { urls } = await services(t)
  const url = urls.console

  await t.rejects(told({ url, einj: '0x10', address: '0x1' }), /^seabus: EINVAL: .*\(system-call-failed\)$/)
  await t.rejects(told({ url, address: '0x48001000', severity: 'bad' }), /severity must be one of .*\(field-invalid\)/)
  await t.rejects(told({ url, address: '0x48001000', machine: 'm9' }), /\(machine-unknown\)/)
  const nobody = `http://127.0.0.1:${await freePortBase()}`
  t.match(await injectCommand({ url: nobody, like: 'single' }, []), {
    exitCode: 3,
    errors: `seabus inject: ${nobody} cannot be reached: connection refused`
  })
})

const MISTAKES = [
  [{}, 'which error? --like NAME, --einj TYPE, --address ADDRESS or a record'],
  [{ like: 'single', einj: '1' }, '--like or --einj, not both'],
  [{ like: 'single', source: '1' }, '--source does not go with --like'],
  [{ address: '0x1000', mask: '1' }, '--mask does not go with --address'],
  [{ einj: 'x' }, '--einj x: a number such as 0x10'],
  [{ like: 'single', machine: 'm1' }, '--like has a machine of its own']
] as const
for (const [values, says] of MISTAKES) {
  void t.test(`${says}: one line, exit 2`, async (t) => {
    await t.rejects(told(values), { name: 'UsageError', message: `seabus inject: ${says}` })
  })
}
