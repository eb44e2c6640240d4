import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { LAYERS } from '../shared/contracts/layer.ts'
import { QEMU_MEMORY_BLOCK } from './formats/worked-examples.ts'
import { furnished } from './support/furnished.ts'
import { systemOfServices } from '../shared/machine-room/over-http.ts'
import { urlsFromEnv } from '../shared/service/ports.ts'
import { needs } from './support/commands.ts'
import { shellBlocks } from './support/pages.ts'
import { freePortBase } from './support/ports.ts'
import { program, ROOT, shell, shellProgram, type Ended } from './support/programs.ts'
import { services } from './support/services.ts'

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

/** Without this tool of the distribution its half of a line is left out; CI has it. */
const hasIasl = (await needs('iasl', 'Debian: acpica-tools')).skip === undefined
const withoutIasl = (block: string) => (hasIasl ? block : block.replaceAll(/ && iasl -d \S+/g, ''))
/** A limit of time is no part of what a line shows: the machine may be busy. */
const patient = (block: string) => block.replace(/seabus conform .*/, '$& --deadline 3600000')
/** Never ends by itself: it is ended when it has shown what it is for. */
const isEndless = (block: string) => block.includes('follow=true')
/** Each curl of a block says what it was answered. */
const MARK = '\n--- '
const marked = (block: string) => block.replaceAll(/\bcurl -s /g, `curl -s -w '\\n--- %{http_code}\\n' `)

/** The others may write files of their own. */
const NEEDS_THE_CLONE = /^npx |@scenarios\//

interface Shown {
  readonly out: string
  /** Of each curl, in order. */
  readonly statuses: readonly number[]
}

/** Runs a line; it has to end well. */
async function run(t: Test, line: string, cwd: string): Promise<Shown> {
  const ended = await shell(inFolder(withoutIasl(patient(marked(line))), cwd))
  t.equal(ended.code, 0, `${line}${ended.out}${ended.err}`)
  const statuses = ended.out.split(MARK).slice(1)
  return { out: ended.out, statuses: statuses.map((rest) => Number(rest.slice(0, 3))) }
}

/** Runs a line that never ends until it has said these words. */
async function watch(line: string, cwd: string, words: string): Promise<Ended> {
  const started = shellProgram(inFolder(line, cwd))
  await started.says(words)
  return started.stop()
}

const inFolder = (line: string, cwd: string) => `cd '${cwd}' && set -o pipefail\n${line}`
/** The lines of a block, each curl by itself. */
const linesOf = (block: string) => block.split(/\n(?=curl )/)

const SELF_CONTAINED = /\bnpm |\bdocker |\bnode |\bpython3 /

void t.test('README: each curl line does what the text says, one after the other', async (t) => {
  const base = await freePortBase()
  const started = program('cli/start.ts', [], { SEABUS_PORT_BASE: `${base}` })
  t.teardown(() => started.stop())
  await started.says('Ctrl-C ends it.')
  const system = systemOfServices(urlsFromEnv({ SEABUS_PORT_BASE: `${base}` }))
  const cwd = t.testdir()
  const blocks = shellBlocks(read('README.md')).filter((block) => !SELF_CONTAINED.test(block))
  const moved = (block: string) => block.replaceAll(/127\.0\.0\.1:70(0\d)/g, (_, n) => `127.0.0.1:${base + Number(n)}`)
  const told = new Map<string, string>()

  for (const block of blocks) {
    if (isEndless(block)) {
      told.set(block, (await watch(moved(block), cwd, '"type":"apei.notify"')).out)
      continue
    }
    const mayFail = block.includes('hostPhysicl')
    let all = ''
    for (const line of linesOf(moved(block))) {
      const { out, statuses } = await run(t, line, NEEDS_THE_CLONE.test(block) ? ROOT : cwd)
      t.ok(mayFail || statuses.every((status) => status < 300), `${line}\n${out}`)
      all += out
      // A 202 says that a message has been taken in; the next line is about what it leads to.
      await system.settle()
    }
    told.set(block, all)
  }

  const about = (words: string) => [...told].find(([block]) => block.includes(words))?.[1] ?? ''
  t.match(about('follow=true'), /"type":"machine.start"[^]*"type":"apei.notify"/, 'the journal')
  t.match(about('"story":"sei"'), /"avoidablePanic": true/, 'the counter-example')
  t.match(about('@scenarios/'), /"asExpected":true/, 'a scenario file')
  t.match(about('"sei":true'), /"guest":"running"/, 'and with a kernel that has SEI support')
  t.match(about('victim'), /"code":4,"address":"0xffff9a801018"/, 'BUS_MCEERR_AR for the byte')
  t.match(about('victim'), /Memory failure: 0x7bf15: recovery action for dirty LRU page: Recovered/)
  t.match(about('redis'), /"outcome":"completed"/, 'the task of the VM')
  t.match(about('redis'), /"guestPhysical":"0x40001000"/, 'and where its memory is')
  t.match(about('record.bin'), /a5bc1114-6f64-4ede-b863-3e83ed7c83b1/, 'the memory section')
  t.match(about('record.bin'), /000000 0[01] 00 00 00/, 'the bytes of the block')
  if (hasIasl) t.match(readFileSync(join(cwd, 'hest.dsl'), 'utf8'), /Hardware Error Source Table/, 'the HEST')
  t.match(about('seabus matrix'), /24-unacknowledged-qemu/, 'the matrix')
  t.match(about('seabus diff'), /they part/, 'where two policies part')
  t.match(about('--mermaid'), /sequenceDiagram/, 'a run as a diagram')
  t.match(about('seabus replay'), /all match|match: /, 'a recording')
  t.match(about('hostPhysicl'), /did you mean hostPhysical\?/, 'a mistake')
})

