/** A value as people and JSON read it: `0x…` in lower case, with at least so many digits. */
export function hex(value: bigint | number, digits = 1): string {
  return `0x${value.toString(16).padStart(digits, '0')}`
}
