import t from 'tap'
import { vmCreate } from '../../shared/contracts/vmm.ts'
import { services } from '../support/services.ts'
import { client, socketDirectory } from './client.ts'

/**
 * What QEMU 10.2's own clients send, byte for byte: they end no line. An answer is a text, or what it must match. It is what
 * the virt machine of that version answers, with one CPU.
 */
type Exchange = readonly (readonly [sent: string, ...answers: (string | RegExp)[]])[]

const GREETING =
  '{"QMP": {"version": {"qemu": {"micro": 0, "minor": 2, "major": 10}, "package": "seabus"}, "capabilities": ["oob"]}}'
const NEGOTIATION = ['{"execute":"qmp_capabilities","arguments":{"enable":["oob"]}}', '{"return": {}}'] as const
const qomGet = (device: number, property: string) =>
  `{"execute":"qom-get","arguments":{"path":"/machine/unattached/device[${device}]","property":"${property}"}}`

/** `ghes_inject.py arm`: an ARM processor error, a cache error, with the MIDR that it has asked for. */
const GHES_INJECT: Exchange = [
  NEGOTIATION,
  [qomGet(0, 'type'), '{"return": "host-arm-cpu"}'],
  [
    qomGet(1, 'type'),
    `{"error": {"class": "DeviceNotFound", "desc": "Device '/machine/unattached/device[1]' not found"}}`
  ],
  [qomGet(0, 'midr'), '{"return": 1095749825}'],
  [
    '{"execute":"inject-ghes-v2-error","arguments":{"cper":"AQAAAAAAAAAAAAAAkAAAAAAAAAAWPZ7hEbzkEZyqwgUdXUawAAAAAAADAABIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAAAQAAAEgAAAAAAAAAAAAAAAAAAADB0E9BAAAAAAAAAAAAAAAAACAEAAIBAAMPAJEAAAAAAO++rd4AAAAArQu6qwAAAAA="}}',
    '{"return": {}}'
  ]
]

const event = (name: string, data = '') =>
  new RegExp(`^\\{"timestamp": \\{"seconds": \\d+, "microseconds": \\d+\\}, "event": "${name}"${data}\\}$`)

/** qmp-shell, with a line for each thing that somebody types. It asks for the commands first, to complete their names. */
const QMP_SHELL: Exchange = [
  NEGOTIATION,
  [
    '{"execute":"query-commands","arguments":{},"id":"__qmp#00000"}',
    /^\{"return": \[(\{"name": "[a-z_0-9-]+"\}(, )?)+\], "id": "__qmp#00000"\}$/
  ],
  ['{"execute":"query-status","arguments":{}}', '{"return": {"status": "running", "running": true}}'],
  ['{"execute":"stop","arguments":{}}', event('STOP'), '{"return": {}}'],
  ['{"execute":"query-status","arguments":{}}', '{"return": {"status": "paused", "running": false}}'],
  ['{"execute":"cont","arguments":{}}', event('RESUME'), '{"return": {}}'],
  [
    '{"execute":"system_reset","arguments":{}}',
    '{"return": {}}',
    event('RESET', ', "data": \\{"guest": false, "reason": "host-qmp-system-reset"\\}')
  ],
  [
    '{"execute":"info","arguments":{}}',
    '{"error": {"class": "CommandNotFound", "desc": "The command info has not been found"}}'
  ],
  [
    '{"execute":"quit","arguments":{}}',
    '{"return": {}}',
    event('SHUTDOWN', ', "data": \\{"guest": false, "reason": "host-qmp-quit"\\}')
  ]
]

const EXCHANGES = { 'ghes_inject.py': GHES_INJECT, 'qmp-shell': QMP_SHELL }

for (const [name, exchange] of Object.entries(EXCHANGES)) {
  void t.test(`${name} of QEMU finds what it looks for`, async (t) => {
    const directory = socketDirectory(t)
    const { system } = await services(t, { qmp: { directory } })
    await system.tell('m0', vmCreate, { vm: 'vm0', profile: 'qemu-10.2' })
    await system.settle()
    const { say, line } = await client(t, `${directory}/m0.vm0.qmp`)
    t.equal(await line(), GREETING)
    for (const [sent, ...answers] of exchange) {
      say(sent)
      for (const answer of answers) {
        const got = await line()
        if (typeof answer === 'string') t.equal(got, answer, sent)
        else t.match(got, answer, sent)
      }
    }
    await system.settle()
    const journal = (await system.journal('m0')).map((entry) => JSON.stringify(entry)).join('\n')
    if (exchange !== GHES_INJECT) return
    t.match(journal, /Hardware error from APEI Generic Hardware Error Source: 1/, 'and the guest is told of it')
    t.match(journal, /MIDR: 0x00000000414fd0c1/)
  })
}
