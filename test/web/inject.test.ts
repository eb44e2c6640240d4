import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { defaultHest } from '../../services/firmware/default-hest.ts'
import { memoryReport } from '../../shared/scenario/report-bytes.ts'
import { Step } from '../../shared/scenario/schema-step.ts'
import { withStep } from '../../web/model/inject/add-step.ts'
import { verdictSentence } from '../../shared/story/verdict-sentence.ts'
import { givenFile } from '../../web/model/inject/given-file.ts'
import { mistakesOf } from '../../web/model/inject/mistakes.ts'
import { withRun } from '../../shared/drawing/one-file.ts'
import { PRESETS, scenarioText } from '../../shared/scenario/presets.ts'
import { STEP_FORMS, stepOf } from '../../web/model/inject/step-form.ts'
import { playedText } from './played.ts'

const formOf = (action: string) => {
  const form = STEP_FORMS.find((one) => one.action === action)
  if (form === undefined) throw new Error(`no form for ${action}`)
  return form
}
const bytes = memoryReport({ severity: 'recoverable', threshold: false, physicalAddress: 0x7c001000n })
const CARRIED = { summary: { name: 't' }, journal: [], rules: {} }
const POISON = scenarioText({ title: 'x', steps: ['touch: redis', 'poison: redis'] })

for (const preset of PRESETS) {
  void t.test(`the preset "${preset.title}" is a scenario without mistakes`, (t) => {
    t.same(mistakesOf(scenarioText(preset), 'preset'), [])
    t.end()
  })
}

void t.test('there is a form for each step of the schema, with what the schema lets be chosen', (t) => {
  t.same(
    STEP_FORMS.map(({ action }) => action),
    Object.keys(Step.properties)
  )
  const fields = formOf('poison').fields
  t.same(fields.find(({ name }) => name === 'severity')?.choices, ['recoverable', 'fatal', 'corrected', 'none'])
  t.same(fields.find(({ name }) => name === 'address')?.choices, [true, false])
  t.ok(formOf('einj').fields[0]?.isNeeded, 'what has to be said comes first')
  t.same(
    formOf('wait').fields.map(({ name }) => name),
    ['']
  )
  t.end()
})

void t.test('a form says its step with values of their own kind, and leaves out what is empty', (t) => {
  t.same(stepOf(formOf('poison'), { task: 'redis', address: 'false', page: '2', severity: '' }), {
    poison: { task: 'redis', address: false, page: 2 }
  })
  t.same(stepOf(formOf('wait'), { '': '2s' }), { wait: '2s' })
  t.same(stepOf(formOf('report'), { source: '1', bytes: '0102' }), { report: { source: 1, bytes: '0102' } })
  t.same(stepOf(formOf('message'), { to: 'vmm', type: 'x', data: '{ vm: vm0 }' }), {
    message: { to: 'vmm', type: 'x', data: { vm: 'vm0' } }
  })
  t.end()
})

void t.test('a step is added at the end of a scenario, whose comments stay', (t) => {
  const text = withStep(`# why\n${POISON}`, { touch: { task: 'redis', via: 'syscall' } })

  t.equal(text, `# why\n${POISON}  - touch: { task: redis, via: syscall }\n`)
  t.same(mistakesOf(text ?? '', 'x'), [])
  t.equal(withStep('steps: [', { touch: 'redis' }), undefined)
  t.equal(withStep('title: x', { touch: 'redis' }), undefined)
  t.end()
})

void t.test('a mistake is told as on the command line and marks the characters it is about', (t) => {
  const text = POISON.replace('poison', 'poisn')
  const [mistake, ...more] = mistakesOf(text, 'mine.yaml')

  t.same(more, [])
  t.match(mistake?.line, /^mine\.yaml:5:5: .*poisn.*poison/)
  t.equal(text.slice(mistake?.from, mistake?.to), 'poisn')
  t.end()
})

void t.test('a file is told by its first bytes: scenario, status block, table', (t) => {
  const story = readFileSync(new URL('../../scenarios/01-story.yaml', import.meta.url))
  t.same(givenFile('01-story.yaml', story), { kind: 'scenario', name: '01-story.yaml', text: story.toString() })

  const block = givenFile('a.cper', bytes)
  if (block.kind !== 'bytes' || block.scenario === undefined) return t.fail('a status block is a record')
  t.equal(block.format.name, 'generic error status block')
  t.same(block.format.problems, [])
  t.same(mistakesOf(block.scenario, 'a'), [], 'it can be handed in')
  const { steps } = parse(block.scenario) as { steps: { report?: { bytes: string } }[] }
  t.equal(steps.find(({ report }) => report !== undefined)?.report?.bytes, Buffer.from(bytes).toString('hex'))

  const bert = givenFile('BERT', new Uint8Array([...Buffer.from('BERT'), ...new Uint8Array(4)]))
  if (bert.kind !== 'bytes') return t.fail('a table is bytes')
  t.equal(bert.format.name, 'Boot Error Record Table')
  t.equal(bert.scenario, undefined, 'it only says where its record lies')
  t.ok(bert.format.problems.length > 0, 'and one that is cut says so')
  return t.end()
})

