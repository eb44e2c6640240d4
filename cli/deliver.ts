import { writeFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { plainLine, plainText } from '../shared/contracts/plain-text.ts'
import { text, UsageError, type Done, type Values } from './command.ts'

/**
 * Writes what a command gives, to standard output or to the file that `--out` names, and its mistakes to standard error; the
 * exit code is set, and the process ends when all is written.
 */
export function deliver({ output, bytes, isStyled, errors, exitCode }: Done, values: Values): void {
  const whole = bytes ?? (isStyled === true ? output : plainText(output))
  if (whole.length > 0) write(whole, text(values['out']))
  if (errors !== undefined) process.stderr.write(`${plainText(errors)}\n`)
  process.exitCode = exitCode
}

function write(whole: string | Uint8Array, out: string | undefined): void {
  const content = typeof whole === 'string' && !whole.endsWith('\n') ? `${whole}\n` : whole
  if (out !== undefined) {
    // Colours are for the terminal, and a file is none.
    writeTo(out, typeof content === 'string' ? stripVTControlCharacters(content) : content)
    process.stdout.write(`${plainLine(out)} written\n`)
    return
  }
  if (typeof content !== 'string' && process.stdout.isTTY) {
    throw new UsageError('seabus: these are bytes and no text: --out FILE, or into a pipe')
  }
  process.stdout.write(content)
}

function writeTo(file: string, content: string | Uint8Array): void {
  try {
    writeFileSync(file, content)
  } catch (error) {
    throw new UsageError(`seabus: --out ${file}: ${(error as Error).message}`)
  }
}
