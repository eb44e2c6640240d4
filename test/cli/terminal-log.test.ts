import t from 'tap'
import { terminalLog } from '../../cli/up/terminal-log.ts'
import { loggerFromEnv } from '../../shared/service/environment.ts'
import { eventLog } from '../../shared/service/watching/event-log.ts'

const entry = {
  seq: 1,
  time: 0,
  machine: 'm0',
  layer: 'hardware',
  kind: 'refusal',
  id: 'e-1',
  cause: undefined,
  type: 'error.inject',
  from: 'outside',
  to: 'hardware',
  data: { code: 'machine-panicked' }
} as const

void t.test('what nobody must miss is a readable line on the terminal, once the stories are told', (t) => {
  const lines: string[] = []
  const log = terminalLog((text) => void lines.push(text))
  const logger = loggerFromEnv('hardware', {}, log.stream)
  const tell = eventLog(logger)

  tell(entry, 'refused')
  logger.info('nothing of this')
  t.strictSame(lines, [])
  log.begin()
  tell(entry, 'refused')
  logger.warn({ to: 'guest', code: 'neighbour-unreachable' }, 'guest does not answer')
  logger.info('nothing of this')

  t.strictSame(lines, [
    'warn: hardware on m0: refused: error.inject (machine-panicked), outside -> hardware, id e-1',
    'warn: hardware: guest does not answer (neighbour-unreachable)'
  ])
  t.end()
})

void t.test('a defect is told at once, with where it was', (t) => {
  const lines: string[] = []
  const logger = loggerFromEnv('vmm', {}, terminalLog((text) => void lines.push(text)).stream)

  logger.error({ err: new Error('no such thing') }, 'vm.create')

  t.match(lines, [/^error: vmm: vm\.create\nError: no such thing\n +at /])
  t.end()
})