void t.test('a HEST is what a machine boots with, and its first source in use tells of an error', async (t) => {
  const field = readFileSync(new URL('../../scenarios/field/s5000c-notify-length.yaml', import.meta.url), 'utf8')
  const table = Uint8Array.fromBase64(/table: '([^']+)'/.exec(field)?.[1] ?? '')
  const hest = givenFile('hest.dat', table)
  if (hest.kind !== 'bytes' || hest.scenario === undefined) return t.fail('a table can be booted with')

  t.equal(hest.format.name, 'Hardware Error Source Table')
  t.strictSame(mistakesOf(hest.scenario, 'x'), [])
  const { outcome, journal } = await playedText(hest.scenario)
  t.equal(outcome.host, 'running')
  t.match(
    journal.filter(({ type }) => type === 'record.published').map(({ data }) => data),
    [{ source: 0, notify: 'SDEI' }],
    'by its own notification'
  )
  return t.end()
})

void t.test("a new machine's own HEST is tried by a source that tells without an access, not by its SEA", async (t) => {
  const hest = givenFile('hest.dat', defaultHest())
  if (hest.kind !== 'bytes' || hest.scenario === undefined) return t.fail('a table can be booted with')

  const { journal } = await playedText(hest.scenario)
  t.match(
    journal.filter(({ type }) => type === 'record.published').map(({ data }) => data),
    [{ source: 1, notify: 'POLLED' }]
  )
  t.equal(
    verdictSentence(journal).text,
    'the host kernel took note of the error, and nobody was hurt; the host goes on'
  )
  return t.end()
})

void t.test('a file that is nothing of ours is refused with why, and is put nowhere', (t) => {
  const png = new Uint8Array([0x89, ...Buffer.from('PNG\r\n\x1a\n'), ...new Uint8Array(64)])
  for (const [name, file, why] of [
    ['a.png', png, /Block Status of 0x474e5089/],
    ['zeroes', new Uint8Array(100), /Block Status of 0/],
    ['short', new Uint8Array([0xff, 0xfe]), /2 bytes, and the header/],
    ['severe', new Uint8Array([1, ...new Uint8Array(15), 9, 0, 0, 0]), /severity 0x9/],
    ['long', new Uint8Array([1, ...new Uint8Array(11), 0, 0, 0, 1, ...new Uint8Array(4)]), /Data Length of 16777216/],
    ['README.txt', Buffer.from('# seabus\n\nAn executable model\n'), /no scenario/],
    ['run.json', Buffer.from('[{ "title": "t", "journal": [] }]'), /a run that is over: seabus trace tells it/],
    ['run.html', Buffer.from(withRun('<!--run-->', CARRIED)), /a run that is over/],
    ['j.ndjson', Buffer.from('{"kind":"note","type":"x","layer":"vmm"}\n'), /a run that is over/]
  ] as const) {
    const given = givenFile(name, file)
    t.equal(given.kind, 'none', name)
    t.match(given.kind === 'none' ? given.says : '', why)
  }
  t.equal(givenFile('x.txt', Buffer.from(POISON)).kind, 'scenario', 'whatever it is called')
  t.equal(givenFile('x.yaml', Buffer.from('stps: []')).kind, 'scenario', 'or whatever is in it')
  t.end()
})

void t.test('a HEST of which nothing is in use is booted with, and that is all', (t) => {
  const hest = givenFile('cut', new Uint8Array([...Buffer.from('HEST'), ...new Uint8Array(4)]))
  if (hest.kind !== 'bytes' || hest.scenario === undefined) return t.fail('a table can be booted with')

  t.ok(hest.format.problems.length > 0, 'what is wrong with it is said')
  t.strictSame(mistakesOf(hest.scenario, 'x'), [])
  t.notMatch(hest.scenario, /report/)
  return t.end()
})

void t.test('a record that is cut is shown up to the damage, with the rule that it breaks', (t) => {
  const cut = givenFile('cut.cper', bytes.subarray(0, bytes.length - 8))

  t.ok(cut.kind === 'bytes' && cut.format.fields.length > 0)
  t.match(cut.kind === 'bytes' ? cut.format.problems[0] : '', /^at byte 0x/)
  t.end()
})
