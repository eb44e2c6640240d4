import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { LAYERS, PORTS, URL_VARIABLE } from '../../shared/contracts/layer.ts'
import { foreign } from '../service/http.ts'
import { freePortBase } from '../support/ports.ts'
import { GOING_CLOCK } from '../support/processes.ts'
import { program } from '../support/programs.ts'
import { request } from '../support/requests.ts'

const START = 'cli/start.ts'
const SERVICE = 'cli/service.ts'
const at = (base: number, layer: (typeof LAYERS)[number]) => base - PORTS.console + PORTS[layer]
const oneLine = /^[^\n]+\n$/

void t.test('npm start -- --once walks the story and its counter-example, and exits 0', async (t) => {
  const base = await freePortBase()

  const { code, out, err } = await program(START, ['--once'], { SEABUS_PORT_BASE: `${base}` }).ended

  t.equal(code, 0, err)
  t.equal(err, '')
  const [story = '', counterExample = ''] = out.split('The counter-example')
  t.match(story, 'BUS_MCEERR_AO')
  t.match(story, 'BUS_MCEERR_AR')
  t.match(story, /^redis was killed by BUS_MCEERR_AR; nginx, the guest and the host go on$/m)
  t.match(story, /boots: 5 of 7 error sources are armed, .* refused by design/)
  t.notMatch(out, /Failed to map GSI/)
  t.match(counterExample, /^avoidable panic: .*guest panicked/m)
  t.equal(out.match(/This is how it must end\./g)?.length, 2)
})

void t.test(
  'npm start -- --once judges nothing of which not all is kept: it says what is missing, and exits 1',
  async (t) => {
    const base = await freePortBase()

    const env = { SEABUS_PORT_BASE: `${base}`, SEABUS_RETENTION: '15' }
    const { code, out, err } = await program(START, ['--once'], env).ended

    t.equal(code, 1)
    t.equal(out, '')
    t.match(
      err,
      /^morse: how it ended cannot be told: .*host-kernel's entries 1 to \d+.* are not all kept.*\nsei: .*\n$/
    )
  }
)

void t.test('--help of both programs says what every variable of docs/variables.md does', async (t) => {
  const page = readFileSync(new URL('../../docs/variables.md', import.meta.url), 'utf8')
  const named = new Set([...page.matchAll(/^\| `(\w+)`/gm)].map(([, name = '']) => name))
  t.ok(named.size > 30)

  for (const [file, args] of [
    [START, ['--help']],
    [SERVICE, ['--help']]
  ] as const) {
    const { code, out, err } = await program(file, args, {}).ended
    const explained = [...out.matchAll(/^ {2}(\w+) {2,}\w/gm)].map(([, name = '']) => name)

    t.strictSame([code, err], [0, ''], file)
    t.strictSame(new Set(explained), new Set([...named, ...Object.values(URL_VARIABLE)]), file)
  }
})

void t.test('off the loopback a service without a token does not start, and says in one line what to do', async (t) => {
  const commands = [
    [START, []],
    [SERVICE, ['policy']],
    [SERVICE, ['console']]
  ] as const
  for (const [file, args] of commands) {
    const { code, out, err } = await program(file, args, { SEABUS_HOST: '0.0.0.0' }).ended

    t.strictSame([code, out], [1, ''], file)
    t.match(err, /^SEABUS_HOST=0\.0\.0\.0 [^\n]*SEABUS_TOKEN[^\n]*SEABUS_TRUST_NETWORK=yes[^\n]*\n$/)
  }
})

void t.test('npm start --once walks the story behind a token too, and tells nobody which', async (t) => {
  const variables = { SEABUS_PORT_BASE: `${await freePortBase()}`, SEABUS_TOKEN: 'open-sesame-42' }

  const { code, out, err } = await program(START, ['--once'], variables).ended

  t.strictSame([code, err], [0, ''])
  t.equal(out.match(/This is how it must end\./g)?.length, 2)
  t.notMatch(out, variables.SEABUS_TOKEN)
})

/** What a person wants to know once everything runs. */
const END = new RegExp(
  [
    '\nredis was killed by BUS_MCEERR_AR; nginx, the guest and the host go on',
    '\nThe counter-example: the guest kernel panicked .*',
    '\n\nThe page: http://127\\.0\\.0\\.1:(\\d+)',
    '\nTry, in another terminal:\n',
    '\n  npx seabus watch --url http://127\\.0\\.0\\.1:\\1',
    '\n  npx seabus inject .*--url http://127\\.0\\.0\\.1:\\1',
    '\n  npx seabus diff .*\n',
    '\nCtrl-C ends it\\.\n$'
  ].join('')
)

void t.test('npm start keeps serving until it is stopped, and says where', async (t) => {
  const base = await freePortBase()
  const started = program(START, [], { SEABUS_PORT_BASE: `${base}` })

  await started.says('Ctrl-C ends it.')
  const healths = await Promise.all(LAYERS.map((layer) => request(`http://127.0.0.1:${at(base, layer)}/health`)))
  const { code, out } = await started.stop()

  t.ok(healths.every(({ status }) => status === 200))
  t.match(out.slice(out.lastIndexOf('This is how it must end.')), END, 'and what became of everyone, and what to try')
  t.match(out, `http://127.0.0.1:${base}`)
  t.equal(code, 0)
})

