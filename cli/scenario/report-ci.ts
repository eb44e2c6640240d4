import { joined, plainLine } from '../../shared/contracts/plain-text.ts'
import { plainResult } from '../../shared/scenario/plain-result.ts'
import { changedText, failureText, outcomeLine } from '../../shared/scenario/report-text.ts'
import type { FileResult } from './run-file.ts'
import { xml } from '../../shared/drawing/xml.ts'

/** What test runners read: TAP version 14 and JUnit's XML. */
export function tapOf(results: readonly FileResult[]): string {
  const lines = results.flatMap(({ file, result }, index) => {
    const { title, failures, unmodelled, changed } = plainResult(result)
    const todo = unmodelled === undefined ? '' : ` # unmodelled: ${unmodelled}`
    const skip = changed === undefined ? '' : ` # SKIP ${changed.what.join(', ')}`
    const line = `${failures.length === 0 ? 'ok' : 'not ok'} ${index + 1} - ${file}: ${title.replaceAll('#', '\\#')}${skip === '' ? todo : skip}`
    if (failures.length === 0) return [line, ...differing(changed)]
    const told = failures.flatMap((failure) => failureText(failure).split('\n')).map((text) => `    ${text}`)
    return [line, '  ---', '  message: |', ...told, '  ...']
  })
  return joined(['TAP version 14', `1..${results.length}`, ...lines])
}

/** What a run that was changed has otherwise than its file, as comments. */
function differing(changed: FileResult['result']['changed']): readonly string[] {
  if (changed === undefined) return []
  const text = [changedText(changed), ...changed.differs.map(failureText)].join('\n')
  return text.split('\n').map((line) => `# ${line}`)
}

export function junitOf(results: readonly FileResult[]): string {
  const failed = results.filter(({ result }) => result.failures.length > 0).length
  const cases = results.map(({ file, result: ran, seconds }) => {
    const result = plainResult(ran)
    const head = `    <testcase classname="${xml(plainLine(file))}" name="${xml(result.title)}" time="${seconds.toFixed(3)}"`
    const { changed } = result
    if (changed !== undefined) {
      const text = [changedText(changed), ...changed.differs.map(failureText)].join('\n')
      return `${head}>\n      <skipped message="${xml(text)}"/>\n    </testcase>`
    }
    if (result.failures.length === 0) return `${head}/>`
    const text = [outcomeLine(result.outcome), ...result.failures.map(failureText)].join('\n')
    const [first] = result.failures
    const more = result.failures.length > 1 ? ` (and ${result.failures.length - 1} more)` : ''
    const message = xml(first === undefined ? '' : `${first.expectation}: ${first.says}${more}`)
    return `${head}>\n      <failure message="${message}">${xml(text)}</failure>\n    </testcase>`
  })
  const skipped = results.filter(({ result }) => result.changed !== undefined).length
  const time = results.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(3)
  const counts = `tests="${results.length}" failures="${failed}" skipped="${skipped}" time="${time}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="seabus" ${counts}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>'
  ].join('\n')
}
