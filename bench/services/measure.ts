import type { Figure, Result, Scale, WarmUp } from '../figure.ts'
import type { GoalName } from '../goals.ts'
import { storyOnTheWire } from '../in-process.ts'
import { portBase } from '../processes/ports.ts'
import { percentile } from '../statistics.ts'
import { ring } from './ring.ts'
import { IN_FLIGHT, sideBySide, SLICE, type Sampled, type SideBySide, type Sizes } from './side-by-side.ts'
import { stories } from './story.ts'
import { startServices, type Form } from './systems.ts'

const SERVICES = 7

/** POST is several times slower, and is not what the goals are about. */
const SIZES: Readonly<Record<Scale, Readonly<Record<Form['over'], Sizes>>>> = {
  full: {
    links: { warmUp: 1000, samples: 200, slices: 13 },
    POST: { warmUp: 400, samples: 100, slices: 6 }
  },
  quick: {
    links: { warmUp: 200, samples: 40, slices: 3 },
    POST: { warmUp: 80, samples: 20, slices: 2 }
  }
}

/** The form in which seabus is meant to run; goals are about it. */
const isHeld = ({ processes, over, durable }: Form) => processes === 'seven' && over === 'links' && durable

/** Measures stories over services of these forms, each beside a ring of its own. */
export async function measureForms(forms: readonly Form[], scale: Scale): Promise<Result> {
  const figures: Figure[] = []
  const warmUps: WarmUp[] = []
  const wire = storyOnTheWire()
  for (const form of forms) {
    const sizes = SIZES[scale][form.over]
    const base = await portBase()
    const story = await stories(await startServices(form, base))
    const lap = await ring(form.processes, base + SERVICES, wire)
    const measured = await sideBySide(story, lap, sizes)
    await Promise.all([story.stop(), lap.stop()])
    figures.push(...figuresOf(form, measured))
    warmUps.push({ what: nameOf(form), count: sizes.warmUp, of: 'stories', seconds: measured.warmUpSeconds })
  }
  const { links, POST } = SIZES[scale]
  return {
    figures,
    warmUps,
    notes: [
      `The ring's lap has ${wire.hops} hops, its frames ${Math.round(wire.frameBytes)} bytes, both as a story's.`,
      `Samples: over links ${samplesText(links)}, by POST ${samplesText(POST)}.`
    ]
  }
}

const samplesText = ({ samples, slices }: Sizes) =>
  `${samples} one at a time and ${slices} slices of ${SLICE} with ${IN_FLIGHT} in flight`

const nameOf = ({ over, durable }: Form) => `${over}, ${durable ? 'durable' : 'not durable'}`

function figuresOf(form: Form, { story, ring }: SideBySide): readonly Figure[] {
  const held = (goal: GoalName): Pick<Figure, 'goals'> => (isHeld(form) ? { goals: [goal] } : {})
  const named = (what: string) => `${nameOf(form)}: ${what}`
  const at = (percent: number) => ({
    unit: 'ms' as const,
    value: percentile(story.times, percent),
    ring: percentile(ring.times, percent)
  })
  const cpu = (of: keyof Sampled['cpu']) => ({ unit: 'ms' as const, value: story.cpu[of], ring: ring.cpu[of] })
  return [
    { name: named('p50'), ...at(50), ...held('latency') },
    { name: named('p99'), ...at(99) },
    {
      name: named(`throughput, ${IN_FLIGHT} in flight`),
      unit: 'stories/s',
      value: story.perSecond,
      ring: ring.perSecond,
      ...held('throughput')
    },
    { name: named('CPU, all'), ...cpu('all'), ...held('cpu') },
    { name: named(`CPU, ${IN_FLIGHT} in flight`), ...cpu('together') },
    { name: named('CPU, one at a time'), ...cpu('alone') }
  ]
}
