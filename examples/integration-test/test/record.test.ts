import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entriesOf } from 'seabus'
import { recordWritten } from 'seabus/contracts'
import { decodeErrorStatusBlock, decodeSection, encodeErrorStatusBlock, fieldsOf, leavesOf } from 'seabus/formats'
import { start } from 'seabus/testing'

test('the record that the guest reads names the page by the address that the guest knows', async (t) => {
  const s = await start(t)
  await s.touch('redis')
  await s.inject('redis')
  await s.touch('redis')

  const written = entriesOf(await s.journal(), recordWritten).at(-1)
  assert.ok(written)
  const { bytes, notify } = written.data
  const block = decodeErrorStatusBlock(bytes)
  const [entry] = block.entries
  assert.ok(entry)
  const section = decodeSection(entry.sectionType, entry.payload)

  assert.equal(notify, 'SEA')
  assert.ok(!section.unknown && section.kind === 'platformMemory')
  assert.equal(section.body.physicalAddress, 0x4000_1000n)
  assert.deepEqual(encodeErrorStatusBlock(block), bytes, 'and not a byte is lost on the way back')

  const { root } = fieldsOf('error-status-block', bytes)
  const address = leavesOf(root).find(({ name, bits }) => name === 'physicalAddress' && bits === undefined)
  assert.equal(address?.value, 0x4000_1000n)
})