void t.test('a port in use is one clear line, and not success', async (t) => {
  const base = await freePortBase()
  const taken = createServer()
  await new Promise<void>((resolve) => void taken.listen(at(base, 'host-kernel'), '127.0.0.1', resolve))
  t.teardown(() => taken.close())

  const { code, out, err } = await program(START, ['--once'], { SEABUS_PORT_BASE: `${base}` }).ended

  t.equal(code, 1)
  t.equal(err, `host-kernel cannot listen: 127.0.0.1:${(taken.address() as AddressInfo).port} is in use already\n`)
  t.equal(out, '')
})

const MISTAKES = [
  { name: 'an unknown option', args: ['--onec'], variables: {}, code: 2, says: /--onec.*--help/ },
  { name: 'a word too many', args: ['now'], variables: {}, code: 2, says: /now.*--help/ },
  { name: 'a port that is none', args: [], variables: { SEABUS_PORT_BASE: 'x' }, code: 1, says: /SEABUS_PORT_BASE.*x/ },
  { name: 'the port of one for all', args: [], variables: { SEABUS_PORT: '1' }, code: 1, says: /SEABUS_PORT_BASE/ },
  { name: 'an address that is none', args: [], variables: { POLICY_URL: 'there' }, code: 1, says: /POLICY_URL.*there/ }
]
for (const { name, args, variables, code, says } of MISTAKES) {
  void t.test(`${name} is one clear line`, async (t) => {
    const ended = await program(START, args, variables).ended

    t.equal(ended.code, code)
    t.match(ended.err, says)
    t.match(ended.err, oneLine)
    t.equal(ended.out, '')
  })
}

void t.test('--help tells the options and the variable that moves the ports', async (t) => {
  const { code, out } = await program(START, ['--help']).ended

  t.equal(code, 0)
  t.match(out, '--once')
  t.match(out, 'SEABUS_PORT_BASE')
  t.match(out, 'POLICY_URL')
})

void t.test('each service starts alone, told its neighbours, and together they walk the story', async (t) => {
  const base = await freePortBase()
  const programs = LAYERS.map((layer) => {
    const url = (other: (typeof LAYERS)[number]) => `http://127.0.0.1:${at(base, other)}`
    return program(SERVICE, [layer], {
      SEABUS_PORT: `${at(base, layer)}`,
      HARDWARE_URL: url('hardware'),
      FIRMWARE_URL: url('firmware'),
      HOST_KERNEL_URL: url('host-kernel'),
      VMM_URL: url('vmm'),
      POLICY_URL: url('policy'),
      GUEST_URL: url('guest')
    })
  })
  t.teardown(() => Promise.all(programs.map(({ stop }) => stop())))
  for (const [index, layer] of LAYERS.entries()) await programs[index]?.says(`${layer} serves http://127.0.0.1:`)

  const { json } = await request(`http://127.0.0.1:${base}/v1/runs`, { body: { story: 'morse' } })

  t.match(json, { asExpected: true, outcome: { guest: 'running', tasks: { redis: 'killed', nginx: 'completed' } } })
})

void t.test('a service that there is not is one clear line', async (t) => {
  const { code, err } = await program(SERVICE, ['bios']).ended

  t.equal(code, 2)
  t.equal(err, `which service? one of ${LAYERS.join(', ')}\n`)
})

void t.test('a policy that nobody serves is one line, and the story goes on by the fallbacks', async (t) => {
  const base = await freePortBase()
  const nobody = `http://127.0.0.1:${base + LAYERS.length}`
  const started = program(START, ['--once'], { SEABUS_PORT_BASE: `${base}`, POLICY_URL: nobody, ...GOING_CLOCK })

  const { code, out, err } = await started.ended

  t.equal(code, 1, 'the counter-example needs its policy')
  t.equal(err, `POLICY_URL=${nobody}: connection refused; VMs go on by their fallbacks\n`)
  t.equal(out.match(/because policy at http:\S+: connection refused$/gm)?.length, 4)
  t.match(out, /This is how it must end\.(.*\n)*THIS IS NOT HOW IT MUST END\./, 'the usual fallback kills only redis')
})

void t.test('a layer that is not there is one line too', async (t) => {
  const base = await freePortBase()
  const nobody = `http://127.0.0.1:${base + LAYERS.length}`

  const { code, out, err } = await program(START, ['--once'], { SEABUS_PORT_BASE: `${base}`, VMM_URL: nobody }).ended

  t.strictSame([code, out], [1, ''])
  t.equal(err, `the story cannot be walked: morse: ${nobody}: connection refused (neighbour-unreachable)\n`)
})

void t.test('a policy of thirty lines, told by POLICY_URL, changes how the story ends', async (t) => {
  const asked: string[] = []
  const policy = await foreign((request, response, body) => {
    if (request.method !== 'POST' || !/^\/v1\/machines\/[^/]+\/decisions$/.test(request.url ?? '')) {
      return void response.writeHead(404).end()
    }
    const { signal } = JSON.parse(body) as { signal: { code: string } }
    asked.push(signal.code)
    const action = signal.code === 'BUS_MCEERR_AR' ? 'kill-vmm' : 'ignore'
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ action, because: 'mine' }))
  })
  t.teardown(() => policy.close())
  const base = await freePortBase()
  const started = program(START, ['--once'], { SEABUS_PORT_BASE: `${base}`, POLICY_URL: policy.url })

  const { code, out } = await started.ended

  t.equal(code, 1, 'this is not how the story must end')
  t.strictSame(new Set(asked), new Set(['BUS_MCEERR_AO', 'BUS_MCEERR_AR']))
  t.match(out, /vm0 killed/)
  t.match(out, 'THIS IS NOT HOW IT MUST END.')
})
