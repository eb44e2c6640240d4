import t from 'tap'
import { encodeArmProcessorSection } from '../../shared/formats/arm-processor-section.ts'
import { encodeErrorStatusBlock } from '../../shared/formats/error-status-block.ts'
import { SECTION_TYPE } from '../../shared/formats/guid.ts'
import { encodeMemorySection } from '../../shared/formats/memory-section.ts'
import { VENDOR_SECTION_TYPE } from '../../shared/formats/section-names.ts'
import { READS } from '../../services/firmware/reads.ts'
import { block, LINE, machine } from './support.ts'

const STATUS_BLOCK = READS.find(({ path }) => path.endsWith('/status-block'))

void t.test(
  'a section that cannot be read is shown as bytes with the rule it breaks, and the sound ones decoded',
  async (t) => {
    const m = machine()
    const memory = encodeMemorySection({ physicalAddress: LINE })
    const arm = encodeArmProcessorSection({ midr: 0n, errors: [{ type: 2 }], contexts: [] }).with(6, 1)
    const entry = { severity: 0, revision: 0x300, flags: 0 }
    const entries = [
      { ...entry, sectionType: SECTION_TYPE.platformMemory, payload: memory },
      { ...entry, sectionType: SECTION_TYPE.processorArm, payload: arm },
      { ...entry, sectionType: VENDOR_SECTION_TYPE.ampere, payload: Uint8Array.of(1, 2, 3) },
      { ...entry, sectionType: SECTION_TYPE.platformMemory, payload: memory }
    ]
    const bytes = encodeErrorStatusBlock({ blockStatus: 1, severity: 0, entries })
    const decoded = () => STATUS_BLOCK?.json?.(m.read(block(3), 0xc00), m.state, {})
    m.tell('error-record.submit', { source: 3, bytes })

    const sound = { kind: 'platformMemory', body: { physicalAddress: LINE } }
    t.match(decoded(), {
      malformed: undefined,
      sections: [
        sound,
        {
          name: 'Processor ARM',
          unknown: true,
          bytes: arm,
          malformed: { offset: 20 + 72 + 80 + 72 + 72, rule: /context information header takes 8 bytes/, found: '0' }
        },
        { name: 'Ampere Altra', unknown: true, bytes: Uint8Array.of(1, 2, 3) },
        sound
      ]
    })
    const longer = bytes.slice()
    longer.fill(0xff, 20 + 72 + 80 + 24, 20 + 72 + 80 + 27)
    m.tell('memory.write', { hostPhysical: block(3), bytes: longer })
    t.match(
      decoded(),
      { sections: [sound], malformed: { offset: 20 + 72 + 80 + 72 } },
      'what comes before a lying length'
    )
  }
)

void t.test('a block that nobody can read is shown with the rule it breaks', async (t) => {
  const m = machine()
  m.tell('error-record.submit', { source: 3, verbatim: true, bytes: new Uint8Array(40).fill(0xff) })

  const shown = STATUS_BLOCK?.json?.(m.read(block(3), 0xc00), m.state, {})

  t.match(shown, { sections: [], malformed: { offset: 4, rule: 'raw data start behind the entries' } })
})
