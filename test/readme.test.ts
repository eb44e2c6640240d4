import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { LAYERS } from '../shared/contracts/layer.ts'
import { QEMU_MEMORY_BLOCK } from './formats/worked-examples.ts'
import { furnished } from './support/furnished.ts'
import { freePortBase, program, ROOT, shell, shellProgram, type Ended } from './support/programs.ts'
import { services } from './support/services.ts'

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
/** What stands in fences that say `sh`. */
const blocksOf = (text: string) => [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block)

const hasIasl = (() => {
  try {
    execFileSync('iasl', ['-v'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

/** Never ends by itself: it is watched for a moment. */
const isEndless = (block: string) => block.includes('follow=true')
/** Without this tool of the distribution its half of a line is left out. */
const withoutIasl = (block: string) => (hasIasl ? block : block.replaceAll(/ && iasl -d \S+/g, ''))
/** Each curl of a block says what it was answered. */
const MARK = '\n--- '
const marked = (block: string) => block.replaceAll(/\bcurl -s /g, `curl -s -w '\\n--- %{http_code}\\n' `)

/** The others may write files of their own. */
const NEEDS_THE_CLONE = /^npx |@scenarios\//

/** Runs a block of curl lines; statuses in order. */
async function run(t: Test, block: string, cwd: string): Promise<Ended & { statuses: readonly number[] }> {
  const line = isEndless(block) ? `timeout 2 ${block.trim()} || test $? = 124` : withoutIasl(marked(block))
  const ended = await shell(`cd '${cwd}' && set -o pipefail\n${line}`)
  t.equal(ended.code, 0, `${block}${ended.out}${ended.err}`)
  return {
    ...ended,
    statuses: ended.out
      .split(MARK)
      .slice(1)
      .map((rest) => Number(rest.slice(0, 3)))
  }
}

const SELF_CONTAINED = /\bnpm |\bdocker |\bnode |\bpython3 /

void t.test('README: each curl line does what the text says, one after the other', async (t) => {
  const base = await freePortBase()
  const started = program('cli/start.ts', [], { SEABUS_PORT_BASE: `${base}` })
  t.teardown(() => started.stop())
  await started.says('Ctrl-C ends it.')
  const cwd = t.testdir()
  const blocks = blocksOf(read('README.md')).filter((block) => !SELF_CONTAINED.test(block))
  const moved = (block: string) => block.replaceAll(/127\.0\.0\.1:70(0\d)/g, (_, n) => `127.0.0.1:${base + Number(n)}`)
  const told = new Map<string, string>()

  for (const block of blocks) {
    const { out, statuses } = await run(t, moved(block), NEEDS_THE_CLONE.test(block) ? ROOT : cwd)
    const mayFail = block.includes('hostPhysicl')
    t.ok(mayFail || statuses.every((status) => status < 300), `${block}\n${out}`)
    told.set(block, out)
  }

  const about = (words: string) => [...told].find(([block]) => block.includes(words))?.[1] ?? ''
  t.match(about('follow=true'), /"type":"apei.notify"/, 'the journal')
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

for (const block of blocksOf(read('README.md')).filter((block) => SELF_CONTAINED.test(block))) {
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
    if (line.includes('POLICY_URL')) t.match(out.split('The counter-example')[0], /"guest": "panicked"/, line)
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

    for (const block of blocksOf(read(README_OF(layer))).filter((block) => !SELF_CONTAINED.test(block))) {
      for (const line of block.split(/\n(?=curl )/)) {
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
