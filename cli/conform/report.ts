import { joined } from '../../shared/contracts/plain-text.ts'
import type { RuleResult } from './check.ts'

/** What a layer's rules come to, as text, TAP or JSON. */
export type Format = (url: string, results: readonly RuleResult[]) => string

const isKept = ({ broken }: RuleResult) => broken.length === 0

function text(url: string, results: readonly RuleResult[]): string {
  const failed = results.filter((result) => !isKept(result)).length
  const skipped = results.filter((result) => result.skipped !== undefined).length
  return joined([
    ...results.flatMap(({ rule, about, broken, skipped }) => [
      `${broken.length > 0 ? 'FAIL' : skipped === undefined ? 'pass' : 'skip'}  ${rule}: ${about}`,
      ...[...broken, ...(skipped === undefined ? [] : [skipped])].map((what) => `        ${what}`)
    ]),
    '',
    failed > 0
      ? `${url} breaks ${failed} of ${results.length} rules`
      : `${url} keeps the contract${skipped === 0 ? '' : ` (${skipped} of ${results.length} rules say nothing of it)`}`
  ])
}

function tap(_url: string, results: readonly RuleResult[]): string {
  return joined([
    'TAP version 14',
    ...results.flatMap(({ rule, about, broken, skipped }, index) => [
      `${broken.length > 0 ? 'not ok' : 'ok'} ${index + 1} - ${rule}${skipped === undefined ? '' : ` # SKIP ${skipped}`}`,
      `# ${about}`,
      ...broken.map((what) => `# ${what.replaceAll('\n', ' ')}`)
    ]),
    `1..${results.length}`
  ])
}

export const FORMATS: Readonly<Record<string, Format>> = {
  text,
  tap,
  json: (url, results) => JSON.stringify({ url, results }, null, 2)
}
