import { basename, join } from 'node:path'
import { CLAIMS, COLUMNS, type Claim, type ColumnName } from './claims.ts'
import type { Verdict } from '../../shared/trace/verdict.ts'
import { readScenarios, SHIPPED, type NamedScenario } from './files.ts'
import { columnName, runMatrix } from './matrix-runs.ts'

const INTRODUCTION = `# The thread's question, tried

In September 2017 James Morse and gengdongjiu argued on linux-arm-kernel how a virtual machine monitor should tell its
guest of a memory error ("[PATCH v6 6/7] KVM: arm64: allow get exception information from userspace"): in whatever way
suits the guest, or by the kind of exception the hardware raised. Each claim is restated here with the scenarios that try
it and what came out, cell by cell. What the cells mean is in [scenarios/README.md](../scenarios/README.md).

This file is written by \`npx seabus debate --write\`; a test holds it to what the models do.
`

const nameOf = ({ file }: NamedScenario) => basename(file).replace(/\.ya?ml$/, '')

/** docs/debate.md: runs what the claims need and says how each came out. */
export async function debateText(): Promise<string> {
  const read = readScenarios([SHIPPED])
  if ('errors' in read) throw new Error(`the shipped scenarios have ${read.errors.length} mistakes`)
  const wanted = new Set(CLAIMS.flatMap(({ scenarios }) => scenarios))
  const scenarios = read.scenarios.filter((one) => wanted.has(nameOf(one)))
  const columns = Object.values(COLUMNS)
  const matrix = await runMatrix(scenarios, columns)
  const cells = new Map(matrix.rows.map((row, index) => [nameOf(scenarios[index] as NamedScenario), row.cells]))
  const files = new Map(scenarios.map((one) => [nameOf(one), one.file.slice(join(SHIPPED, '..').length + 1)]))
  const lookup = (scenario: string, column: ColumnName): Verdict => {
    const cell = cells.get(scenario)?.[Object.keys(COLUMNS).indexOf(column)]
    if (cell === undefined) throw new Error(`a claim names ${scenario}, and there is no such scenario`)
    return cell
  }
  const sections = CLAIMS.map((claim, index) => section(claim, index + 1, lookup, files))
  return [INTRODUCTION, summary(lookup), ...sections].join('\n')
}

const verdict = (claim: Claim, lookup: Parameters<Claim['holds']>[0]) =>
  claim.holds(lookup) ? 'holds' : 'does not hold'

function summary(lookup: Parameters<Claim['holds']>[0]): string {
  const rows = CLAIMS.map((claim, i) => `| ${i + 1} | ${claim.side} | ${claim.claim} | ${verdict(claim, lookup)} |`)
  return ['| # | side | claim | in the model |', '| --- | --- | --- | --- |', ...rows, ''].join('\n')
}

function section(
  claim: Claim,
  number: number,
  lookup: Parameters<Claim['holds']>[0],
  files: ReadonlyMap<string, string>
): string {
  const heads = claim.columns.map((name) => columnName(COLUMNS[name]))
  const rows = claim.scenarios.map((name) => {
    const cells = claim.columns.map((column) => lookup(name, column))
    return `| [${name}](../${files.get(name) ?? ''}) | ${cells.join(' | ')} |`
  })
  return [
    `## ${number}. ${claim.claim}`,
    '',
    `Claimed by ${claim.side}; in the model it ${verdict(claim, lookup)}. ${claim.reading}`,
    '',
    `| scenario | ${heads.join(' | ')} |`,
    `| --- |${' --- |'.repeat(heads.length)}`,
    ...rows,
    ''
  ].join('\n')
}
