/** Told how many of how many are done. */
export type Progress = (count: number, of: number) => void

const CLEAR = '\r\x1b[K'

/**
 * How far long work is, in one line of standard error that goes away: on a terminal only, and not for work of one piece.
 * `end` takes the line away.
 */
export function progressOn(stream: NodeJS.WriteStream, what: string): { readonly tell: Progress; end(): void } {
  if (!stream.isTTY) return { tell: () => undefined, end: () => undefined }
  return {
    tell(count, of) {
      if (of > 1) stream.write(`${CLEAR}${count} of ${of} ${what}`)
    },
    end() {
      stream.write(CLEAR)
    }
  }
}
