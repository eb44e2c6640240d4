import { cperEstatusCheck } from '../../shared/linux/cper/estatus.ts'
import { ghesPrintReport } from '../../shared/linux/apei/ghes-print.ts'
import { createKernel, kernelOf } from '../../shared/linux/kernel/create.ts'
import type { Version } from '../../shared/linux/profile.ts'
import { alignLines, type ComparedLine } from './align-lines.ts'
import type { Rebuilt } from './rebuild.ts'

/** What a kernel of this version prints of a record, without the number in braces and the marker. */
export function printedBlock(
  block: Uint8Array,
  source: number,
  version: Version,
  armErrorType: Rebuilt['armErrorType']
): readonly string[] {
  const lines: string[] = []
  const k = kernelOf(createKernel({ version, options: { armErrorType } }), {
    now: 0,
    readPhysical: () => undefined,
    writePhysical: () => undefined,
    invalidate: () => undefined,
    signal: () => undefined,
    event: (event) => {
      if (event.type === 'printk') lines.push(event.text.replace(/^\{\d+\}\[Hardware Error\]: /, ''))
    }
  })
  const estatus = cperEstatusCheck(block)
  if (estatus === undefined) throw new Error('the record is malformed')
  ghesPrintReport(k, source, estatus)
  return lines
}

/** Line by line: what agrees, what the model says in other words, what one of the two does not have. */
export function compareReport(rebuilt: Rebuilt, version: Version): readonly ComparedLine[] {
  const unread = new Set(rebuilt.unread.map(({ text }) => text))
  return alignLines(
    rebuilt.lines.map(({ text }) => text),
    printedBlock(rebuilt.block, rebuilt.source ?? 0, version, rebuilt.armErrorType),
    (text) => !unread.has(text)
  )
}
