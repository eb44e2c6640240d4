import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseRecording, type Recording } from '../../lab/recording.ts'
import { UsageError } from '../command.ts'

export interface RecordingFile {
  readonly file: string
  readonly recording: Recording
}

/** The recordings that some paths name; of a directory, all in it and below. Throws UsageError with the path in front. */
export function readRecordings(paths: readonly string[]): readonly RecordingFile[] {
  return paths.flatMap(filesOf).map((file) => ({ file, recording: readRecording(file) }))
}

function filesOf(path: string): readonly string[] {
  const entry = statSync(path, { throwIfNoEntry: false })
  if (entry === undefined) throw new UsageError(`${path}: no such file`)
  if (!entry.isDirectory()) return [path]
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))
  if (names.length === 0) throw new UsageError(`${path}: no recordings in this directory`)
  return names.toSorted().map((name) => join(path, name))
}

function readRecording(file: string): Recording {
  try {
    return parseRecording(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
