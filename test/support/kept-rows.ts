import type { Layer } from '../../shared/contracts/layer.ts'
import type { Snapshot, StoredInput, Write } from '../../shared/engine/store.ts'

export interface Mark {
  readonly machine: string
  readonly to: Layer
  readonly count: number
}

/** What a store holds, as `sqliteStore` has it in its tables. */
export class KeptRows {
  rows: StoredInput[] = []
  readonly snapshots = new Map<string, Snapshot>()
  readonly marks = new Map<string, Mark>()
  forgotten = { last: 0, lost: 0 }

  write(write: Write): void {
    if ('row' in write) return void this.rows.push(write.row)
    const machine = 'forget' in write ? write.forget : write.snapshot.machine
    this.rows = this.rows.filter((row) => row.machine !== machine)
    const { last, lost } = this.forgotten
    if ('snapshot' in write) {
      this.snapshots.set(machine, write.snapshot)
      this.forgotten = { last: Math.max(last, write.snapshot.last), lost: Math.max(lost, write.snapshot.place) }
      return
    }
    this.snapshots.delete(machine)
    for (const [name, mark] of this.marks) if (mark.machine === machine) this.marks.delete(name)
    this.forgotten = { last: Math.max(last, write.last), lost: Math.max(lost, write.last) }
  }

  mark(mark: Mark): void {
    this.marks.set(`${mark.machine} ${mark.to}`, mark)
  }

  copy(): KeptRows {
    const copy = new KeptRows()
    copy.rows = [...this.rows]
    for (const [machine, snapshot] of this.snapshots) copy.snapshots.set(machine, snapshot)
    for (const [name, mark] of this.marks) copy.marks.set(name, mark)
    copy.forgotten = this.forgotten
    return copy
  }
}
