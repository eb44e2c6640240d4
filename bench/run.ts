import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { bench, type Ports } from './bench.ts'
import { runLegInProcess } from './leg-process.ts'
import { OptionsError } from './options.ts'
import { directoryOfProcess } from './processes/directory.ts'

const page = fileURLToPath(new URL('../docs/performance.md', import.meta.url))
try {
  const directory = directoryOfProcess()
  const runLeg: Ports['runLeg'] = (leg, scale) => runLegInProcess(leg, scale, directory)
  const progress = (line: string) => void process.stderr.write(`${line}\n`)
  const { output, exitCode } = await bench(process.argv.slice(2), { runLeg, progress, page })
  process.stdout.write(`${output}\n`)
  process.exitCode = exitCode
} catch (error) {
  process.stderr.write(`${error instanceof OptionsError ? error.message : inspect(error)}\n`)
  process.exitCode = 2
}
