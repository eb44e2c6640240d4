import t from 'tap'
import { vmInjectError, vmPause, vmReset, vmStop } from '../../shared/contracts/vmm.ts'
import { NEW_SESSION, stepSession, type SessionEffect, type SessionInput } from '../../services/vmm/qmp/session.ts'
import type { ProfileName } from '../../services/vmm/profile.ts'
import { Random } from '../fuzz-http/random.ts'
import { withVm } from '../vmm/runner.ts'

/** A session with a VM that nothing happens to but what the test says. */
function talk(profile: ProfileName = 'qemu-10.2', isNegotiated = true) {
  const vm = withVm({}, { profile, vcpus: 2 }).vm()
  let session = NEW_SESSION
  const step = (input: SessionInput): readonly SessionEffect[] => {
    const [next, effects] = stepSession(session, input, vm)
    session = next
    return effects
  }
  const lines = (effects: readonly SessionEffect[]) =>
    effects.map((effect) =>
      effect.kind === 'write' ? effect.line : effect.kind === 'send' ? effect.message.type : effect.kind
    )
  const say = (text: string) => lines(step({ kind: 'text', text }))
  if (isNegotiated) say('{"execute": "qmp_capabilities"}')
  return { vm, step, say, tell: (input: SessionInput) => lines(step(input)) }
}
const error = (errorClass: string, desc: string, id = '') =>
  `{${id === '' ? '' : `"id": ${id}, `}"error": {"class": "${errorClass}", "desc": "${desc}"}}`
const generic = (desc: string, id?: string) => error('GenericError', desc, id)
const missing = (desc: string, id?: string) => error('CommandNotFound', desc, id)
const execute = (command: string, args?: string, id?: string) =>
  `{"execute": "${command}"${args === undefined ? '' : `, "arguments": ${args}`}${id === undefined ? '' : `, "id": ${id}`}}`

void t.test('a client is greeted with the version of the VMM that its VM has', async (t) => {
  const greeting = (profile: ProfileName) => talk(profile, false).tell({ kind: 'opened' })
  const of = (version: string) => [
    `{"QMP": {"version": {"qemu": {${version}}, "package": "seabus"}, "capabilities": ["oob"]}}`
  ]
  t.strictSame(greeting('qemu-10.0'), of('"micro": 13, "minor": 0, "major": 10'))
  t.strictSame(greeting('qemu-10.2'), of('"micro": 0, "minor": 2, "major": 10'))
  t.strictSame(greeting('qemu-11.0'), of('"micro": 0, "minor": 0, "major": 11'))
})

void t.test('capabilities are negotiated once, before all else', async (t) => {
  const { say } = talk('qemu-10.2', false)
  t.strictSame(say(execute('query-status', undefined, '7')), [
    missing("Expecting capabilities negotiation with 'qmp_capabilities'", '7')
  ])
  t.strictSame(say(execute('qmp_capabilities', '{"enable": ["telepathy"]}')), [
    generic("Parameter 'enable' does not accept value 'telepathy'")
  ])
  t.strictSame(say(execute('qmp_capabilities', '{"enable": ["oob"]}')), ['{"return": {}}'])
  t.strictSame(say(execute('qmp_capabilities')), [
    missing('Capabilities negotiation is already complete, command ignored')
  ])
  t.strictSame(say('{"exec-oob": "query-status", "id": 1}'), [
    generic('The command query-status does not support OOB', '1')
  ])
})

void t.test('an id comes back as it is, whatever it is', async (t) => {
  const { say } = talk()
  for (const id of ['"a"', '1', 'null', '[1, {"b": 2}]', '18446744073709551615']) {
    t.strictSame(say(execute('query-target', undefined, id)), [`{"return": {"arch": "aarch64"}, "id": ${id}}`])
  }
})

