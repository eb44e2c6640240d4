/** What goes round the bare ring: lines of JSON. */
export interface RingFrame {
  readonly seq: number
  /** Hops that are still to be made. */
  readonly left: number
  /** Makes the frame as long as those of a story. */
  readonly payload: string
}

/** The driver's own connection to a node has this path; frames that have made their hops leave by it. */
export const DRIVER_PATH = '/driver'

/** A writer that sends the frames of one turn of the event loop together, as links do. */
export function batched(send: (text: string) => void): (frame: RingFrame) => void {
  let lines: string[] = []
  return (frame) => {
    lines.push(JSON.stringify(frame))
    if (lines.length > 1) return
    queueMicrotask(() => {
      send(lines.join('\n'))
      lines = []
    })
  }
}

export function framesOf(text: string): readonly RingFrame[] {
  return text.split('\n').map((line) => JSON.parse(line) as RingFrame)
}

/** A payload with which a frame is as long as that, in bytes. */
export function payloadFor(bytes: number): string {
  const bare = JSON.stringify({ seq: 1000, left: 10, payload: '' } satisfies RingFrame).length
  return 'x'.repeat(Math.max(bytes - bare, 0))
}
