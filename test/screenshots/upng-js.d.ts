declare module 'upng-js' {
  interface Decoded {
    readonly width: number
    readonly height: number
  }
  const upng: {
    /** PNG of pixels in RGBA, of no more than so many colours. */
    encode: (frames: readonly ArrayBuffer[], width: number, height: number, colours: number) => ArrayBuffer
    decode: (file: ArrayBuffer) => Decoded
    /** The frames of a decoded file in RGBA. */
    toRGBA8: (decoded: Decoded) => readonly ArrayBuffer[]
  }
  export default upng
}
