import { viewOf } from '../formats/bytes.ts'
import { ghesSources } from '../formats/hest.ts'
import { StepError, type Stage } from './places.ts'

interface Acknowledgement {
  readonly hostPhysical: bigint
  readonly bytes: Uint8Array
}

const REGISTER_BYTES = 8

/**
 * The write that acknowledges what an error source has published, as the HEST describes it which firmware gave to the
 * host kernel last. Throws StepError when the host has read none, or when the source has no read-ack register.
 */
export async function acknowledgementOf({ system, machine }: Stage, source: number): Promise<Acknowledgement> {
  const read = (await system.journal(machine)).findLast(({ kind, type }) => kind === 'answer' && type === 'hest.read')
  const { table } = (read?.data ?? {}) as { table?: string }
  if (table === undefined) throw new StepError('the host has read no HEST')
  const readAck = ghesSources(Uint8Array.fromBase64(table)).find(({ sourceId }) => sourceId === source)?.readAck
  if (readAck === undefined) throw new StepError(`source ${source} has no read-ack register`)
  const { register, write } = readAck
  const bytes = new Uint8Array(REGISTER_BYTES)
  viewOf(bytes).setBigUint64(0, BigInt.asUintN(64, write << BigInt(register.bitOffset)))
  return { hostPhysical: register.address, bytes }
}
