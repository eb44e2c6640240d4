import UPNG from 'upng-js'

/** As many as an index of one byte tells apart; edges of letters are what loses a shade. */
const COLOURS = 256

/** The same picture with a palette, in less than half of the bytes. */
export function smaller(png: Buffer): Buffer {
  const decoded = UPNG.decode(new Uint8Array(png).buffer)
  return Buffer.from(UPNG.encode(UPNG.toRGBA8(decoded), decoded.width, decoded.height, COLOURS))
}
