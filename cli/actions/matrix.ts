import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { plainLine } from '../../shared/contracts/plain-text.ts'
import { errorLine } from '../../shared/scenario/read-scenario.ts'
import { EXIT, list, text, type Done, type Values, UsageError } from '../command.ts'
import { knownKernel, knownPolicies, knownVmms } from '../known-names.ts'
import { runAll } from '../parallel/run-all.ts'
import { readScenarios, SHIPPED } from '../scenario/files.ts'
import { MATRIX_FORMATS, matrixCsv } from '../scenario/matrix-formats.ts'
import { matrixPage } from '../scenario/matrix-page.ts'
import { CannotRun, columnsOf, runMatrix } from '../scenario/matrix-runs.ts'

const PAGE = 'docs/matrix.json'

/** `seabus matrix`: every scenario with every VMM and policy, as one table; or docs/matrix.json, which is that of all. */
export async function matrixCommand(values: Values, paths: readonly string[]): Promise<Done> {
  if (values['write'] === true) {
    if (paths.length > 0 || Object.keys(values).length > 1) {
      throw new UsageError(`seabus matrix: --write stands alone: ${PAGE} has every scenario`)
    }
    return writeAll()
  }
  const vmms = knownVmms(list(values['vmm']))
  const policies = knownPolicies(list(values['policy']) ?? list(values['policies']))
  const linux = knownKernel(text(values['linux']))
  const format = formatOf(text(values['format']), text(values['out']))
  const named = [...(list(values['scenarios']) ?? []), ...paths]
  const read = readScenarios(named.length === 0 ? [SHIPPED] : named)
  if ('errors' in read) return { output: '', errors: read.errors.map(errorLine).join('\n'), exitCode: EXIT.badFile }
  const url = text(values['url'])
  try {
    const more = linux === undefined ? {} : { linux }
    const matrix = await runMatrix(read.scenarios, columnsOf(vmms, policies), more, (jobs) => runAll(jobs, url))
    // Its fields are plain, and its lines end as RFC 4180 has them.
    return { output: format(matrix), ...(format === matrixCsv ? { isStyled: true } : {}), exitCode: EXIT.asExpected }
  } catch (problem) {
    if (!(problem instanceof CannotRun)) throw problem
    const exitCode = problem.isServiceDown ? EXIT.serviceDown : EXIT.badFile
    return { output: '', errors: plainLine(`seabus matrix: ${problem.message}`), exitCode }
  }
}

async function writeAll(): Promise<Done> {
  const read = readScenarios([SHIPPED])
  if ('errors' in read) return { output: '', errors: read.errors.map(errorLine).join('\n'), exitCode: EXIT.badFile }
  const matrix = await runMatrix(read.scenarios, columnsOf(), {}, (jobs) => runAll(jobs, undefined))
  writeFileSync(join(import.meta.dirname, '../..', PAGE), matrixPage(matrix))
  return { output: `${PAGE} written`, exitCode: EXIT.asExpected }
}

/** The format asked for, else the one that the file's name ends in, else the table. */
function formatOf(asked: string | undefined, out: string | undefined) {
  const name = asked ?? out?.split('.').at(-1) ?? 'table'
  const format = Object.hasOwn(MATRIX_FORMATS, name) ? MATRIX_FORMATS[name] : undefined
  if (format !== undefined) return format
  if (asked === undefined) return MATRIX_FORMATS['table'] ?? String
  throw new UsageError(`seabus matrix: there is no format ${asked}; known: ${Object.keys(MATRIX_FORMATS).join(', ')}`)
}
