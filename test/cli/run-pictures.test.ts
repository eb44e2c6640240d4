import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runCommand } from '../../cli/actions/run.ts'
import { bundlePage, isUpToDate, writePage } from '../../cli/page/bundle.ts'
import { SHIPPED } from '../../cli/scenario/files.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { elements, parsed, textsIn } from '../drawing/parsed.ts'

const STORY = join(SHIPPED, '01-story.yaml')
const COUNTER = join(SHIPPED, '02-counter-example.yaml')

void t.test('a run is a picture by --format svg, the same each time, with what it was run with', async (t) => {
  const { output, exitCode } = await runCommand({ format: 'svg' }, [COUNTER])
  const document = parsed(output)
  const facts = textsIn(document).find((text) => text.includes('VMM reference'))

  t.equal(exitCode, 0)
  t.match(
    elements(document, 'title')[0]?.textContent,
    /: the guest kernel panicked on an SError that it could have survived/
  )
  t.match(facts, /^The counter-example.*policy sei.*VMM reference.*✓ as the file expects$/)
  t.equal((await runCommand({ format: 'svg' }, [COUNTER])).output, output)
  const changed = textsIn(parsed((await runCommand({ format: 'svg', vmm: 'crosvm' }, [STORY])).output)).join('\n')
  t.match(changed, /VMM crosvm/)
  t.notMatch(changed, /as the file expects/, 'a run that was changed is held against nothing')
})

void t.test('a run is the page with the run in it by --format html', async (t) => {
  if (!isUpToDate()) writePage(await bundlePage())
  const { output } = await runCommand({ format: 'html' }, [STORY])
  const [, json = ''] = /<script type="application\/json" id="seabus-run">(.*?)<\/script>/s.exec(output) ?? []
  const { summary, journal, rules } = JSON.parse(json) as {
    readonly summary: object
    readonly journal: readonly WireEntry[]
    readonly rules: object
  }

  t.match(output, /^<!doctype html>/i)
  t.match(summary, {
    state: 'ended',
    sentence: /^redis was killed/,
    vmm: 'reference',
    expected: { met: true, failures: 0 }
  })
  t.same(
    journal.map(({ order }) => order),
    journal.map((_, index) => index + 1)
  )
  t.ok(journal.some(({ mark }) => mark === 'signal'))
  t.ok(Object.keys(rules).length > 10)
  t.equal(readFileSync(new URL('../../web/dist/alone.html', import.meta.url), 'utf8').split('<!--run-->').length, 2)
})

void t.test('two runs are no one picture', async (t) => {
  for (const format of ['svg', 'html']) {
    const refused = await runCommand({ format }, [STORY, COUNTER]).catch((error: unknown) => error)
    t.match(refused, { message: `seabus run: --format ${format} is for one scenario, not for 2` })
  }
})
