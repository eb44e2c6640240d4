import { failureText, outcomeLine } from '../../shared/scenario/report-text.ts'
import type { FileResult } from './run-file.ts'
import { xml } from './xml.ts'

/** What test runners read: TAP version 14 and JUnit's XML. */
export function tapOf(results: readonly FileResult[]): string {
  const lines = results.flatMap(({ file, result }, index) => {
    const { title, failures, unmodelled } = result
    const todo = unmodelled === undefined ? '' : ` # unmodelled: ${unmodelled.replaceAll('\n', ' ')}`
    const line = `${failures.length === 0 ? 'ok' : 'not ok'} ${index + 1} - ${file}: ${title.replaceAll('#', '\\#')}${todo}`
    if (failures.length === 0) return [line]
    const told = failures.flatMap((failure) => failureText(failure).split('\n')).map((text) => `    ${text}`)
    return [line, '  ---', '  message: |', ...told, '  ...']
  })
  return ['TAP version 14', `1..${results.length}`, ...lines].join('\n')
}

export function junitOf(results: readonly FileResult[]): string {
  const failed = results.filter(({ result }) => result.failures.length > 0).length
  const cases = results.map(({ file, result, seconds }) => {
    const head = `    <testcase classname="${xml(file)}" name="${xml(result.title)}" time="${seconds.toFixed(3)}"`
    if (result.failures.length === 0) return `${head}/>`
    const text = [outcomeLine(result.outcome), ...result.failures.map(failureText)].join('\n')
    const message = xml(result.failures[0]?.says ?? '')
    return `${head}>\n      <failure message="${message}">${xml(text)}</failure>\n    </testcase>`
  })
  const counts = `tests="${results.length}" failures="${failed}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="seabus" ${counts}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>'
  ].join('\n')
}
