import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { SHIPPED } from '../../cli/scenario/files.ts'
import { program } from '../support/programs.ts'

const ASKED = ['matrix', join(SHIPPED, '01-story.yaml'), '--policy', 'morse', '--vmm', 'reference']
const CSV = 'scenario,reference/morse\r\n01-story,process killed\n'

void t.test('CSV has the ends of lines that RFC 4180 has, in a pipe and in a file', async (t) => {
  const out = join(t.testdir(), 'matrix.csv')
  const piped = await program('cli/seabus.ts', [...ASKED, '--format', 'csv']).ended
  const written = await program('cli/seabus.ts', [...ASKED, '--out', out]).ended

  t.same(piped, { code: 0, out: CSV, err: '' })
  t.same(written, { code: 0, out: `${out} written\n`, err: '' })
  t.equal(readFileSync(out, 'utf8'), CSV)
})
