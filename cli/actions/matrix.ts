import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { POLICY_NAMES } from '../../shared/contracts/policy.ts'
import { VMM_PROFILES } from '../../shared/contracts/vmm.ts'
import { EXIT, list, text, type Done, type Values, UsageError } from '../command.ts'
import { known } from '../known.ts'
import { readScenarios, SHIPPED } from '../scenario/files.ts'
import { MATRIX_FORMATS } from '../scenario/matrix-formats.ts'
import { matrixPage } from '../scenario/matrix-page.ts'
import { columnsOf, runMatrix } from '../scenario/matrix-runs.ts'
import { errorLine } from '../../shared/scenario/read-scenario.ts'

const PAGE = 'docs/matrix.json'

/** `seabus matrix`: every scenario with every VMM and policy, as one table; or docs/matrix.json, which is that of all. */
export async function matrixCommand(values: Values, paths: readonly string[]): Promise<Done> {
  if (values['write'] === true) {
    if (paths.length > 0 || Object.keys(values).length > 1) {
      throw new UsageError(`seabus matrix: --write stands alone: ${PAGE} has every scenario`)
    }
    return writeAll()
  }
  const [vmms, policies] = [list(values['vmm']), list(values['policies'])]
  for (const name of vmms ?? []) known('VMM profile', name, VMM_PROFILES)
  for (const name of policies ?? []) known('policy', name, POLICY_NAMES)
  const out = text(values['out'])
  const format = formatOf(text(values['format']), out)
  const named = [...(list(values['scenarios']) ?? []), ...paths]
  const read = readScenarios(named.length === 0 ? [SHIPPED] : named)
  if ('errors' in read) return { output: '', errors: read.errors.map(errorLine).join('\n'), exitCode: EXIT.badFile }
  const output = format(await runMatrix(read.scenarios, columnsOf(vmms, policies)))
  return { output, exitCode: EXIT.asExpected }
}

async function writeAll(): Promise<Done> {
  const read = readScenarios([SHIPPED])
  if ('errors' in read) return { output: '', errors: read.errors.map(errorLine).join('\n'), exitCode: EXIT.badFile }
  writeFileSync(join(import.meta.dirname, '../..', PAGE), matrixPage(await runMatrix(read.scenarios, columnsOf())))
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
