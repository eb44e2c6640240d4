/** No more than so many at a time, so that what is done about them does not hold up the page. */
const MOST = 200

/**
 * What comes in many small parts as fewer larger ones: all that has come since the last was taken, but no more than `most`
 * at a time, each followed by a pause. Throws what the source throws, after all that came before.
 */
export async function* gathered<T>(
  source: AsyncIterable<readonly T[]>,
  pause: () => Promise<void>,
  most = MOST
): AsyncGenerator<readonly T[]> {
  let waiting: T[] = []
  let isOver = false
  let fault: { readonly error: unknown } | undefined
  let { promise: news, resolve: tell } = Promise.withResolvers<void>()
  const read = async () => {
    try {
      for await (const some of source) {
        for (const one of some) waiting.push(one)
        tell()
      }
    } catch (error) {
      fault = { error }
    }
    isOver = true
    tell()
  }
  void read()
  for (;;) {
    if (waiting.length === 0 && !isOver) await news
    ;({ promise: news, resolve: tell } = Promise.withResolvers<void>())
    while (waiting.length > 0) {
      const some = waiting.slice(0, most)
      waiting = waiting.slice(most)
      yield some
      await pause()
    }
    if (isOver && waiting.length === 0) break
  }
  if (fault !== undefined) throw fault.error
}
