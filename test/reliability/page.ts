import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { busyness, loadHere, machineHere } from '../../bench/machine.ts'

const PAGE = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url))

/** What a command may write on the page; the rest of it is written by people. */
export type Section = 'chaos' | 'soak one' | 'soak seven' | 'fuzz'

const begin = (section: Section) => `<!-- ${section}: written by its command -->`
const end = (section: Section) => `<!-- end of ${section} -->`

/** A page with another text in one of its sections. Throws when the page has no such section. */
export function withSection(page: string, section: Section, text: string): string {
  const from = page.indexOf(begin(section))
  const to = page.indexOf(end(section))
  if (from < 0 || to < from) throw new Error(`docs/reliability.md has no section ${section}`)
  return `${page.slice(0, from)}${begin(section)}\n\n${text.trim()}\n\n${page.slice(to)}`
}

/** Puts a section into docs/reliability.md. */
export function writeSection(section: Section, text: string): void {
  writeFileSync(PAGE, withSection(readFileSync(PAGE, 'utf8'), section, text))
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line), ''].join('\n')
}

/** On what something was seen, and when; `load` is the load average before. */
export function seenOn(load: number | undefined): string {
  const { cpu, cores, memoryBytes, kernel, node } = machineHere()
  const date = new Date().toISOString().slice(0, 10)
  const busy = busyness(load, cores)
  const gib = (memoryBytes / 2 ** 30).toFixed(1)
  const loads = [load, loadHere()].map((value) => value?.toFixed(1) ?? 'not known').join(', ')
  const where = `Seen on ${date}: ${cpu}, ${cores} cores, ${gib} GiB, ${kernel}, Node ${node}; load average before and after ${loads}.`
  return busy === undefined ? where : `${where} ${busy}`
}
