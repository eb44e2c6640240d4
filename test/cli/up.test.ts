import { readdirSync } from 'node:fs'
import t from 'tap'
import { LAYERS } from '../../shared/contracts/layer.ts'
import { freePortBase } from '../support/ports.ts'
import { program } from '../support/programs.ts'

const seabus = (...args: string[]) => program('cli/seabus.ts', args).ended

void t.test('seabus up --once does what npm start does, at the ports and in the directory it is told', async (t) => {
  const [base, data] = [await freePortBase(), t.testdir({})]
  const { code, out, err } = await seabus('up', '--once', '--port', `${base}`, '--data', data)

  t.strictSame([code, err], [0, ''])
  t.equal(out.match(/This is how it must end\./g)?.length, 2)
  const kept = readdirSync(data).filter((name) => name.endsWith('.sqlite'))
  t.strictSame(kept.toSorted(), LAYERS.map((layer) => `${layer}.sqlite`).toSorted(), 'what every service keeps')
})

void t.test('seabus up serves until it is stopped, and a mistake is one line', async (t) => {
  const base = await freePortBase()
  const started = program('cli/seabus.ts', ['up', '--port', `${base}`])

  await started.says('Ctrl-C ends it.')
  const second = await seabus('up', '--once', '--port', `${base}`)
  const { status } = await fetch(`http://127.0.0.1:${base}/health`)
  const { code } = await started.stop()

  t.equal(status, 200)
  t.equal(code, 0)
  t.strictSame([second.code, second.out], [1, ''])
  t.match(second.err, /^hardware cannot listen: .* is in use already\n$/)
  t.match(await seabus('up', '--port', 'x'), { code: 2, err: 'seabus up: --port x: a number such as 17000\n' })
})
