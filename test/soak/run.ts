import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadHere } from '../../bench/machine.ts'
import { directoryOfProcess } from '../../bench/processes/directory.ts'
import { portBase } from '../../bench/processes/ports.ts'
import { storyOnTheWire } from '../../bench/in-process.ts'
import { ring } from '../../bench/services/ring.ts'
import { seenOn, writeSection } from '../reliability/page.ts'
import { soakText, verdictsOf, type Block, type Soak } from './figures.ts'
import { storiesOn } from './stories.ts'
import { startSoaked, type Form } from './system.ts'

const HELP = `npm run soak [-- OPTIONS]

Tells stories one after the other over services that keep everything, each on a machine that is deleted when it has ended,
and compares memory, disk and latency of the last thousand with those of the second; latency in relation to that of a bare
WebSocket ring, which is measured in between. Exits 1 when something has grown.

  --form one|seven   all services in one process, or one process each; by default one after the other
  --stories N        by default 100000 in one process, and 20000 in seven
  --block N          compares blocks of so many stories; by default 1000, of few stories an eighth
  --minutes M        ends a form after so long, with what was told by then; by default 240
  --write            writes what was seen into docs/reliability.md
  --help             this text`

const STORIES: Readonly<Record<Form, number>> = { one: 100_000, seven: 20_000 }
/** Fewer stories than these are compared in eighths. */
const FEW = 8000

const { values } = parseArgs({
  options: {
    form: { type: 'string' },
    stories: { type: 'string' },
    block: { type: 'string' },
    minutes: { type: 'string', default: '240' },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false }
  }
})

function formsOf(asked: string | undefined): readonly Form[] {
  if (asked === undefined) return ['one', 'seven']
  if (asked === 'one' || asked === 'seven') return [asked]
  throw new Error(`--form is one or seven, not ${asked}`)
}

/** The ring's ports come after those of the services. */
const SERVICES = 7

const progress = (line: string) => void process.stderr.write(`${line}\n`)

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const begun = performance.now()
  const result = await work()
  return [result, performance.now() - begun]
}

async function soak(form: Form, asked: number, size: number, minutes: number, directory: string): Promise<Soak> {
  const base = await portBase()
  const data = join(directory, form)
  const start = () => startSoaked(form, base, data)
  const [services, empty] = await timed(start)
  const lap = await ring(form, base + SERVICES, storyOnTheWire())
  const stories = await storiesOn(services.urls, lap)
  const blocks: Block[] = []
  const begun = performance.now()
  const spent = () => (performance.now() - begun) / 60_000
  for (let until = size; until <= asked && spent() < minutes; until += size) {
    const block = {
      until,
      ...(await stories.tell(size)),
      ...(await services.memory()),
      diskBytes: services.diskBytes()
    }
    blocks.push(block)
    const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
    progress(
      `${form}: ${until} stories, ${spent().toFixed(1)} min, heap ${mb(block.heapBytes)}, disk ${mb(block.diskBytes)}`
    )
  }
  const told = spent()
  await stories.close()
  await lap.stop()
  await services.kill()
  const [again, after] = await timed(start)
  const startCpuMs = await again.cpuMs()
  await again.kill()
  return { form, asked, blocks, minutes: told, startMs: { empty, after }, startCpuMs }
}

if (values.help) {
  console.log(HELP)
} else {
  const directory = directoryOfProcess()
  for (const form of formsOf(values.form)) {
    const load = loadHere()
    const asked = values.stories === undefined ? STORIES[form] : Number(values.stories)
    const few = asked >= FEW ? 1000 : Math.max(1, Math.floor(asked / 8))
    const size = values.block === undefined ? few : Number(values.block)
    const seen = await soak(form, asked, size, Number(values.minutes), directory)
    const text = `${soakText(seen)}\n${seenOn(load)}\n`
    console.log(`## ${form === 'one' ? 'In one process' : 'Over seven processes'}\n\n${text}`)
    if (values.write) writeSection(`soak ${form}`, text)
    if (verdictsOf(seen).some(({ met }) => !met)) process.exitCode = 1
  }
}
