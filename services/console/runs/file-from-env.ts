import { EnvironmentError, reasonOf, wholeNumber, type Environment } from '../../../shared/service/environment.ts'
import { sqliteRunFile } from './file-sqlite.ts'
import { memoryRunFile, type RunFile } from './shelf.ts'

/** Where the console keeps runs: in `SEABUS_DATA`, or in this process. Throws EnvironmentError when it cannot be used. */
export function runFileFromEnv(env: Environment): RunFile {
  const directory = env['SEABUS_DATA']
  if (directory === undefined || directory === '') return memoryRunFile()
  const maxBytes = wholeNumber(env, 'SEABUS_DATA_BYTES')
  try {
    return sqliteRunFile(directory, maxBytes)
  } catch (error) {
    throw new EnvironmentError(`SEABUS_DATA=${directory} cannot be used: ${reasonOf(error)}`)
  }
}
