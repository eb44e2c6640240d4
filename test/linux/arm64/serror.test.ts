import t from 'tap'
import { KWORKER } from '../../../shared/linux/kernel/state.ts'
import { classifySError, disrToEsr, doSError, type SErrorClass } from '../../../shared/linux/arm64/serror.ts'
import { machine, victim, vma } from '../mm/mm-machine.ts'

/** ESR, class with RAS, class without. */
const CLASSES: readonly [bigint, SErrorClass, string][] = [
  [0xbe000011n, 'UC', 'AET 0'],
  [0xbe000411n, 'FATAL-TO-CONTEXT', 'UEU'],
  [0xbe000811n, 'SURVIVE', 'UEO'],
  [0xbe000c11n, 'FATAL-TO-CONTEXT', 'UER'],
  [0xbe001011n, 'UC', 'AET 4, reserved'],
  [0xbe001411n, 'UC', 'AET 5, reserved'],
  [0xbe001811n, 'SURVIVE', 'CE'],
  [0xbe001c11n, 'UC', 'AET 7, reserved'],
  [0xbe000000n, 'UC', 'uncategorised'],
  [0xbe000800n, 'UC', 'uncategorised, AET does not count'],
  [0xbf000000n, 'NOT-RAS', 'IDS, as KVM injects by default'],
  [0xbfffffffn, 'NOT-RAS', 'IDS with everything set']
]

for (const [esr, severity, what] of CLASSES) {
  void t.test(`an SError with ${what} is ${severity}, and NOT-RAS on a CPU without RAS`, async (t) => {
    t.equal(classifySError(esr, true), severity)
    t.equal(classifySError(esr, false), 'NOT-RAS')
  })

  const fate = severity === 'SURVIVE' ? 'is survived without a word' : 'panics'
  void t.test(`A34: taken by the kernel, an SError with ${what} ${fate}, from a user task too`, async (t) => {
    const { k, signals, lines } = machine()
    const task = victim(k, vma('anonymous'))

    const result = doSError(k, { ...task, cpu: 1 }, esr)

    t.strictSame(signals, [])
    if (severity === 'SURVIVE') t.strictSame([result, lines(), k.taint, k.panic], ['ignored', [], '', undefined])
    else {
      t.strictSame([result, k.taint, k.panic], ['panic', 'M', 'Asynchronous SError Interrupt'])
      t.strictSame(lines().slice(0, 2), [
        `SError Interrupt on CPU1, code 0x00000000${esr.toString(16)} -- SError`,
        'Kernel panic - not syncing: Asynchronous SError Interrupt'
      ])
    }
  })
}

void t.test('with the SEI patch and nothing to claim, an SError is judged as ever', async (t) => {
  const { k } = machine({ options: { sei: true } })

  t.equal(doSError(k, KWORKER, 0xbe000c11n), 'panic')
})

void t.test('a deferred SError becomes an ESR with IL 0 and only the bits that count', async (t) => {
  t.equal(disrToEsr(0x8000_1fffn), 0xbc00_1e3fn)
  t.equal(disrToEsr((1n << 31n) | 0x1ab_cdefn), 0xbda_bcdefn)
})