for (const block of shellBlocks(read('README.md')).filter((block) => SELF_CONTAINED.test(block))) {
  const line = block.trim()
  void t.test(`README: ${line.split('\n').at(-1)} does what it is for`, async (t) => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> }
    const ci = read('.ci/run')
    const [, script] = /^(?:npm ci && )?(?:\w+=\S+ )?npm (?:run )?([\w:]+)/m.exec(line) ?? []

    if (script !== undefined) t.ok(scripts[script], `${line} has a script`)
    if (line.startsWith('npm ci && ')) {
      t.match(ci, 'npm ci', 'from a fresh clone')
      t.match(ci, script === 'test' ? 'npm test' : 'npm run test:compose', `${line} is run there`)
    } else if (line.startsWith('docker ')) {
      t.match(ci, 'npm run test:compose', `${line} is run there`)
    } else if (line === 'npm run bench') {
      t.match(scripts['bench'], 'bench/run.ts')
    } else {
      await runsItself(t, line)
    }
  })
}

/** A line that starts our own programs, run on ports of its own. */
async function runsItself(t: Test, line: string): Promise<void> {
  const base = await freePortBase()
  const cwd = t.testdir()
  const moved = line
    .replaceAll(/127\.0\.0\.1:70(0\d)/g, (_, n) => `127.0.0.1:${base + Number(n)}`)
    .replaceAll('8005', `${base + 8}`)
    .replaceAll('./data', `${cwd}/data`)
  if (line.includes('--once')) {
    const { out, err } = await shell(moved, { SEABUS_PORT_BASE: `${base}` })
    t.match(out, 'The counter-example', `${line}\n${err}`)
    if (line.includes('POLICY_URL'))
      t.match(out.split('The counter-example')[0], /the guest kernel panicked on an SError/, line)
    return
  }
  const needsFirmware = line.includes('FIRMWARE_URL')
  const firmware = needsFirmware ? program('cli/service.ts', ['firmware'], { SEABUS_PORT_BASE: `${base}` }) : undefined
  await firmware?.says('firmware serves')
  const started = shellProgram(moved, { SEABUS_PORT_BASE: `${base}` })
  await started.says(needsFirmware ? 'Ctrl-C ends it.' : 'firmware serves')
  const { code } = await started.stop()
  t.ok(code === 0 || code === null || code === 143, `${line} ends when it is told to: ${code}`)
  await firmware?.stop()
}

const README_OF = (layer: string) => `services/${layer}/README.md`
const DOCUMENTED = LAYERS.filter((layer) => readdirSync(join(ROOT, 'services', layer)).includes('README.md'))

for (const layer of DOCUMENTED) {
  void t.test(`${README_OF(layer)}: each curl line works`, async (t) => {
    const machine = await services(t)
    const cwd = t.testdir()
    writeFileSync(join(cwd, 'record.bin'), QEMU_MEMORY_BLOCK)
    if (layer !== 'vmm') await furnished(machine)
    const ports = new Map(LAYERS.map((each, index) => [7000 + ((index + 1) % LAYERS.length), machine.urls[each]]))
    const moved = (block: string) =>
      block.replaceAll(/(?:http:\/\/)?(?:localhost|127\.0\.0\.1):(70\d\d)/g, (_, port) => ports.get(Number(port)) ?? '')

    for (const block of shellBlocks(read(README_OF(layer))).filter((block) => !SELF_CONTAINED.test(block))) {
      for (const line of linesOf(block)) {
        if (isEndless(line)) {
          await watch(moved(line), cwd, '"type":"machine.start"')
          continue
        }
        const { statuses, out } = await run(t, moved(line), NEEDS_THE_CLONE.test(line) ? ROOT : cwd)
        await machine.system.settle()

        t.ok(
          statuses.every((status) => status < 300),
          `${line}\n${out}`
        )
      }
    }
  })
}
