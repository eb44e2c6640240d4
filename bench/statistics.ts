/** Statistics of a bench: of numbers that were measured, in whatever unit. */

/** The value that `percent` of all values do not exceed (nearest rank). Throws RangeError when there is none. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const value = sorted[Math.max(Math.ceil((percent / 100) * sorted.length), 1) - 1]
  if (value === undefined || Number.isNaN(value)) throw new RangeError(`no ${percent}th percentile of nothing`)
  return value
}

export const median = (values: readonly number[]): number => percentile(values, 50)

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** How many times `base` a value is. Throws RangeError when that is no number: a ratio to nothing was not measured. */
export function ratio(value: number, base: number): number {
  if (!(base > 0) || !Number.isFinite(value)) throw new RangeError(`${value} in relation to ${base} is no ratio`)
  return value / base
}
