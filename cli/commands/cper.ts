import { Option } from 'commander'
import { define, GROUP } from '../define.ts'
import { formatOption, outOption } from '../options.ts'

const READS = `FILE, or standard input, holds a status block (ACPI) or a UEFI CPER record: bytes, base64, or hexadecimal digits as xxd and
hexdump -C print them.`

const decode = define(
  'decode',
  {
    group: GROUP.bytes,
    summary: 'tell what a record says, field by field',
    description: `Tells what a record says, field by field, and which rules it breaks.
${READS}

Exits 1 when it breaks a rule.`,
    examples: [
      'seabus cper decode record.bin',
      'seabus cper decode record.bin --format json > record.json',
      'seabus cper decode record.bin --to qmp'
    ],
    options: [
      formatOption(['tree', 'json', 'fields', 'hexdump']),
      new Option('-a, --all', 'in the tree also fields that are zero and say nothing by that'),
      new Option('--to <whom>', "qmp: QEMU's command that hands this record to a guest").choices(['qmp']),
      outOption()
    ]
  },
  async () => (await import('../actions/cper.ts')).decodeCommand
).argument('[file]', 'the record; standard input without it')

const encode = define(
  'encode',
  {
    group: GROUP.bytes,
    summary: 'make the bytes of a record from the JSON that decode gives',
    description: `Makes the bytes of a record from the JSON that decode --format json gives, whoever has edited it.
What has not been changed comes back byte for byte. A field that there is not is refused.`,
    examples: ['seabus cper encode record.json --out record.bin', 'seabus cper encode record.json --format tree'],
    options: [formatOption(['bytes', 'tree', 'hexdump']), outOption()]
  },
  async () => (await import('../actions/cper.ts')).encodeCommand
).argument('[file]', 'the JSON; standard input without it')

const edit = define(
  'edit',
  {
    group: GROUP.bytes,
    summary: 'set fields of a record',
    description: `Sets fields of a record, by the names and places that decode --format json shows; all else stays byte for byte.
${READS}`,
    examples: [
      'seabus cper edit record.bin --set severity=1 --set entries[0].section.body.physicalAddress=0x48001000 --out fatal.bin',
      'seabus cper edit record.bin --unset entries[0].section.body.physicalAddress --format tree'
    ],
    options: [
      new Option('--set <field=value>', 'a number, 0x… for 64 bits, or text; again for another field').argParser(
        further
      ),
      new Option('--unset <field>', 'leave a field out: its validation bit is cleared').argParser(further),
      formatOption(['bytes', 'tree', 'json', 'hexdump']),
      outOption()
    ]
  },
  async () => (await import('../actions/cper.ts')).editCommand
).argument('[file]', 'the record; standard input without it')

function further(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

export const cper = define('cper', {
  group: GROUP.bytes,
  summary: 'decode, encode and edit records: status blocks and UEFI CPER records',
  examples: ['seabus cper decode record.bin', 'seabus help cper decode']
})
  .addCommand(decode)
  .addCommand(encode)
  .addCommand(edit)
