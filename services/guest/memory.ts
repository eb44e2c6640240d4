import { hex } from '../../shared/formats/hex.ts'
import type { guestMemoryRead, guestMemoryWrite } from '../../shared/contracts/guest.ts'
import type { DataOf } from '../../shared/contracts/message.ts'
import { readMemory, writeMemory } from '../../shared/sparse/memory.ts'
import type { Answering, Said } from '../../shared/model/io.ts'
import { awaitPolls } from './poll.ts'
import type { Session } from './session.ts'

/** The VMM reads the guest's RAM. */
export function onMemoryRead(
  s: Session,
  { guestPhysical, length }: DataOf<typeof guestMemoryRead>,
  { answer }: Answering<typeof guestMemoryRead>
): Said {
  return answer({ bytes: readMemory(s.memory, guestPhysical, length) ?? outside(s, guestPhysical) })
}

/** The VMM writes the guest's RAM; a record may be what a polled source waits for. */
export function onMemoryWrite(
  s: Session,
  { guestPhysical, bytes }: DataOf<typeof guestMemoryWrite>,
  { answer }: Answering<typeof guestMemoryWrite>
): Said {
  s.memory = writeMemory(s.memory, guestPhysical, bytes) ?? outside(s, guestPhysical)
  const said = answer({})
  awaitPolls(s)
  return said
}

function outside(s: Session, address: bigint): never {
  const { start, end } = s.memory
  const range = `[${hex(start)}, ${hex(end)})`
  return s.io.refuse('address-outside-memory', `${hex(address)} is not within ${range}`, '/guestPhysical')
}
