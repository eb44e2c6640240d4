import { useEffect, useRef } from 'preact/hooks'
import { ticksOf } from '../model/ticks.ts'
import { sinceBegin, TIME_MEANS, timeText } from '../../shared/rows/time.ts'
import type { OpenRun } from '../state/open-run.ts'
import { isPlaying, pause, playOrPause } from '../state/playing.ts'
import { theme } from '../state/theme.ts'
import { drawTicks } from './draw-ticks.ts'
import { useSize } from './use-size.ts'

/** A slider over the entries of a run: everything on the page shows the moment that it is at. */
export function Scrubber({ run }: { readonly run: OpenRun }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const track = useRef<HTMLDivElement>(null)
  const size = useSize(track)
  void run.version.value
  const { model } = run
  const now = run.now.value
  const begin = Math.min(model.bootEnd, Math.max(1, model.length))
  const isEnd = now >= model.length
  const time = sinceBegin(model, model.at(now)?.entry)
  const selected = run.selected.value
  const { width } = size.value
  useEffect(() => {
    if (canvas.current === null) return
    drawTicks(canvas.current, ticksOf(model.rows, begin, run.isVirtual.value), {
      begin,
      end: model.length,
      now,
      selected
    })
  }, [model.length, now, selected, width, theme.value])
  const move = (place: number) => {
    pause()
    run.playhead.value = place >= model.length ? Infinity : place
  }
  return (
    <div class="scrubber">
      <button class="btn" aria-label={isPlaying.value ? 'Pause' : 'Play the story'} onClick={() => playOrPause(run)}>
        <span aria-hidden="true">{isPlaying.value ? '❚❚' : '▶'}</span>
      </button>
      <div class="track" ref={track}>
        <canvas ref={canvas} aria-hidden="true" />
        <input
          type="range"
          min={begin}
          max={model.length}
          step={1}
          value={now}
          aria-label="Moment: entries up to here have happened"
          aria-valuetext={`entry ${now}, time ${timeText(time)}`}
          onInput={({ currentTarget }) => move(Number(currentTarget.value))}
        />
      </div>
      <output title={TIME_MEANS}>
        {isEnd ? 'end' : `#${now}`}, t = {timeText(time)}
      </output>
    </div>
  )
}
