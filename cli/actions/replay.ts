import { LINUX_VERSIONS } from '../../shared/contracts/common.ts'
import type { Version } from '../../shared/linux/profile.ts'
import { closest } from '../replay/compare.ts'
import { readRecordings, type RecordingFile } from '../replay/files.ts'
import { predict } from '../../lab/predict.ts'
import { withUsualPrints, type Prediction } from '../../lab/prediction.ts'
import { UsageError, type Done } from '../command.ts'
import { NoRecording, versionOf } from '../../lab/recording.ts'
import { predictionJson } from '../replay/prediction-json.ts'
import { jsonOf, summaryOf, tableOf, type Replayed } from '../replay/report.ts'
import { scopeOf } from '../replay/scope.ts'

export interface ReplayOptions {
  readonly json: boolean
  readonly predict: boolean
  /** Profile to use instead of that of the recorded kernel. */
  readonly linux: string | undefined
}

function versionFor({ file, recording }: RecordingFile, linux: string | undefined): Version {
  if (linux !== undefined) {
    const version = LINUX_VERSIONS.find((known) => known === linux)
    if (version === undefined) throw new UsageError(`--linux ${linux}: the model knows ${LINUX_VERSIONS.join(', ')}`)
    return version
  }
  if (recording.kernel === undefined) throw new UsageError(`${file}: it has no "kernel"; use --linux`)
  const version = versionOf(recording.kernel)
  if (version === undefined) throw new UsageError(`${file}: no profile for kernel ${recording.kernel}; use --linux`)
  return version
}

function predictionsFor(file: RecordingFile, version: Version): readonly Prediction[] {
  try {
    return predict(file.recording, version)
  } catch (error) {
    if (error instanceof NoRecording) throw new UsageError(`${file.file}: ${error.message}`)
    throw error
  }
}

/**
 * Replays recordings of real kernels on the model. Throws UsageError for a file or an option that cannot be used; the
 * exit code is 1 when any recording differs from all that the model says is legal.
 */
export function replay(paths: readonly string[], options: ReplayOptions): Done {
  if (paths.length === 0) throw new UsageError('seabus replay: name a recording, or a directory of them')
  const files = readRecordings(paths)
  return options.predict ? predictAll(files, options) : compareAll(files, options)
}

function predictAll(files: readonly RecordingFile[], { linux }: ReplayOptions): Done {
  const all = files.map((file) => {
    return [file.file, predictionJson(predictionsFor(file, versionFor(file, linux)), file.recording.input)] as const
  })
  const [only] = all
  const value = all.length === 1 && only !== undefined ? only[1] : Object.fromEntries(all)
  return { output: JSON.stringify(value, undefined, 1), exitCode: 0 }
}

function compareAll(files: readonly RecordingFile[], { linux, json }: ReplayOptions): Done {
  const all = files.map((file): Replayed => {
    const { observed, input } = file.recording
    if (observed === undefined) throw new UsageError(`${file.file}: nothing observed in it; use --predict`)
    const version = versionFor(file, linux)
    const predictions = predictionsFor(file, version)
    const comparison = closest((prediction) => scopeOf(input, prediction), predictions, observed)
    return { file: file.file, linux: version, outcomes: withUsualPrints(predictions).length, comparison }
  })
  const exitCode = all.some(({ comparison }) => comparison.differences > 0) ? 1 : 0
  if (!json) return { output: `${all.map(tableOf).join('\n')}\n${summaryOf(all)}`, isStyled: true, exitCode }
  const [only] = all
  const value = all.length === 1 && only !== undefined ? jsonOf(only) : all.map(jsonOf)
  return { output: JSON.stringify(value, undefined, 1), exitCode }
}
