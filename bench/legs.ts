import type { Result, Scale } from './figure.ts'

/** A part of the bench that can be run alone. */
export interface Leg {
  readonly title: string
  /** How it measures: sentences for the page. */
  readonly how: string
  /** Flags of Node that its process needs. */
  readonly flags?: readonly string[]
  /** Loads the leg's own file, in the leg's process only. */
  readonly load: () => Promise<{ run(scale: Scale): Promise<Result> }>
}

const STORY =
  'A story goes from the error (an SError over a page of a guest) to the dead task in the guest: notification, GHES, ' +
  'memory_failure, SIGBUS BUS_MCEERR_AO, stage 2, the touch, BUS_MCEERR_AR, the SEA in the guest.'
const RING = [
  'The ring beside it is bare `ws`: seven nodes that hand a frame of JSON on to the next, as many hops as a story has',
  'messages and answers, frames of a turn of the event loop written together. Story and ring take turns, so that both',
  'meet the same machine; the driver is another process and is in no CPU figure. p50 and p99 are of one at a time, from',
  "the first POST until the guest's journal says that the task is dead; throughput is of slices of 40 stories with 32 in",
  'flight, and of as many laps. CPU is of all processes with all their threads, whatever runs after the end of a story',
  'included, without set-up; `all` is over those one at a time and those in flight. POST figures are of',
  '`SEABUS_LINK=off`; their ring is the same.'
].join(' ')

/** Why seven processes are as far from the ring as they are. */
const PROFILE =
  'A profile of the durable services is flat: writing sockets takes 11 to 22 % of the samples, collecting garbage 7 %, the ' +
  'flush of SQLite 6 to 8 %, no function of ours more than 3 %. One story, one at a time, makes 67 writes to sockets and 58 ' +
  'reads, about one of each for a message or answer. What is dear is to wake a process that sleeps: a hop of a lap takes ' +
  'some 100 us of CPU one at a time and 6 us in flight, where laps share their writes; stories hardly share any. Reading a ' +
  'status block and its acknowledgement at once, and clearing both at once, would save at most 16 of the 52 hops; the ' +
  'store is the difference to the services that are not durable. Both together leave the goals missed.'

/** Why a story in process takes as long as it does. */
const IN_PROCESS_PROFILE =
  'A profile is flat: collecting garbage takes 17 % of the samples, memory as bytes 6 %, the engine 4 %, no function more than 3 %.'

/** All legs, in the order in which they run. */
export const LEGS = {
  'in-process': {
    title: 'In process',
    how:
      `${STORY} One thread, virtual time, no JSON. CPU counts the helper threads of V8 too (garbage collection, ` +
      'compilation), so a story a core is what a core can sustain. Variants run one after the other, each after its own ' +
      `warm-up. ${IN_PROCESS_PROFILE}`,
    load: () => import('./legs/in-process.ts')
  },
  'seven-processes': {
    title: 'Seven processes',
    how:
      `Seven times \`cli/service.ts\`; durable is \`SEABUS_DATA\` in a directory of the bench. ${RING} ` + `${PROFILE}`,
    load: () => import('./legs/seven-processes.ts')
  },
  'one-process': {
    title: 'Seven services in one process',
    how: '`cli/start.ts`, as `npm start` runs it; all seven nodes of the ring are in one process too. The rest is as above.',
    load: () => import('./legs/one-process.ts')
  },
  matrix: {
    title: 'The shipped matrix',
    how:
      'All scenarios in all columns, as `seabus matrix` runs them. The first pass is what the command itself has. All ' +
      'run on one core: two processes with every other scenario each took 1.8 s instead of 2.6 s of wall time on two ' +
      'cores, and as much CPU (3.4 s and 3.5 s); for `run scenarios` it was 0.83 s instead of 0.93 s, with 1.6 s of ' +
      'CPU instead of 1.25 s. At this size that is not worth workers.',
    load: () => import('./legs/matrix.ts')
  },
  'ghes-records': {
    title: 'Error records',
    how: 'A polled source with distinct records, from the block through ghes_proc() to memory_failure().',
    load: () => import('./legs/ghes-records.ts')
  },
  'memory-failure': {
    title: 'memory_failure()',
    how: 'Random sparse pages of 1 TiB, and the heap that they take.',
    flags: ['--expose-gc'],
    load: () => import('./legs/memory-failure.ts')
  },
  'start-up': {
    title: 'Start-up',
    how:
      'Wall time of the command, the median of runs that take turns. Without a compile cache is ' +
      '`NODE_DISABLE_COMPILE_CACHE=1`, with a warm one is `NODE_COMPILE_CACHE` after a first run; as it is, neither is ' +
      "set, and the cache lies in the system's folder for temporary files. The operating system's cache is warm in all of them.",
    load: () => import('./legs/start-up.ts')
  },
  'web-page': {
    title: 'The page',
    how:
      'Headless Chromium at `cli/start.ts`. A task is what the page does without answering in between, scripts, style and ' +
      "drawing, as Chromium's trace has it; the list is opened, scrolled to its end and back, and filtered; the run " +
      'is opened, shown with everything, scrolled, and its slider moved.',
    load: () => import('./legs/web-page.ts')
  }
} as const satisfies Readonly<Record<string, Leg>>

export type LegName = keyof typeof LEGS
export const LEG_NAMES = Object.keys(LEGS) as readonly LegName[]