for (const [input, desc] of [
  ['[]', 'QMP input must be a JSON object'],
  ['{}', "QMP input lacks member 'execute'"],
  ['{"execute": 1}', "QMP input member 'execute' must be a string"],
  ['{"execute": "stop", "arguments": []}', "QMP input member 'arguments' must be an object"],
  ['{"execute": "stop", "args": {}}', "QMP input member 'args' is unexpected"],
  ['{"exec-oob": "stop"}', "QMP input member 'exec-oob' is unexpected"],
  [execute('stop', '{"now": true}'), "Parameter 'now' is unexpected"],
  [execute('qom-get', '{"path": "/machine"}'), "Parameter 'property' is missing"],
  [execute('qom-get', '{"path": 1, "property": "type"}'), "Invalid parameter type for 'path', expected: string"],
  [execute('inject-ghes-v2-error'), "Parameter 'cper' is missing"],
  [execute('migrate', '{"uri": 5}'), "Invalid parameter type for 'uri', expected: string"],
  [execute('qom-get', '{"path": "/machine", "property": "nose"}'), "Property 'virt-10.2-machine.nose' not found"]
] as const) {
  void t.test(`${input} is refused as QEMU words it`, async (t) => {
    t.strictSame(talk().say(input), [generic(desc)])
  })
}

void t.test('a command that the VMM does not have is not found', async (t) => {
  const unknown = (name: string) => [missing(`The command ${name} has not been found`)]
  t.strictSame(
    talk().say(execute('human-monitor-command', '{"command-line": "info"}')),
    unknown('human-monitor-command')
  )
  t.strictSame(talk().say(execute('toString')), unknown('toString'))
  for (const profile of ['qemu-10.0', 'reference'] as const) {
    const { say } = talk(profile)
    t.strictSame(say(execute('inject-ghes-v2-error', '{"cper": ""}')), unknown('inject-ghes-v2-error'))
    t.notMatch(say(execute('query-commands'))[0], /inject-ghes/)
  }
  t.match(talk().say(execute('query-commands'))[0], /\{"name": "inject-ghes-v2-error"\}/)
})

void t.test('CPUs are found by their type, up to the first device that is none', async (t) => {
  const { say } = talk()
  const get = (path: string, property: string) => say(execute('qom-get', JSON.stringify({ path, property })))
  const device = (at: number) => `/machine/unattached/device[${at}]`
  t.strictSame(get(device(1), 'type'), ['{"return": "host-arm-cpu"}'])
  t.strictSame(get(device(1), 'midr'), ['{"return": 1095749825}'])
  t.strictSame(get(device(2), 'type'), [error('DeviceNotFound', `Device '${device(2)}' not found`)])
  t.strictSame(say(execute('qom-list', '{"path": "/machine/unattached"}')), [
    '{"return": [{"name": "type", "type": "string"}, {"name": "device[0]", "type": "child<host-arm-cpu>"}, {"name": "device[1]", "type": "child<host-arm-cpu>"}]}'
  ])
})

const STOP = { kind: 'event', event: { event: 'STOP', microseconds: 1_700_000_000_000_123 } } as const
const STOP_LINE = '{"timestamp": {"seconds": 1700000000, "microseconds": 123}, "event": "STOP"}'

void t.test('a command is a message to the VMM, and the next one waits until that is answered', async (t) => {
  const { step, say, tell } = talk()
  t.match(step({ kind: 'text', text: execute('stop', undefined, '1') + execute('query-name', undefined, '2') }), [
    { kind: 'send', message: vmPause, data: { vm: 'vm0' } }
  ])
  t.strictSame(tell(STOP), [STOP_LINE], 'what happens meanwhile is told before the answer')
  t.strictSame(say(execute('query-target')), [])
  t.strictSame(tell({ kind: 'answered', answer: {} }), [
    '{"return": {}, "id": 1}',
    '{"return": {"name": "vm0"}, "id": 2}',
    '{"return": {"arch": "aarch64"}}'
  ])
})

void t.test('what QEMU answers before it does it is told behind the answer', async (t) => {
  for (const [command, message] of [
    ['system_reset', vmReset],
    ['quit', vmStop]
  ] as const) {
    const { step, tell } = talk()
    t.match(step({ kind: 'text', text: execute(command) }), [{ kind: 'send', message }])
    t.strictSame(tell(STOP), [])
    t.strictSame(tell({ kind: 'answered', answer: {} }), ['{"return": {}}', STOP_LINE], command)
  }
})

