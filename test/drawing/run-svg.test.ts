import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import type { Lane } from '../../shared/contracts/lane.ts'
import { laneX } from '../../shared/drawing/lanes-of-picture.ts'
import { rowShapes } from '../../shared/drawing/row-shapes.ts'
import { LANE_HEADS } from '../../shared/rows/lanes.ts'
import { visibleRows } from '../../shared/rows/visible.ts'
import { wordsFor } from '../../shared/rows/words.ts'
import { fileNameOf } from '../../shared/drawing/run-formats.ts'
import { DARK, LIGHT } from '../../shared/drawing/palette.ts'
import { runSvg } from '../../shared/drawing/run-svg.ts'
import type { Theme } from '../../shared/drawing/svg-writer.ts'
import { hopsOf } from '../../shared/story/hops.ts'
import { verdictSentence } from '../../shared/story/verdict-sentence.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'
import { HIDDEN, HOSTILE, hostile } from '../support/hostile-texts.ts'
import { journalOf, played } from '../web/played.ts'
import { elements, parsed, textsIn } from './parsed.ts'

const STORIES = ['01-story', '02-counter-example'] as const
const SET_UP = { policy: 'morse', vmm: 'reference', linux: '6.1', expected: { met: true } } as const

for (const name of STORIES) {
  void t.test(`${name} is drawn as it was, byte for byte`, async (t) => {
    // Written anew with SEABUS_GOLDEN=write.
    const file = join(import.meta.dirname, `../fixtures/drawing/${name}.svg`)
    const run = { journal: await journalOf(name), name, ...SET_UP }
    const now = runSvg(run)
    if (process.env['SEABUS_GOLDEN'] === 'write') writeFileSync(file, now)

    t.equal(now, readFileSync(file, 'utf8'))
    t.equal(runSvg(run), now, 'and so each time')
  })
}

void t.test('a picture says what the page says: the sentence, who was told, each row and each fold', async (t) => {
  const model = await played('01-story')
  const journal = model.entries
  const document = parsed(runSvg({ journal, name: 'a story', ...SET_UP }))
  const texts = textsIn(document)
  const all = texts.join('\n')

  t.ok(all.replaceAll('\n', ' ').includes('redis was killed by BUS_MCEERR_AR; nginx, the guest and the host go on.'))
  for (const { by, whom } of hopsOf(journal)) {
    t.ok(all.includes(by.replace(/^an? /, '')), by)
    t.ok(all.includes(whom) || by.includes('memory error'), whom)
  }
  for (const { name } of LANE_HEADS) t.ok(texts.includes(name), name)
  for (const one of visibleRows(model, { everything: false, open: new Set(), selected: undefined })) {
    if (one.kind === 'row') t.ok(all.includes(wordsFor(model, one.row).head), `row ${one.row.place}`)
    else if (one.why !== 'boot') t.ok(texts.includes(`+${one.rows.length}`), `fold ${one.key}`)
  }
  t.ok(texts.some((text) => /^Boot and set-up: \d+ entries/.test(text)))
  t.ok(texts.some((text) => new RegExp(`^\\d+ of ${journal.length} entries`).test(text)))
})

void t.test('who cannot see it is told by its title and description, and by a title a row', async (t) => {
  const journal = await journalOf('02-counter-example')
  const document = parsed(runSvg({ journal, name: 'the counter-example' }))
  const [title] = elements(document, 'title')
  const [description] = elements(document, 'desc')
  const rows = elements(document, 'g').flatMap((group) => elements(group, 'title')[0]?.textContent ?? [])

  t.equal(title?.textContent, `the counter-example: ${verdictSentence(journal).text}`)
  t.match(
    description?.textContent,
    /^Who was told, in order: 1\. a recoverable memory error in DRAM at 0x.*; 8\. the policy decides: inject-serror; 9\. SError to the guest kernel; 10\. the guest kernel: panicked\.$/
  )
  t.ok(rows.includes('End, Guest to KVM: The guest kernel panics Asynchronous SError Interrupt'), rows.join('\n'))
  t.ok(rows.some((row) => row.startsWith('Policy decision, Policy to VMM: inject-serror')))
})

