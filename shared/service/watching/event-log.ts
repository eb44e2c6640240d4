import type { FastifyBaseLogger } from 'fastify'
import type { Loud } from '../../contracts/caption.ts'
import type { Draft } from '../../trace/entry.ts'
import { codeOf } from './entry-counts.ts'

/**
 * What happens as a line of the log each: warnings are what nobody must miss, messages and answers are `info`, what a
 * layer does within itself is `debug`. A line has ids and names alone, which are visible ASCII, and nothing of the data: what
 * came from outside as free text stays in the journal.
 */
export function eventLog(logger: FastifyBaseLogger): (entry: Draft, loud: Loud | undefined) => void {
  const { isLevelEnabled } = logger as { isLevelEnabled?: (level: string) => boolean }
  const isOn = (level: string) => isLevelEnabled?.call(logger, level) ?? true
  const levels = { warn: isOn('warn'), info: isOn('info'), debug: isOn('debug') }
  return (entry, loud) => {
    const level = loud !== undefined ? 'warn' : entry.kind === 'note' ? 'debug' : 'info'
    if (!levels[level]) return
    const { trace, machine, from, to, type, id, cause, kind } = entry
    const line = { trace, machine, from, to, type, id, cause, ...(loud === undefined ? {} : { loud }) }
    logger[level](kind === 'refusal' ? { ...line, code: codeOf(entry) } : line, kind)
  }
}
