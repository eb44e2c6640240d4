/** A line of somebody's log without what journald, syslog, dmesg, a console or a mailer put in front. */
export interface LogLine {
  /** In the file, from 1. */
  readonly at: number
  /** Behind the prefix; of a printed record, behind its "[Hardware Error]: ". */
  readonly text: string
  /** Of a printed record: the number in its braces, or '' where the kernel gave none (BERT). */
  readonly report?: string
  /** Seconds since boot, where the line says it. */
  readonly seconds?: number
}

const HARDWARE_ERROR = /^(?:\{(\d+)\})?\s?\[Hardware Error\]:(.*)$/
const STAMP = /^.*?\[ *(\d+\.\d+)\](?:\[ *[TC]\d+\])? ?/
/** What may stand in front of the kernel's own text, in this order. */
const PREFIXES = [
  /^(?:[>|]\s?)+/,
  /^.*?\bkernel: ?/,
  /^<\d+>/,
  STAMP,
  /^\[[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ [\d:]+ \d{4}\] ?/
] as const

/** Several lines that a mailer or an issue tracker joined are several again. */
const JOINED = /\s+(?=(?:\S*\bkernel: )?(?:\[ *\d+\.\d+\] )?\{\d+\}\[Hardware Error\]:)/

function readLine(raw: string, at: number): LogLine {
  const [, seconds] = STAMP.exec(raw.replace(/^.*?\bkernel: ?/, '')) ?? []
  const bare = PREFIXES.reduce((text, prefix) => text.replace(prefix, ''), raw)
  const time = seconds === undefined ? {} : { seconds: Number(seconds) }
  const [, number, text] = HARDWARE_ERROR.exec(bare) ?? []
  if (text === undefined) return { at, text: bare.trimEnd(), ...time }
  return { at, text: text.replace(/^ /, '').trimEnd(), report: number ?? '', ...time }
}

/** The lines that were joined into one: each but the first starts with a prefix and a marker of its own. */
function unjoined(raw: string): readonly string[] {
  const lines: string[] = []
  for (const part of raw.split(JOINED)) {
    const last = lines.at(-1)
    if (last === undefined || last.includes('[Hardware Error]:')) lines.push(part)
    else lines[lines.length - 1] = `${last} ${part}`
  }
  return lines
}

/** The lines of a log that are not empty. */
export function readLog(text: string): readonly LogLine[] {
  return text
    .split(/\r?\n/)
    .flatMap((raw, index) => unjoined(raw).map((one) => readLine(one, index + 1)))
    .filter((line) => line.text.trim() !== '')
}
