import { plainLine } from '../../shared/contracts/plain-text.ts'

/** A line of a service's log, as pino writes it. */
interface Logged {
  readonly level: number
  readonly service?: string
  readonly msg?: string
  readonly machine?: string
  readonly from?: string
  readonly to?: string
  readonly type?: string
  readonly id?: string
  readonly loud?: string
  readonly code?: string
  readonly err?: { readonly message?: string; readonly stack?: string }
}

const ERROR = 50

/** The log of services whose terminal a person reads. */
export interface TerminalLog {
  /** Where a logger writes to. */
  readonly stream: { write(line: string): void }
  /** Warnings are told from now on; errors always are. */
  begin(): void
}

/**
 * What nobody must miss as one readable line each, for a terminal on which other text stands. While a story is walked its
 * report tells that better, so that warnings are held back until `begin`.
 */
export function terminalLog(print: (text: string) => void): TerminalLog {
  let isTold = false
  return {
    stream: {
      write(line) {
        const logged = JSON.parse(line) as Logged
        if (logged.level >= ERROR || isTold) print(terminalLine(logged))
      }
    },
    begin() {
      isTold = true
    }
  }
}

/** `warn: hardware on m0: refused: error.inject (machine-panicked), outside -> hardware, id e-1`, or what else is said. */
export function terminalLine(logged: Logged): string {
  const { level, service = '', msg = '', machine = '', from, to, type, id, loud, code, err } = logged
  const which = level >= ERROR ? 'error' : 'warn'
  const reason = code === undefined ? '' : ` (${code})`
  if (type !== undefined && machine !== '') {
    const what = loud ?? msg
    return plainLine(`${which}: ${service} on ${machine}: ${what}: ${type}${reason}, ${from} -> ${to}, id ${id}`)
  }
  const said = plainLine(`${which}: ${service}: ${msg}${reason}`)
  return err === undefined ? said : `${said}\n${err.stack ?? err.message}`
}
