import { signal } from '@preact/signals'
import type { OpenRun } from './open-run.ts'

/** Whether the story is being played. */
export const isPlaying = signal(false)

const STEP_MS = 420
let timer: ReturnType<typeof setInterval> | undefined

export function pause(): void {
  clearInterval(timer)
  isPlaying.value = false
}

/** Moves the playhead from one entry of the story to the next, from where it is or from the fault. */
export function playOrPause(run: OpenRun): void {
  if (isPlaying.value) return pause()
  const { model } = run
  const from = model.faultAt ?? model.bootEnd
  const stops = model.rows.filter(({ level, place }) => level === 'story' && place >= from).map(({ place }) => place)
  const now = run.playhead.value
  let next = now === Infinity ? 0 : stops.findIndex((place) => place > now)
  isPlaying.value = true
  timer = setInterval(() => {
    const place = next < 0 ? undefined : stops[next++]
    run.playhead.value = place ?? Infinity
    if (place === undefined) pause()
  }, STEP_MS)
}
