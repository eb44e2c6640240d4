import { existsSync, linkSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MODELLED_LAYERS, type Layer } from '../../shared/contracts/layer.ts'
import { examine, type Examined } from '../../shared/engine/sqlite/examine.ts'
import { exportLines } from '../../shared/engine/sqlite/export.ts'
import { salvage } from '../../shared/engine/sqlite/salvage.ts'
import { isInUse } from '../../shared/engine/sqlite/damage.ts'
import { foreignRefusal } from '../../shared/engine/sqlite/snapshots.ts'
import { refusalOf } from '../../shared/engine/sqlite/tables.ts'
import { examineKeptRuns, exportedRuns, keptRunsReport, salvageKeptRuns } from '../doctor/kept-runs.ts'
import { RUN_FILE } from '../../services/console/runs/file-sqlite.ts'
import { text, UsageError, type Done, type Values } from '../command.ts'

const EXIT = { sound: 0, damaged: 1 } as const

/** `seabus doctor`: tells what is sound in a data directory, keeps that, or writes all of it as text. */
export async function doctorCommand(values: Values, positionals: readonly string[]): Promise<Done> {
  if (positionals.length > 0) throw new UsageError('seabus doctor: the directory is named by --data')
  const directory = text(values['data']) ?? process.env['SEABUS_DATA'] ?? ''
  if (directory === '') throw new UsageError('seabus doctor: which directory? --data DIR or SEABUS_DATA names it')
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    throw new UsageError(`seabus doctor: ${directory} is no directory`)
  }
  if (values['salvage'] === true && values['export'] === true) {
    throw new UsageError('seabus doctor: --salvage or --export, not both')
  }
  const layers = MODELLED_LAYERS.filter((layer) =>
    ['sqlite', 'head'].some((end) => existsSync(join(directory, `${layer}.${end}`)))
  )
  const hasRuns = existsSync(join(directory, RUN_FILE))
  if (layers.length === 0 && !hasRuns) {
    throw new UsageError(`seabus doctor: there is no data of seabus in ${directory}`)
  }
  for (const layer of layers) refuseIfInUse(join(directory, `${layer}.sqlite`))
  if (hasRuns) refuseIfInUse(join(directory, RUN_FILE))
  if (values['export'] === true) return exported(directory, layers)
  const found = layers.flatMap((layer) => examine(directory, layer) ?? [])
  const runs = examineKeptRuns(directory)
  const isDamaged = [...found, ...(runs === undefined ? [] : [runs])].some(({ damages }) => damages.length > 0)
  const missing = layers.length < 2 ? [] : MODELLED_LAYERS.filter((layer) => !layers.includes(layer))
  const lines = found.flatMap((each) => [
    ...reportOf(directory, each),
    ...(values['salvage'] === true && isSalvageable(each) ? salvaged(directory, each) : [])
  ])
  if (runs !== undefined) lines.push(...keptRunsReport(runs))
  if (runs !== undefined && runs.damages.length > 0 && values['salvage'] === true) {
    lines.push(...salvageKeptRuns(directory, runs))
  }
  const isWorthIt = found.some(isSalvageable) || (runs !== undefined && runs.damages.length > 0)
  const hint =
    isWorthIt && values['salvage'] !== true
      ? ['', `npx seabus doctor --data ${directory} --salvage keeps what is sound, and the damaged files beside it`]
      : []
  const output = [...lines, ...missing.map((layer) => nothingOf(layer, found)), ...hint].join('\n')
  return { output, exitCode: isDamaged || missing.length > 0 ? EXIT.damaged : EXIT.sound }
}

/**
 * A file that a service writes to looks damaged to whoever copies it meanwhile. What SQLite leaves beside a file that it
 * only looked at must not lie beside the real one, so it looks at it by another name.
 */
function refuseIfInUse(file: string): void {
  if (!existsSync(file)) return
  const folder = folderBeside(file)
  if (folder === undefined) return
  const name = join(folder, 'looked-at.sqlite')
  try {
    linkSync(file, name)
    const db = new DatabaseSync(name, { readOnly: true })
    try {
      db.prepare('SELECT count(*) FROM sqlite_schema').get()
    } finally {
      db.close()
    }
  } catch (error) {
    if (isInUse(error)) {
      throw new UsageError(`seabus doctor: ${file} is in use; stop its service first`)
    }
    // Whatever else is wrong with it is what the examination is for.
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A folder on the same disk; undefined where nothing can be written, by a service either. */
function folderBeside(file: string): string | undefined {
  try {
    return mkdtempSync(join(dirname(file), '.doctor-'))
  } catch {
    return undefined
  }
}

function reportOf(
  directory: string,
  { layer, file, writer, meta, foreign, head, machines, damages }: Examined
): readonly string[] {
  const refusal = writer === undefined ? undefined : refusalOf(`${layer}.sqlite`, directory, writer)
  if (refusal !== undefined) return [`${file}: ${refusal}`]
  const other = foreign === undefined ? [] : [`${file}: ${foreignRefusal(`${layer}.sqlite`, directory, foreign)}`]
  if (damages.length === 0 && foreign !== undefined) return other
  const until = head.seq === 0 ? '' : `, until ${new Date((meta?.epochMs ?? 0) + head.time / 1e6).toISOString()}`
  const rows = [...machines.values()].reduce((sum, { sound }) => sum + sound.length, 0)
  const what = `${rows} rows of ${machines.size} machines${until}, written by seabus ${meta?.release ?? 'unknown'}`
  if (damages.length === 0) return [`${file}: sound: ${what}`]
  const lost = `nothing of it can be salvaged: move it and ${layer}.head away; ${layer} then begins empty, and what it had accepted is lost`
  const kept = meta === undefined ? lost : `sound: ${what}`
  return [...other, `${file}: DAMAGED`, ...[...new Set(damages), kept].map((line) => `  ${line}`)]
}

/** A layer that has lost its files begins empty, and answers as if nothing had ever been. */
function nothingOf(layer: Layer, others: readonly Examined[]): string {
  const machines = new Set(others.flatMap(({ machines: kept }) => [...kept.keys()]))
  const kept = `${machines.size} ${machines.size === 1 ? 'machine' : 'machines'}`
  return `${layer}: NOTHING HERE, though the others have kept ${kept}: right only where it is served or kept elsewhere`
}

/** Of a file that does not say what it is nothing can be kept. */
const isSalvageable = ({ damages, meta }: Examined) => damages.length > 0 && meta !== undefined

function salvaged(directory: string, found: Examined): readonly string[] {
  try {
    const { original, machines } = salvage(directory, found)
    const cut = machines.filter(({ left }) => left > 0)
    return [
      `  salvaged: ${machines.reduce((sum, { kept }) => sum + kept, 0)} rows; the damaged file is ${original} now`,
      ...cut.map(({ machine, kept, left }) => `  ${machine}: ${kept} rows kept, ${left} left out`),
      ...(cut.length === 0
        ? []
        : ['  their neighbours may know more of these machines: delete and make them again if you can'])
    ]
  } catch (error) {
    return [`  not salvaged: ${(error as Error).message}`]
  }
}

async function exported(directory: string, layers: readonly Layer[]): Promise<Done> {
  for (const layer of layers) {
    for (const line of exportLines(directory, layer)) {
      await written(line)
    }
  }
  for (const line of exportedRuns(directory)) await written(line)
  return { output: '', exitCode: EXIT.sound }
}

async function written(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await new Promise((resolve) => process.stdout.once('drain', resolve))
}
