/**
 * A model value as JSON carries it: 64-bit numbers are `"0x…"`, bytes are base64. What `wireOf` makes of a value, as
 * a type.
 */
export type Wired<T> = T extends bigint | Uint8Array
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Wired<Item>[]
    : T extends object
      ? { readonly [Name in keyof T]: Wired<T[Name]> }
      : T