void t.test('a refusal of the VMM is a GenericError with its words', async (t) => {
  const { say, tell } = talk()
  say(execute('cont', undefined, '"x"'))
  t.strictSame(tell({ kind: 'refused', detail: 'VM vm0 is "off"' }), [generic('VM vm0 is \\"off\\"', '"x"')])
})

void t.test('what became of a migration and of an injection is told as their answers have it', async (t) => {
  const { say, tell, step } = talk()
  say(execute('migrate', '{"uri": "tcp:0:4444"}'))
  t.strictSame(tell({ kind: 'answered', answer: { migrated: false, because: 'only 1 byte' } }), [
    generic('only 1 byte')
  ])
  t.match(step({ kind: 'text', text: execute('inject-ghes-v2-error', '{"cper": "AAAA"}') }), [
    { kind: 'send', message: vmInjectError, data: { vm: 'vm0', cper: 'AAAA' } }
  ])
  t.strictSame(tell({ kind: 'answered', answer: { error: { class: 'GenericError', desc: 'too long' } } }), [
    generic('too long')
  ])
})

void t.test('events come to nobody before the negotiation', async (t) => {
  const { tell } = talk('qemu-10.2', false)
  t.strictSame(tell(STOP), [])
})

void t.test('a client of a VMM that is gone is let go, behind the answer that it waits for', async (t) => {
  const { say, tell } = talk()
  t.strictSame(talk().tell({ kind: 'over' }), ['hang-up'])
  say(execute('quit') + execute('query-status'))
  t.strictSame(tell({ kind: 'over' }), [])
  t.strictSame(tell({ kind: 'answered', answer: {} }), ['{"return": {}}', 'hang-up'])
})

void t.test(
  'a client that speaks HTTP is let go without an answer, and what it says besides is not read',
  async (t) => {
    const { step } = talk()
    const effects = step({ kind: 'text', text: `POST / HTTP/1.1\r\n\r\n${execute('quit')}` })
    t.strictSame(effects, [{ kind: 'hang-up', because: 'it sent POST of HTTP' }])
  }
)

void t.test('a thousand lines of nonsense are answered one by one, and then a command', async (t) => {
  const { say } = talk()
  const NONSENSE = ['hello', '}{', '"', '[1 2]', 'Ä', '{"execute"}', '\u0000\u0001', '-', '{"a":1', "'"]
  let answered = 0
  for (let i = 0; i < 1000; i++) {
    const lines = say(`${NONSENSE[i % NONSENSE.length]}\n`)
    answered += lines.length
    t.ok(
      lines.every((line) => line.startsWith('{"error": {"class": "GenericError", "desc": "')),
      `line ${i}`
    )
  }
  t.ok(answered >= 800)
  // What is left of the last one is over with a character that no JSON has.
  say('\ufffd\n')
  t.strictSame(say(execute('query-name')), ['{"return": {"name": "vm0"}}'])
})

void t.test('whatever comes, in whatever pieces, is answered in JSON', async (t) => {
  const PIECES = [
    ...'{}[],:"\'\\ \n\t09-.eE\u0000\ufffdaZ%',
    '"execute"',
    '"arguments"',
    '"id"',
    '"qom-get"',
    '"query-status"',
    '{"execute": "query-target", "id": [1, {}]}',
    'true',
    '18446744073709551616',
    '\\ud800'
  ]
  for (let seed = 1; seed <= 300; seed++) {
    const random = new Random(seed)
    const { say } = talk('qemu-11.0', seed % 2 === 0)
    for (let i = 0; i < 40; i++) {
      const text = Array.from({ length: random.below(12) }, () => random.of(PIECES)).join('')
      for (const line of say(text)) if (line.startsWith('{')) JSON.parse(line)
    }
  }
  t.pass()
})
