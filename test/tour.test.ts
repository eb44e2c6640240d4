import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { shellBlocks } from './support/pages.ts'
import { freePortBase } from './support/ports.ts'
import { program, ROOT, shell, shellProgram } from './support/programs.ts'

const PAGE = readFileSync(join(ROOT, 'docs/tour.md'), 'utf8')
const BLOCKS = shellBlocks(PAGE)
const SEABUS = `${process.execPath} ${join(ROOT, 'cli/seabus.ts')}`
/** A limit of time is no part of what a line shows: the machine may be busy. */
const PATIENT = '--deadline 3600000'

void t.test('the tour can be taken from its first command to its last', async (t) => {
  const base = await freePortBase()
  const here = (block: string) =>
    block
      .replaceAll('npx seabus', SEABUS)
      .replaceAll(/127\.0\.0\.1:70(0\d)/g, (_, nth) => `127.0.0.1:${base + Number(nth)}`)
      .replaceAll('8005', `${base + 8}`)
      .replaceAll(/conform policy .*/g, `$& ${PATIENT}`)
  const cwd = t.testdir({})
  const inFolder = (block: string) => `cd '${cwd}' && set -euo pipefail\n${here(block)}`
  const told = new Map<string, string>()

  for (const block of BLOCKS) {
    const line = block.trim().split('\n').at(-1) ?? ''
    if (line === 'npx seabus up') {
      const up = program('cli/start.ts', [], { SEABUS_PORT_BASE: `${base}` })
      t.teardown(() => up.stop())
      await up.says('Ctrl-C ends it.')
    } else if (line.endsWith('&')) {
      const policy = shellProgram(inFolder(`${block}wait\n`))
      t.teardown(() => policy.stop())
      await policy.says('it serves')
    } else {
      const { code, out, err } = await shell(inFolder(block))
      t.equal(code, 0, `${line}\n${out.slice(-1000)}\n${err}`)
      told.set(block, out)
    }
  }

  const about = (words: string) => [...told].find(([block]) => block.includes(words))?.[1] ?? ''
  t.ok(told.size > 8)
  t.match(about('run 01-story\n'), /redis was killed by BUS_MCEERR_AR; nginx, the guest and the host go on/)
  t.match(about('explain'), /FATAL-TO-CONTEXT[^]*BUS_MCEERR_AR \(signal\)[^]*qemu-11\.0 \(profile\)/)
  t.match(about('diff'), /the decision that made their ends differ[^]*they part/)
  t.match(about('mine.yaml <<END'), /as expected/)
  t.match(about('--vmm reference'), /01-story +k +V/, 'the VM is lost where the policy stops it')
  t.match(about('conform policy http://127.0.0.1:8005'), /keeps the contract/)
  t.match(about('--url'), /as expected/)
})
