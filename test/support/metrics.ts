/** The samples of a page of metrics, by their names with labels as they stand there. */
export function samplesOf(text: string): ReadonlyMap<string, number> {
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const at = line.lastIndexOf(' ')
        return [line.slice(0, at), Number(line.slice(at + 1))] as const
      })
  )
}

/** The names of the metrics of a page, without labels. */
export function metricNamesOf(text: string): ReadonlySet<string> {
  return new Set([...samplesOf(text).keys()].map((name) => name.split('{', 1)[0] ?? ''))
}
