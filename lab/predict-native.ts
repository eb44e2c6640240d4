import { parseNativeInput } from './native-input.ts'
import type { Chance } from './native-machine.ts'
import { predictBoot, predictFatalRecord, predictKernelRead, predictSamePageTwice } from './native-others.ts'
import { predictEarlyKillSysctl, predictInterrupt, predictMemoryRecord, predictRawBlock } from './native-record.ts'
import { predictBadMemory, predictRace, predictSeaLoad } from './native-sea.ts'
import type { Prediction } from './prediction.ts'
import type { JsonObject } from './recording.ts'

/** Every legal outcome of a native run on a kernel of this version, the usual one first. Throws UsageError. */
export function predictNative(json: JsonObject, chance: Chance): readonly Prediction[] {
  const input = parseNativeInput(json)
  switch (input.program) {
    case 'memory record':
      return predictMemoryRecord(chance, input)
    case 'early-kill sysctl':
      return predictEarlyKillSysctl(chance, input)
    case 'raw block':
      return predictRawBlock(chance, input)
    case 'fatal record':
      return predictFatalRecord(chance, input)
    case 'interrupt':
      return predictInterrupt(chance, input)
    case 'boot':
      return predictBoot(chance)
    case 'sea load':
      return predictSeaLoad(chance, input)
    case 'bad memory':
      return predictBadMemory(chance, input)
    case 'kernel read':
      return predictKernelRead(chance, input)
    case 'race':
      return predictRace(chance, input)
    case 'same page twice':
      return predictSamePageTwice(chance, input)
  }
}
