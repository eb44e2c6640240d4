import t from 'tap'
import { program } from '../support/programs.ts'

void t.test('the bench measures a leg in a process of its own and prints its table', async (t) => {
  const { code, out } = await program('bench/run.ts', ['--quick', '--only', 'ghes-records', '--check']).ended

  t.equal(code, 0, 'the leg has no goals')
  t.match(out, /\| polled records \| [\d,]+ records\/s a core \|/)
  t.match(out, /Warm-up, .*: \d+ records, [\d.]+ s\./)
})

void t.test('a mistake in the arguments is one line and exit code 2', async (t) => {
  const { code, err } = await program('bench/run.ts', ['--only', 'matrx']).ended

  t.equal(code, 2)
  t.match(err, /^there is no leg "matrx"; known: .*\n$/)
})
