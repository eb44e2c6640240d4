import { join } from 'node:path'
import t from 'tap'
import { SHIPPED } from '../../cli/scenario/files.ts'
import { runAsFarAsItGoes } from '../../cli/scenario/in-process.ts'
import { readScenarioFile } from '../../cli/scenario/run-file.ts'
import { readScenarios } from '../../cli/scenario/files.ts'
import type { Overrides } from '../../shared/scenario/plan.ts'
import { align } from '../../shared/story/align.ts'
import { compareRuns } from '../../shared/story/compare.ts'
import type { WireEntry } from '../../shared/trace/entry.ts'

async function journalOf(name: string, overrides: Overrides): Promise<readonly WireEntry[]> {
  const read = readScenarioFile(join(SHIPPED, name))
  if (read.errors !== undefined) throw new Error(`${name} has mistakes`)
  return (await runAsFarAsItGoes(read.scenario, overrides)).journal
}

void t.test('two policies part at their first answers, and the ends differ by another one', async (t) => {
  const morse = await journalOf('01-story.yaml', { policy: 'morse' })
  const compared = compareRuns(morse, await journalOf('01-story.yaml', { policy: 'sei' }))
  const first = compared.rows[compared.first ?? -1]

  t.match(morse[(first?.left?.order ?? 0) - 1], { type: 'policy.answered', data: { action: 'notify-interrupt' } })
  t.match(
    first?.differences.filter(({ counts }) => counts),
    [{ path: 'action', left: 'notify-interrupt', right: 'ignore' }]
  )
  t.match(compared.decisions[compared.decisive ?? -1], {
    left: { signal: 'BUS_MCEERR_AR', action: 'inject-sea' },
    right: { signal: 'BUS_MCEERR_AR', action: 'inject-serror' },
    isSame: false
  })
  t.match(compared.left.text, /^redis was killed/)
  t.match(compared.right.text, /^the guest kernel panicked/)
})

void t.test('names and addresses that a VMM merely chose are no difference that counts', async (t) => {
  const compared = compareRuns(
    await journalOf('01-story.yaml', { vmm: 'qemu-10.2' }),
    await journalOf('01-story.yaml', { vmm: 'qemu-11.0' })
  )
  t.equal(compared.first, undefined)
  t.equal(compared.decisive, undefined)
})

void t.test('a name that stands for two others is a difference', async (t) => {
  const journal = await journalOf('01-story.yaml', {})
  const renamed = (pid: (order: number) => number) =>
    journal.map((entry, at) => {
      const renamedData = JSON.stringify(entry.data)?.replaceAll('"pid":1200', `"pid":${pid(at)}`)
      return { ...entry, data: renamedData === undefined ? undefined : (JSON.parse(renamedData) as unknown) }
    })
  const mid = journal.findIndex(({ type }) => type === 'guest.signal')

  t.equal(
    compareRuns(
      journal,
      renamed(() => 77)
    ).first,
    undefined
  )
  const { first, rows } = compareRuns(
    journal,
    renamed((at) => (at < mid ? 77 : 78))
  )
  t.equal(rows[first ?? -1]?.left?.order, mid + 1)
})

void t.test('a log line finds its like in the other run, whatever numbers it names', async (t) => {
  const journal = await journalOf('01-story.yaml', {})
  const isLog = ({ data }: WireEntry) => typeof (data as { text?: unknown } | null)?.text === 'string'
  const others = journal.map((entry) => {
    if (!isLog(entry)) return entry
    const { text } = entry.data as { readonly text: string }
    return { ...entry, data: { ...(entry.data as object), text: text.replaceAll(/[1-8]/g, '9') } }
  })

  t.not(JSON.stringify(others), JSON.stringify(journal), 'there are numbers in the log')
  t.strictSame(
    compareRuns(journal, others).rows.filter(({ left, right }) => left === undefined || right === undefined),
    []
  )
})