void t.test('it needs nothing beside itself: no script, no other file, no font but by name', async (t) => {
  for (const name of STORIES) {
    const svg = runSvg({ journal: await journalOf(name), name })
    t.notMatch(svg, /\bhref\b|url\(|@import|@font-face|<script|<image|<foreignObject|\son\w+=/)
    t.same([...svg.matchAll(/https?:[^"]*/g)].map(String), ['http://www.w3.org/2000/svg'])
  }
})

void t.test('it is light, and dark where that is preferred or asked for', async (t) => {
  const run = { journal: await journalOf('01-story'), name: 'a story' }
  const drawn = (theme: Theme) => runSvg(run, { theme })
  const [auto, light, dark] = [drawn('auto'), drawn('light'), drawn('dark')]

  t.match(auto, `<style>@media (prefers-color-scheme:dark){.f-`)
  const used = new Set([...auto.matchAll(/class="([^"]*)"/g)].flatMap(([, names = '']) => names.split(' ')))
  const known = new Set([...auto.matchAll(/\.([fs]-[\w-]+)\{/g)].map(([, name]) => name))
  t.same([...used].sort(), [...known].sort(), 'each class has its dark colour')
  for (const svg of [light, dark]) t.notMatch(svg, /<style|class=/)
  t.equal(auto.replace(/<style>.*<\/style>\n/, '').replaceAll(/ class="[^"]*"/g, ''), light)
  t.ok(light.includes(LIGHT.exc) && !light.includes(DARK.exc))
  t.ok(dark.includes(DARK.exc) && !dark.includes(LIGHT.exc))
})

void t.test('what stands in a run stays text, whatever it is', async (t) => {
  const journal = await journalOf('01-story')
  const saying = (text: string): readonly WireEntry[] =>
    journal.map((entry) =>
      entry.type === 'policy.decide' && entry.kind === 'answer'
        ? { ...entry, data: { ...(entry.data as object), because: text } }
        : entry
    )
  const holds = (text: string) => {
    const svg = runSvg({ journal: saying(text), name: text, policy: text, vmm: text, linux: text })
    parsed(svg)
    t.notMatch(svg, HIDDEN)
    t.notMatch(svg, /<script|<image/)
  }
  for (const text of [...HOSTILE, '</text><script>alert(1)</script>', ']]>', '"><image href="x"/>', '\ud800', '\uffff'])
    holds(text)
  fc.assert(
    fc.property(hostile, (text) => parsed(runSvg({ journal: saying(text), name: text })) !== undefined),
    { numRuns: 12, seed: 1 }
  )
  const [title] = elements(parsed(runSvg({ journal, name: 'a<b>&"c"' })), 'title')
  t.match(title?.textContent, /^a<b>&"c": redis/)
})

void t.test(
  'a run of thousands of messages is a picture that programs still open, and says what it leaves out',
  async (t) => {
    const journal = await journalOf('01-story')
    const story = journal.slice(journal.findIndex(({ type }) => type === 'error.inject'))
    // No two stretches alike, so that no rounds are found.
    const more = Array.from({ length: 6000 }, (_, index): WireEntry => {
      const entry = story[(index * index + (index >> 3)) % story.length] as WireEntry
      return { ...entry, id: `${entry.id}-${index}`, seq: index }
    })
    const document = parsed(runSvg({ journal: [...journal, ...more], name: 'long' }))
    const height = Number(document.documentElement?.getAttribute('height'))

    t.ok(height > 3000 && height < 8000, String(height))
    const texts = textsIn(document)
    const left = texts.flatMap(
      (text) => /^Too much for a picture: (\d+) entries are left out here$/.exec(text)?.[1] ?? []
    )
    t.equal(left.length, 1)
    t.ok(Number(left[0]) > 3000)
    t.ok(
      texts.some((text) =>
        text.endsWith(` of ${journal.length + 6000} entries; the others are folded, and counted with a +`)
      )
    )
  }
)

void t.test(
  'a run in which nothing has happened yet is a picture too, and one that is under way says so',
  async (t) => {
    const empty = textsIn(parsed(runSvg({ journal: [], name: 'empty', isRunning: true }))).join('\n')
    t.match(empty, /under way/)
    t.notMatch(empty, /recovered/)

    const journal = await journalOf('01-story')
    const half = journal.slice(
      0,
      journal.findIndex(({ type }) => type === 'policy.decide')
    )
    const texts = textsIn(
      parsed(runSvg({ journal: half, name: 'half', isRunning: true, expected: { met: true } }))
    ).join('\n')
    t.match(texts, /under way/)
    t.notMatch(texts, /as the file expects/)
  }
)

void t.test("the picture and the page have the same colours: those of the page's style sheet", (t) => {
  const css = readFileSync(join(import.meta.dirname, '../../web/styles/tokens.css'), 'utf8')
  const [light = '', dark = ''] = css.split(":root[data-theme='dark']")
  const inkIn = (text: string, ink: string) => new RegExp(`--${ink}: (#[0-9a-f]+);`).exec(text)?.[1]
  for (const [ink, colour] of Object.entries(LIGHT)) t.equal(inkIn(light, ink), colour, `${ink}, light`)
  // What is not said again is as in the light.
  for (const [ink, colour] of Object.entries(DARK))
    t.equal(inkIn(dark, ink) ?? inkIn(light, ink), colour, `${ink}, dark`)
  t.end()
})

void t.test(
  'the cross of an end is on a lane whose owner is no more: the panic of a guest is not that of KVM',
  async (t) => {
    for (const name of STORIES) {
      const { rows } = await played(name)
      const ends = rows.filter(({ isEnd, level }) => isEnd && level !== 'boot')
      t.ok(ends.length > 0)
      for (const row of ends) {
        const crosses = rowShapes(row, laneX, 0).flatMap((shape) => {
          if (shape.tag === 'g') return [shape.x + 8]
          return shape.tag === 'circle' && shape.fill === 'bad' ? [Number(shape.at['cx'])] : []
        })
        t.same(crosses, [laneX(DIES[row.entry.type] ?? 'outside')], `${name}: #${row.place} ${row.entry.type}`)
      }
    }
  }
)

const DIES: Readonly<Record<string, Lane>> = {
  'guest.signal': 'process',
  'guest.step': 'process',
  'vcpu.exit': 'guest'
}

void t.test('of a host and a guest with different kernels both are named', (t) => {
  const says = (more: object) => textsIn(parsed(runSvg({ journal: [], name: 'x', ...more }))).join('\n')
  t.match(says({ linux: '7.3', guestLinux: '6.12' }), /7\.3 \(guest 6\.12\)/)
  t.notMatch(says({ linux: '7.3' }), /guest/)
  t.end()
})

void t.test('a file is named by whole words of the run, and by its id', (t) => {
  const long = 'A very long title of a scenario that goes on and on about unacknowledged records'
  t.equal(fileNameOf('The story: DRAM', 'svg', 'r-12'), 'seabus-the-story-dram-r-12.svg')
  t.equal(fileNameOf(long, 'svg'), 'seabus-a-very-long-title-of-a-scenario-that-goes-on-and-on-about.svg')
  t.equal(fileNameOf('x', 'html', 'x'), 'seabus-x.html')
  t.equal(fileNameOf('', 'html'), 'seabus-run.html')
  t.end()
})