/** A journal in which a CPU has taken the exception of its fault twice more before its firmware was done with the first. */
function spun(journal: readonly WireEntry[]): readonly WireEntry[] {
  const taken = journal.findIndex(({ kind, type }) => kind === 'message' && type === 'exception.take')
  const first = journal[taken]
  if (first === undefined) throw new Error('no exception was taken')
  const again = ['spun-1', 'spun-2'].flatMap((id): readonly WireEntry[] => {
    const note = { kind: 'note', cause: id, from: first.to, to: first.to, level: 'story' } as const
    const coalesced = { source: 3, error: 'recoverable memory error at 0x7c001000' }
    const spin = { context: 'vm0/vcpu0', error: 'SError at 0x7c001000', takes: 2, againInNs: 7 }
    return [
      { ...first, id },
      { ...first, ...note, id: `${id}.1`, type: 'record.coalesced', loud: 'lost', data: coalesced },
      { ...first, ...note, id: `${id}.2`, type: 'pe.spin', mark: 'exception', data: spin }
    ]
  })
  const all = [...journal.slice(0, taken + 1), ...again, ...journal.slice(taken + 1)]
  return all.map((entry, at) => ({ ...entry, order: at + 1 }))
}

void t.test('how often the same exception was taken is no difference, but what is decided after it is', async (t) => {
  const [morse, sei] = [await journalOf('01-story.yaml', {}), await journalOf('01-story.yaml', { policy: 'sei' })]

  const alike = compareRuns(spun(morse), morse)
  t.equal(alike.first, undefined)
  t.equal(alike.rows.filter(({ right }) => right === undefined).length, 6, 'they are rows of their own all the same')
  for (const compared of [compareRuns(spun(morse), sei), compareRuns(morse, spun(sei))]) {
    const { differences = [] } = compared.rows[compared.first ?? -1] ?? {}
    t.match(
      differences.filter(({ counts }) => counts),
      [{ path: 'action', left: 'notify-interrupt', right: 'ignore' }]
    )
  }
})

void t.test(
  'what carries a decision out is no difference before the decision, wherever its journal has put it',
  async (t) => {
    const [morse, sei] = [await journalOf('01-story.yaml', {}), await journalOf('01-story.yaml', { policy: 'sei' })]
    const question = morse.findIndex(({ kind, type }) => kind === 'message' && type === 'policy.decide')
    const answer = morse.findIndex(({ kind, type }) => kind === 'answer' && type === 'policy.decide')
    const written = morse.findIndex(
      ({ kind, type, from }, at) => at > answer && kind === 'message' && type === 'memory.write' && from === 'vmm'
    )
    t.ok(question < answer && answer < written)
    const turned = [
      ...morse.slice(0, question + 1),
      morse[written] as WireEntry,
      ...morse.slice(question + 1, written),
      ...morse.slice(written + 1)
    ].map((entry, at) => ({ ...entry, order: at + 1 }))

    const { first, rows } = compareRuns(turned, sei)
    t.match(
      rows[first ?? -1]?.differences.filter(({ counts }) => counts),
      [{ path: 'action', left: 'notify-interrupt' }]
    )
  }
)

void t.test('what a run says for the first time is a difference, and so is the same of something else', async (t) => {
  const journal = await journalOf('01-story.yaml', {})
  const at = journal.findIndex(({ type }) => type === 'exception.take')
  const first = journal[at] as WireEntry
  const other = { ...first, id: 'other', data: { ...(first.data as object), esr: '0xbe000c12' } }
  const longer = [...journal.slice(0, at + 1), other, ...journal.slice(at + 1)]
  const { first: found, rows } = compareRuns(
    longer.map((entry, index) => ({ ...entry, order: index + 1 })),
    journal
  )

  t.match(rows[found ?? -1], { left: { order: at + 2 }, right: undefined })
})

void t.test('every shipped scenario is the same as itself, row by row', async (t) => {
  const read = readScenarios([SHIPPED])
  if ('errors' in read) return t.fail('the shipped scenarios have mistakes')
  for (const { file, scenario } of read.scenarios) {
    const { journal } = await runAsFarAsItGoes(scenario, {})
    const { rows, first, decisive } = compareRuns(journal, journal)
    t.notOk(
      rows.some(({ left, right, differences }) => left?.id !== right?.id || differences.length > 0),
      file
    )
    t.same([first, decisive], [undefined, undefined], file)
  }
})

void t.test('sequences longer than what is looked at at once are aligned to their ends', (t) => {
  const long = Array.from({ length: 5000 }, (_, at) => `row ${at}`)
  const shorter = long.filter((_, at) => at % 1000 !== 7)
  const pairs = align(long, shorter)

  t.equal(pairs.filter(([l, r]) => l !== undefined && r !== undefined).length, shorter.length)
  t.ok(pairs.every(([l, r]) => l === undefined || r === undefined || long[l] === shorter[r]))
  t.same(
    pairs.flatMap(([l]) => l ?? []),
    [...long.keys()]
  )
  t.same(align([], ['a']), [[undefined, 0]])
  t.end()
})
